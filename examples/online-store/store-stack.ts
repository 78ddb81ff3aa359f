import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { ApplicationLoadBalancedFargateService } from 'aws-cdk-lib/aws-ecs-patterns';
import { HttpCodeElb, HttpCodeTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import { SelfHealing } from '../../lib/constructs/self-healing.ts';
import type { WatchOptions } from '../../lib/constructs/watch-options.ts';

export interface StoreStackProps {
  /** The environment whose Kintsugi takes care of the store. */
  readonly environment: EnvironmentName;
}

/** An app like yours: a service, a function, a queue. The lines with `healing`, and what they are given, are all that Kintsugi adds. */
export class StoreStack extends Stack {
  constructor(scope: Construct, id: string, props: StoreStackProps) {
    super(scope, id);
    const orders = new sqs.Queue(this, 'Orders', {
      enforceSSL: true,
      visibilityTimeout: Duration.minutes(3),
      deadLetterQueue: { queue: new sqs.Queue(this, 'FailedOrders', { enforceSSL: true }), maxReceiveCount: 3 },
    });
    const storefront = this.#storefront(orders);
    const fulfilment = this.#fulfilment(orders);

    const healing = SelfHealing.attach(this, 'Healing', { environment: props.environment, owner: 'team-store' });
    healing.watch(storefront.service, {
      workloadId: 'storefront',
      criticality: 0,
      dependsOn: ['orders'],
      metrics: seenByUsers(storefront),
    });
    healing.watch(fulfilment, { workloadId: 'fulfilment', slo: { errorRatePercent: 1, latencyP95Ms: 5_000 } });
    healing.watch(orders);
  }

  #storefront(orders: sqs.Queue): ApplicationLoadBalancedFargateService {
    // Without Container Insights nobody counts the tasks that run.
    const cluster = new ecs.Cluster(this, 'Cluster', { containerInsightsV2: ecs.ContainerInsights.ENABLED });
    const storefront = new ApplicationLoadBalancedFargateService(this, 'Storefront', {
      cluster: cluster as ecs.ICluster, // a cast for `exactOptionalPropertyTypes` alone
      cpu: 256,
      memoryLimitMiB: 512,
      desiredCount: 2,
      minHealthyPercent: 100,
      circuitBreaker: { rollback: false }, // Kintsugi decides, and says why
      taskImageOptions: {
        image: ecs.ContainerImage.fromRegistry('public.ecr.aws/nginx/nginx:1.29-alpine'),
        environment: { ORDERS_QUEUE_URL: orders.queueUrl },
      },
    });
    orders.grantSendMessages(storefront.taskDefinition.taskRole);
    return storefront;
  }

  #fulfilment(orders: sqs.Queue): lambda.Alias {
    const fn = new lambda.Function(this, 'Fulfilment', {
      runtime: lambda.Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: lambda.Code.fromInline('exports.handler = async ({ Records }) => console.log(`${Records.length} orders`);'),
      timeout: Duration.seconds(30),
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN }, // a version that was deleted cannot be rolled back to
    });
    const live = fn.addAlias('live');
    live.addEventSource(new SqsEventSource(orders));
    return live;
  }
}

/** What the load balancer knows of a service's users: how many, how many got an error, and how long they waited. */
const seenByUsers = ({
  loadBalancer,
  targetGroup,
}: ApplicationLoadBalancedFargateService): NonNullable<WatchOptions['metrics']> => {
  const requests = targetGroup.metrics.requestCount({ statistic: 'Sum' });
  return {
    requestCount: requests,
    errorRate: new cloudwatch.MathExpression({
      // A counter is silent while it is zero. What no task was found for is no request of the target group's.
      expression: '100 * (FILL(failed, 0) + FILL(unanswered, 0)) / (FILL(requests, 0) + FILL(unanswered, 0))',
      usingMetrics: {
        requests,
        failed: targetGroup.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, { statistic: 'Sum' }),
        unanswered: loadBalancer.metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, { statistic: 'Sum' }),
      },
    }),
    latencyP95: targetGroup.metrics.targetResponseTime({ statistic: 'p95' }), // in seconds, which `watch` knows
  };
};
