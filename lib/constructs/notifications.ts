import { Duration, Stack } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Settings } from '../config/settings.ts';
import { AgentFunction } from './agent-function.ts';
import type { ReliableQueue } from './reliable-queue.ts';
import { removalPolicy, type StateTable } from './state-table.ts';
import type { Workflow } from './workflow.ts';

export interface NotificationsProps {
  readonly settings: Settings;
  readonly data: Readonly<Record<'incidents' | 'interactions' | 'experiences' | 'qTable' | 'traffic', StateTable>>;
  readonly events: {
    readonly notices: ReliableQueue;
    readonly notificationTopic: sns.ITopic;
    readonly topicKey: kms.IKey;
  };
  readonly healing: { readonly workflow: Workflow };
  /** Longest that one batch of notices takes. */
  readonly timeout: Duration;
  /** The API of which the links' pages are a part. */
  readonly api: apigateway.HttpApi;
}

/** Longer than API Gateway waits: its answer is the one that a reader sees. */
const PAGE_TIMEOUT = Duration.seconds(10);

/** Tells people what they are to know, each in its own way and time, and takes the answers that come back by signed links. */
export class Notifications extends Construct {
  /** From the queue of notices to mailboxes and webhooks. */
  readonly notify: AgentFunction;
  /** Behind the pages of links. */
  readonly links: AgentFunction;
  /** Signs links, and never leaves KMS: one function may sign, the other may check. */
  readonly linksKey: kms.Key;

  constructor(scope: Construct, id: string, props: NotificationsProps) {
    super(scope, id);
    const { environment, config } = props.settings;
    this.linksKey = new kms.Key(this, 'LinksKey', {
      description: `Kintsugi ${environment}: signs one-time links`,
      keySpec: kms.KeySpec.HMAC_256,
      keyUsage: kms.KeyUsage.GENERATE_VERIFY_MAC,
      removalPolicy: removalPolicy(config),
    });
    this.notify = this.#notify(props);
    this.links = this.#links(props);
  }

  #notify({ settings, data, events, timeout, api }: NotificationsProps): AgentFunction {
    const { environment, config } = settings;
    const fn = new AgentFunction(this, 'Notify', {
      settings,
      name: 'notify',
      agent: 'interaction-agent',
      description: 'Tells people by mail and webhook, in the order of the chain',
      timeout,
      // A delivery that waits goes round once in 15 minutes, until its turn in the chain and the end of quiet hours.
      callsItself: true,
    });
    fn.useTable(data.incidents, ['GetItem']);
    fn.useTable(data.traffic, ['GetItem', 'UpdateItem']);
    fn.useQueue('NOTICES_QUEUE_URL', events.notices.resource);
    fn.useTopic('NOTIFICATION_TOPIC_ARN', events.notificationTopic, events.topicKey);
    fn.resource.addEnvironment('LINKS_KEY_ARN', this.linksKey.keyArn);
    fn.allow(['kms:GenerateMac'], this.linksKey.keyArn);
    fn.resource.addEnvironment('LINKS_URL', addressOf(api, config.api.executeUrl));
    fn.resource.addEnvironment('NOTIFICATION_CHAIN', JSON.stringify(config.notificationChain));
    const path = `/kintsugi/${environment}/webhooks`;
    fn.resource.addEnvironment('WEBHOOKS_PATH', path);
    // Operators keep addresses in SecureString parameters, which CloudFormation cannot make; AWS's own key of SSM opens them.
    const addresses = config.notificationChain
      .filter(({ channel }) => channel === 'webhook')
      .map(({ name }) => Stack.of(this).formatArn({ service: 'ssm', resource: `parameter${path}/${name}` }));
    if (addresses.length > 0) fn.allow(['ssm:GetParameter'], ...addresses);
    fn.resource.addEventSource(new SqsEventSource(events.notices.resource, { reportBatchItemFailures: true }));
    return fn;
  }

  #links({ settings, data, healing }: NotificationsProps): AgentFunction {
    const { callerRequestsPerTenSeconds, callerRequestsPerDay } = settings.config.api;
    const fn = new AgentFunction(this, 'Links', {
      settings,
      name: 'links',
      agent: 'interaction-agent',
      description: 'Shows what signed links do, and does it once',
      timeout: PAGE_TIMEOUT,
    });
    fn.useTable(data.incidents, ['GetItem', 'UpdateItem']);
    fn.useTable(data.interactions, ['PutItem']);
    fn.useTable(data.experiences, ['BatchGetItem', 'PutItem']);
    fn.useTable(data.qTable, ['UpdateItem']);
    fn.useTable(data.traffic, ['PutItem', 'UpdateItem', 'DeleteItem']);
    fn.resource.addEnvironment('LINKS_KEY_ARN', this.linksKey.keyArn);
    fn.allow(['kms:VerifyMac'], this.linksKey.keyArn);
    fn.allow(['states:SendTaskSuccess'], healing.workflow.resource.stateMachineArn);
    fn.resource.addEnvironment('CALLER_REQUESTS', `${callerRequestsPerTenSeconds}/${callerRequestsPerDay}`);
    return fn;
  }
}

/** Where the API is called: AWS's own address, or the configured one. */
const addressOf = (api: apigateway.HttpApi, template: string | null): string =>
  template === null
    ? api.apiEndpoint
    : template.replace('{apiId}', () => api.apiId).replace('{stage}', () => '$default');
