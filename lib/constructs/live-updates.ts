import { Duration, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Settings } from '../config/settings.ts';
import { acknowledge, acknowledgeWildcard } from './acknowledge.ts';
import { AgentFunction } from './agent-function.ts';
import { parkingQueue } from './reliable-queue.ts';
import type { StateTable } from './state-table.ts';

export interface LiveUpdatesProps {
  readonly settings: Settings;
  readonly data: { readonly traffic: StateTable; readonly interactions: StateTable; readonly workloads: StateTable };
  readonly bus: events.EventBus;
}

const STAGE = 'live';
const TIMEOUT = Duration.seconds(10);

/** A WebSocket that tells what happens as it happens, fed from the bus; tickets of the HTTP API open it. */
export class LiveUpdates extends Construct {
  readonly api: apigateway.WebSocketApi;
  /** Who may listen, and to what. */
  readonly live: AgentFunction;
  /** From the bus to those who listen. */
  readonly feed: AgentFunction;
  /** Events that could not be handed on. */
  readonly unfed: sqs.Queue;
  /** Address for clients. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: LiveUpdatesProps) {
    super(scope, id);
    this.api = new apigateway.WebSocketApi(this, 'Api', {
      description: `Kintsugi ${props.settings.environment}: live updates`,
      routeSelectionExpression: '$request.body.action',
    });
    const callbackUrl = executeUrl(this, props.settings, this.api.apiId);
    this.url = callbackUrl.replace(/^http/, 'ws');
    this.unfed = parkingQueue(this, 'Unfed');
    this.live = this.#live(props, callbackUrl);
    this.feed = this.#feed(props, callbackUrl);
    this.#addRoutes();
    this.#addStage(props.settings);
    this.#addRules(props.bus);
  }

  #function(props: LiveUpdatesProps, id: string, name: 'live' | 'feed', description: string): AgentFunction {
    return new AgentFunction(this, id, {
      settings: props.settings,
      name,
      agent: 'interaction-agent',
      description,
      timeout: TIMEOUT,
      ...(name === 'feed' ? { deadLetterQueue: this.unfed } : {}),
    });
  }

  #live(props: LiveUpdatesProps, callbackUrl: string): AgentFunction {
    const fn = this.#function(props, 'Connections', 'live', 'Lets people listen to what happens');
    fn.useTable(props.data.traffic, ['PutItem', 'UpdateItem', 'DeleteItem', 'Query']);
    this.#allowAnswers(fn, callbackUrl);
    return fn;
  }

  #feed(props: LiveUpdatesProps, callbackUrl: string): AgentFunction {
    const fn = this.#function(props, 'Feed', 'feed', 'Hands on what happens to those who listen');
    fn.useTable(props.data.traffic, ['PutItem', 'DeleteItem', 'Query']);
    fn.useTable(props.data.interactions, ['PutItem']);
    fn.useTable(props.data.workloads, ['Scan']);
    this.#allowAnswers(fn, callbackUrl);
    return fn;
  }

  #allowAnswers(fn: AgentFunction, callbackUrl: string): void {
    fn.resource.addEnvironment('LIVE_CALLBACK_URL', callbackUrl);
    const arn = Stack.of(this).formatArn({
      service: 'execute-api',
      resource: this.api.apiId,
      resourceName: `${STAGE}/POST/@connections/*`,
    });
    fn.allow(['execute-api:ManageConnections'], arn);
    acknowledgeWildcard(fn.role, 'Ids of connections are made when people connect.', arn);
  }

  #addRoutes(): void {
    const integration = (name: string) => new WebSocketLambdaIntegration(name, this.live.resource);
    for (const key of ['$connect', '$disconnect', '$default']) {
      const route = this.api.addRoute(key, { integration: integration(`On${key.slice(1)}`) });
      acknowledge(route, 'A ticket of the HTTP API opens it, once and within a minute.', 'AwsSolutions-APIG4');
    }
  }

  #addStage(settings: Settings): void {
    const stage = new apigateway.WebSocketStage(this, 'Stage', {
      webSocketApi: this.api,
      stageName: STAGE,
      autoDeploy: true,
      throttle: { rateLimit: settings.config.api.rateLimit, burstLimit: settings.config.api.burstLimit },
    });
    const why = 'Needs a role in the settings of the whole account (decision 0083); the function logs each connection.';
    acknowledge(stage, why, 'AwsSolutions-APIG1');
  }

  #addRules(bus: events.EventBus): void {
    const target = () => new LambdaFunction(this.feed.resource, { deadLetterQueue: this.unfed, retryAttempts: 2 });
    new events.Rule(this, 'Announced', {
      description: 'Everything that Kintsugi announces, for those who listen',
      eventBus: bus,
      eventPattern: { source: events.Match.prefix('kintsugi.') },
      targets: [target()],
    });
    new events.Rule(this, 'Deployed', {
      description: 'Deployments of workloads, for the list of recorded changes',
      eventPattern: { source: ['aws.ecs'], detailType: ['ECS Deployment State Change'] },
      targets: [target()],
    });
  }
}

/** Where a stage is called: AWS's own address, or the configured one. */
const executeUrl = (scope: Construct, settings: Settings, apiId: string): string => {
  const { region, urlSuffix } = Stack.of(scope);
  const template = settings.config.api.executeUrl ?? `https://{apiId}.execute-api.${region}.${urlSuffix}/{stage}`;
  return template.replace('{apiId}', apiId).replace('{stage}', STAGE);
};
