import { Names } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import { parameterName, type ParameterKey } from '../config/parameters.ts';
import { DetectionSchedule } from './detection-schedule.ts';
import type { WatchOptions, WatchQueueOptions, WatchServiceOptions } from './watch-options.ts';
import {
  aliasTarget,
  queueTarget,
  serviceTarget,
  type WatchableAlias,
  type WatchableQueue,
  type WatchableService,
  type WatchTarget,
} from './watch-targets.ts';
import { WatchedWorkload } from './watched-workload.ts';

export interface SelfHealingProps {
  /** The environment whose healing system takes care; it must be deployed in the same account and region. */
  readonly environment: EnvironmentName;
  /** Owner of every workload that does not name its own. */
  readonly owner: string;
  /** Minutes between two looks of the detector at the workloads of this app that ask for it. @default 5 */
  readonly detectionMinutes?: number;
}

/**
 * Makes the workloads of an app self-healing.
 *
 * ```ts
 * const healing = SelfHealing.attach(this, 'Healing', { environment: 'prod', owner: 'team-shop' });
 * healing.watch(service);
 * healing.watch(alias, { dependsOn: ['orders'] });
 * healing.watch(queue, { criticality: 1 });
 * ```
 *
 * Each `watch` creates the alarms for that kind of workload, registers it, and allows exactly what its actions need on
 * exactly that resource. The environment's system is found by its SSM parameters when the app is deployed.
 */
export class SelfHealing extends Construct {
  static attach(scope: Construct, id: string, props: SelfHealingProps): SelfHealing {
    return new SelfHealing(scope, id, props);
  }

  readonly environment: EnvironmentName;
  readonly owner: string;
  readonly alarmTopic: sns.ITopic;
  readonly registrarArn: string;
  /** What this app's workloads add to the roles of the system. */
  readonly policies: { readonly act: iam.Policy; readonly sense: iam.Policy; readonly observe: iam.Policy };

  readonly #watched = new Set<string>();
  readonly #detectionMinutes: number;
  #detection: { readonly schedule: DetectionSchedule; readonly policy: iam.Policy } | null = null;

  private constructor(scope: Construct, id: string, props: SelfHealingProps) {
    super(scope, id);
    this.environment = props.environment;
    this.owner = props.owner;
    this.#detectionMinutes = props.detectionMinutes ?? 5;
    this.alarmTopic = sns.Topic.fromTopicArn(this, 'AlarmTopic', this.#parameter('alarm-topic-arn'));
    this.registrarArn = this.#parameter('registrar-arn');
    this.policies = {
      act: this.#policyOf('Act', 'act-role-name'),
      sense: this.#policyOf('Sense', 'sense-role-name'),
      observe: this.#policyOf('Observe', 'observe-role-name'),
    };
  }

  /** An ECS service: restarts sick tasks, redeploys, scales, rolls back. */
  watch(service: WatchableService, options?: WatchServiceOptions): WatchedWorkload;
  /**
   * A Lambda function behind an alias: points the alias back to the version before, which CDK deletes unless the function
   * has `currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN }`.
   */
  watch(alias: WatchableAlias, options?: WatchOptions): WatchedWorkload;
  /** A queue with a dead-letter queue: moves failed messages back. */
  watch(queue: WatchableQueue, options?: WatchQueueOptions): WatchedWorkload;
  watch(thing: Watchable, options: AnyOptions = {}): WatchedWorkload {
    const workloadId = options.workloadId ?? kebabCase(thing.node.id);
    if (this.#watched.has(workloadId)) {
      throw new Error(`workloadId: "${workloadId}" is watched twice in ${this.node.path}; give one of them another.`);
    }
    this.#watched.add(workloadId);
    return new WatchedWorkload(this, workloadId, {
      healing: this,
      target: targetOf(thing, options),
      options,
      workloadId,
    });
  }

  /** What calls the detector, and what it may read; made when the first workload asks for it. */
  get detection(): { readonly schedule: DetectionSchedule; readonly policy: iam.Policy } {
    return (this.#detection ??= {
      schedule: new DetectionSchedule(this, 'Detection', {
        detectorArn: this.#parameter('detector-arn'),
        everyMinutes: this.#detectionMinutes,
      }),
      policy: this.#policyOf('Detector', 'detector-role-name'),
    });
  }

  #parameter(key: ParameterKey): string {
    return ssm.StringParameter.valueForStringParameter(this, parameterName(this.environment, key));
  }

  #policyOf(id: string, key: ParameterKey): iam.Policy {
    const role = iam.Role.fromRoleName(this, `${id}Role`, this.#parameter(key));
    return new iam.Policy(this, `${id}Policy`, {
      // With the stack's name: the role is everybody's, and a policy replaces the role's other one of the same name.
      policyName: `${Names.uniqueResourceName(this, { maxLength: 100, separator: '-' })}-${id}`,
      roles: [role],
      // Merged statements: all inline policies of a role share 10,240 characters (decision 0012).
      document: new iam.PolicyDocument({ minimize: true }),
    });
  }
}

type Watchable = WatchableService | WatchableAlias | WatchableQueue;
type AnyOptions = WatchServiceOptions & WatchQueueOptions;

const targetOf = (thing: Watchable, options: AnyOptions): WatchTarget => {
  if ('serviceName' in thing) return serviceTarget(thing, options);
  if ('aliasName' in thing) return aliasTarget(thing, options);
  return queueTarget(thing, options);
};

/** `OrderService` becomes `order-service`. */
const kebabCase = (id: string): string =>
  id
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .toLowerCase();
