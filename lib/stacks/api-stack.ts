import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpUserPoolAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { RoleSchema } from '../../core/contracts/api/route.ts';
import { SERVED, servedBy } from '../../core/contracts/api/routes.ts';
import { PrioritySchema, type Priority } from '../../core/contracts/api/tasks.ts';
import { parameterName } from '../config/parameters.ts';
import type { Settings } from '../config/settings.ts';
import { acknowledge } from '../constructs/acknowledge.ts';
import { AgentFunction } from '../constructs/agent-function.ts';
import { allowStop } from '../constructs/kill-switch.ts';
import { LiveUpdates } from '../constructs/live-updates.ts';
import { Notifications } from '../constructs/notifications.ts';
import { ReliableQueue } from '../constructs/reliable-queue.ts';
import { TaskWorker, WORKER_TIMEOUT } from '../constructs/task-worker.ts';
import { removalPolicy } from '../constructs/state-table.ts';
import type { DataStack } from './data-stack.ts';
import type { EventsStack } from './events-stack.ts';
import { NOTIFY_TIMEOUT } from './events-stack.ts';
import { DashboardSignIn } from '../constructs/dashboard-sign-in.ts';
import type { HealingStack } from './healing-stack.ts';
import type { IngestStack } from './ingest-stack.ts';
import type { OptimizerStack } from './optimizer-stack.ts';
import type { WebStack } from './web-stack.ts';

export interface ApiStackProps {
  readonly settings: Settings;
  readonly data: DataStack;
  readonly events: EventsStack;
  readonly healing: HealingStack;
  readonly ingest: IngestStack;
  readonly optimizer: OptimizerStack;
  /** Where the dashboard is; without one nobody signs in by a browser. */
  readonly web?: WebStack;
}

/** Longer than API Gateway waits: its answer is the one that a caller sees. */
const TIMEOUT = Duration.seconds(10);

/** What is logged of a request: who, what, how it ended, how long it took. */
const ACCESS_LOG = JSON.stringify({
  requestId: '$context.requestId',
  time: '$context.requestTime',
  sourceIp: '$context.identity.sourceIp',
  user: '$context.authorizer.claims.sub',
  route: '$context.routeKey',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  integrationError: '$context.integrationErrorMessage',
});

/** The Interaction Agent: an HTTP API and live updates for people and tools, with users of their own. */
export class ApiStack extends Stack {
  readonly api: apigateway.HttpApi;
  /** What looks up, what computes and what changes something: a reading route cannot write, whatever is wrong with it. */
  readonly reads: AgentFunction;
  readonly insights: AgentFunction;
  readonly learning: AgentFunction;
  readonly writes: AgentFunction;
  readonly chat: AgentFunction;
  readonly stop: AgentFunction;
  readonly live: LiveUpdates;
  readonly notifications: Notifications;
  readonly users: cognito.UserPool;
  /** What people ask agents to do: a queue for each priority, so that high never waits behind low. */
  readonly tasks: Readonly<Record<Priority, ReliableQueue>>;
  readonly worker: TaskWorker;
  /** Null without a dashboard. */
  readonly signIn: DashboardSignIn | null;

  readonly #props: ApiStackProps;

  constructor(scope: Construct, id: string, props: ApiStackProps) {
    super(scope, id, { description: `Kintsugi ${props.settings.environment}: HTTP API, live updates and their users` });
    this.#props = props;
    const { settings, data, events, healing, web } = props;
    this.users = this.#userPool();
    const client = this.users.addClient('Client', {
      authFlows: { userSrp: true, userPassword: true },
      preventUserExistenceErrors: true,
      accessTokenValidity: Duration.hours(1),
      idTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.days(1),
      disableOAuth: true,
    });
    this.signIn =
      web === undefined
        ? null
        : new DashboardSignIn(this, 'DashboardSignIn', {
            users: this.users,
            origin: web.origin,
            domainPrefix: `kintsugi-${settings.environment}-${this.account}`,
          });
    const queue = (priority: Priority): ReliableQueue =>
      new ReliableQueue(this, `${priority[0]?.toUpperCase()}${priority.slice(1)}Tasks`, {
        consumerTimeout: WORKER_TIMEOUT,
      });
    this.tasks = { high: queue('high'), normal: queue('normal'), low: queue('low') };
    this.stop = this.#stop();
    this.worker = new TaskWorker(this, 'TaskWorker', { ...props, stop: this.stop, queues: this.tasks });
    this.live = new LiveUpdates(this, 'Live', { settings, data, bus: events.bus });
    this.reads = this.#reads();
    this.insights = this.#insights();
    this.learning = this.#learning();
    this.writes = this.#writes();
    this.chat = this.#chat();
    this.api = new apigateway.HttpApi(this, 'Api', {
      description: `Kintsugi ${settings.environment}`,
      createDefaultStage: false,
      defaultAuthorizer: new HttpUserPoolAuthorizer('Users', this.users, {
        userPoolClients: [client, ...(this.signIn === null ? [] : [this.signIn.client])],
      }),
      ...this.#cors(),
    });
    this.notifications = new Notifications(this, 'Notifications', {
      settings,
      data,
      events,
      healing,
      timeout: NOTIFY_TIMEOUT,
      api: this.api,
    });
    this.#addRoutes();
    this.#addStage();
    new ssm.StringParameter(this, 'ApiUrl', {
      parameterName: parameterName(settings.environment, 'api-url'),
      stringValue: this.api.apiEndpoint,
    });
    new CfnOutput(this, 'ApiEndpoint', { value: this.api.apiEndpoint });
    new CfnOutput(this, 'ApiId', { value: this.api.apiId });
    new CfnOutput(this, 'LiveUrl', { value: this.live.url });
    new CfnOutput(this, 'UserPoolId', { value: this.users.userPoolId });
    new CfnOutput(this, 'UserPoolClientId', { value: client.userPoolClientId });
  }

  /** Every function of the API. */
  get functions(): readonly AgentFunction[] {
    const { notify, links } = this.notifications;
    const routes = [this.reads, this.insights, this.learning, this.writes, this.chat, this.stop];
    return [...routes, this.live.live, this.live.feed, this.worker.function, notify, links];
  }

  /** Nobody signs up; an admin invites, and puts people into the groups that are their roles. */
  #userPool(): cognito.UserPool {
    const { config } = this.#props.settings;
    const pool = new cognito.UserPool(this, 'Users', {
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      signInCaseSensitive: false,
      mfa: config.api.requireMfa ? cognito.Mfa.REQUIRED : cognito.Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      passwordPolicy: {
        minLength: 14,
        requireDigits: true,
        requireLowercase: true,
        requireUppercase: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(1),
      },
      accountRecovery: cognito.AccountRecovery.EMAIL_ONLY,
      featurePlan: cognito.FeaturePlan.PLUS,
      standardThreatProtectionMode: cognito.StandardThreatProtectionMode.FULL_FUNCTION,
      deletionProtection: config.deletionProtection,
      removalPolicy: removalPolicy(config),
    });
    if (!config.api.requireMfa) {
      acknowledge(pool, 'Nothing here is worth a second factor; users may still choose one.', 'AwsSolutions-COG2');
    }
    for (const groupName of RoleSchema.options) {
      new cognito.CfnUserPoolGroup(this, `${groupName[0]?.toUpperCase()}${groupName.slice(1)}s`, {
        userPoolId: pool.userPoolId,
        groupName,
        description: 'A role of the HTTP API; what it may do is in policies/api',
      });
    }
    return pool;
  }

  #cors(): { corsPreflight?: apigateway.CorsPreflightOptions } {
    const { settings, web } = this.#props;
    const allowOrigins = [...settings.config.api.allowedOrigins, ...(web === undefined ? [] : [web.origin])];
    if (allowOrigins.length === 0) return {};
    const { GET, POST, PUT, DELETE } = apigateway.CorsHttpMethod;
    return {
      corsPreflight: {
        allowOrigins,
        allowMethods: [GET, POST, PUT, DELETE],
        allowHeaders: ['authorization', 'content-type', 'idempotency-key', 'if-match', 'if-none-match'],
        exposeHeaders: ['etag', 'retry-after', 'idempotency-replayed'],
        maxAge: Duration.hours(1),
      },
    };
  }

  /** What the functions share: the allowance of callers. */
  #function(
    id: string,
    name: 'api-read' | 'api-insight' | 'api-learning' | 'api-write' | 'api-stop' | 'chat',
    description: string,
  ): AgentFunction {
    const { settings } = this.#props;
    const { callerRequestsPerTenSeconds, callerRequestsPerDay } = settings.config.api;
    const fn = new AgentFunction(this, id, {
      settings,
      name,
      agent: 'interaction-agent',
      description,
      timeout: TIMEOUT,
      usesCatalogue: ['api-insight', 'api-learning', 'chat'].includes(name),
      ...(name === 'api-learning' ? { policies: settings.policies } : {}),
    });
    fn.resource.addEnvironment('CALLER_REQUESTS', `${callerRequestsPerTenSeconds}/${callerRequestsPerDay}`);
    return fn;
  }

  #reads(): AgentFunction {
    const { data } = this.#props;
    const fn = this.#function('Reads', 'api-read', 'Answers the reading routes of the HTTP API');
    fn.useTable(data.incidents, ['GetItem', 'Query'], 'byStatus', 'byWorkload');
    fn.useTable(data.journal, ['Query']);
    fn.useTable(data.workloads, ['Scan']);
    fn.useTable(data.agents, ['Scan']);
    fn.useTable(data.interactions, ['GetItem', 'Query']);
    fn.useTable(data.traffic, ['Query', 'UpdateItem']);
    fn.resource.addEnvironment('MODE_PARAMETER', data.mode.parameterName);
    fn.allow(['ssm:GetParameter'], data.mode.parameterArn);
    return fn;
  }

  #insights(): AgentFunction {
    const { data } = this.#props;
    const fn = this.#function('Insights', 'api-insight', 'Computes figures and series for the HTTP API');
    fn.useTable(data.incidents, ['Query'], 'byStatus', 'byWorkload');
    fn.useTable(data.workloads, ['Scan']);
    fn.useTable(data.traffic, ['UpdateItem']);
    fn.allowAnywhere(['cloudwatch:GetMetricData'], 'CloudWatch cannot limit reads of metrics to some of them.');
    return fn;
  }

  /** Tries policies on past verdicts; about versions, and for the trial of one, it asks the optimizer. */
  #learning(): AgentFunction {
    const { data, optimizer } = this.#props;
    const fn = this.#function('Learning', 'api-learning', 'Shows and tries what was learned and what may be done');
    fn.useTable(data.incidents, ['Query'], 'byStatus');
    fn.useTable(data.journal, ['Query']);
    fn.useTable(data.qTable, ['Query']);
    fn.useTable(data.traffic, ['PutItem', 'UpdateItem', 'DeleteItem']);
    fn.resource.addEnvironment('MODEL_PARAMETER', data.model.parameterName);
    fn.allow(['ssm:GetParameter'], data.model.parameterArn);
    const { trainer, promoter } = optimizer;
    fn.resource.addEnvironment('TRAINER_FUNCTION', trainer.resource.functionName);
    fn.resource.addEnvironment('PROMOTER_FUNCTION', promoter.resource.functionName);
    fn.allow(['lambda:InvokeFunction'], trainer.resource.functionArn, promoter.resource.functionArn);
    return fn;
  }

  #writes(): AgentFunction {
    const { data, events, healing } = this.#props;
    const fn = this.#function('Writes', 'api-write', 'Does what the writing routes of the HTTP API ask for');
    fn.useTable(data.incidents, ['GetItem', 'UpdateItem']);
    fn.useTable(data.interactions, ['GetItem', 'PutItem', 'UpdateItem']);
    fn.useTable(data.experiences, ['BatchGetItem', 'PutItem']);
    fn.useTable(data.qTable, ['UpdateItem']);
    fn.useTable(data.traffic, ['PutItem', 'UpdateItem', 'DeleteItem']);
    fn.useQueue('SIGNALS_QUEUE_URL', events.signals.resource);
    for (const priority of PrioritySchema.options) {
      fn.useQueue(`${priority.toUpperCase()}_TASKS_QUEUE_URL`, this.tasks[priority].resource);
    }
    fn.resource.addEnvironment('MODE_PARAMETER', data.mode.parameterName);
    fn.allow(['ssm:GetParameter', 'ssm:PutParameter'], data.mode.parameterArn);
    fn.allow(['states:SendTaskSuccess'], healing.workflow.resource.stateMachineArn);
    fn.resource.addEnvironment('LIVE_URL', this.live.url);
    return fn;
  }

  /** Closes the three places, for a request or for a task; it opens none. */
  #stop(): AgentFunction {
    const { data, healing, ingest } = this.#props;
    const fn = this.#function('Stop', 'api-stop', 'Stops every automatic action in three places');
    fn.useTable(data.traffic, ['PutItem', 'UpdateItem', 'DeleteItem']);
    allowStop(fn, {
      mode: data.mode,
      act: healing.functions.act,
      denial: healing.denial,
      signalsMappingId: ingest.signalsMappingId,
    });
    return fn;
  }

  /** Reads everything that answers rest on; all that it can do is to ask for a task. */
  #chat(): AgentFunction {
    const { data } = this.#props;
    const fn = this.#function('Chat', 'chat', 'Answers questions in sentences, and asks for tasks');
    fn.useTable(data.incidents, ['GetItem', 'Query'], 'byStatus');
    fn.useTable(data.journal, ['Query']);
    fn.useTable(data.workloads, ['Scan']);
    fn.useTable(data.agents, ['Scan']);
    fn.useTable(data.qTable, ['Query']);
    fn.useTable(data.interactions, ['GetItem', 'PutItem', 'Query']);
    fn.useTable(data.traffic, ['PutItem', 'UpdateItem', 'DeleteItem']);
    for (const priority of PrioritySchema.options) {
      fn.useQueue(`${priority.toUpperCase()}_TASKS_QUEUE_URL`, this.tasks[priority].resource);
    }
    fn.resource.addEnvironment('MODE_PARAMETER', data.mode.parameterName);
    fn.allow(['ssm:GetParameter'], data.mode.parameterArn);
    fn.allowAnywhere(['cloudwatch:DescribeAlarms'], 'Alarms by their state are listed for the account.');
    this.#addChatModel(fn);
    return fn;
  }

  /** Where a language model is configured: which one, and the one parameter that holds its key. */
  #addChatModel(fn: AgentFunction): void {
    const { environment, config } = this.#props.settings;
    if (config.chatModel === null) return;
    const key = `/kintsugi/${environment}/chat-model-key`;
    fn.resource.addEnvironment('CHAT_MODEL', JSON.stringify(config.chatModel));
    fn.resource.addEnvironment('CHAT_MODEL_KEY_PARAMETER', key);
    fn.allow(['ssm:GetParameter'], Stack.of(this).formatArn({ service: 'ssm', resource: `parameter${key}` }));
  }

  #addRoutes(): void {
    const integrations = {
      read: new HttpLambdaIntegration('Reads', this.reads.resource),
      insight: new HttpLambdaIntegration('Insights', this.insights.resource),
      learning: new HttpLambdaIntegration('Learning', this.learning.resource),
      write: new HttpLambdaIntegration('Writes', this.writes.resource),
      page: new HttpLambdaIntegration('Links', this.notifications.links.resource),
      chat: new HttpLambdaIntegration('Chat', this.chat.resource),
      stop: new HttpLambdaIntegration('Stop', this.stop.resource),
    };
    for (const [, route] of SERVED) {
      const { method, path, role, page } = route;
      const added = this.api.addRoutes({
        path,
        methods: [apigateway.HttpMethod[method]],
        integration: integrations[servedBy(route)],
        ...(role === null ? { authorizer: new apigateway.HttpNoneAuthorizer() } : {}),
      });
      if (role !== null) continue;
      const why = page === true ? 'The token of the path is the right to come in.' : 'Tells only that it answers.';
      for (const open of added) acknowledge(open, why, 'AwsSolutions-APIG4');
    }
    new apigateway.HttpRoute(this, 'Others', {
      httpApi: this.api,
      routeKey: apigateway.HttpRouteKey.DEFAULT,
      integration: integrations.read,
    });
    if (this.#cors().corsPreflight !== undefined) this.#addPreflights(integrations.read);
  }

  /**
   * What a browser asks before it sends a token, which the gateway answers itself; without a route of its own the
   * question falls to `$default`, whose authorizer refuses it.
   */
  #addPreflights(integration: HttpLambdaIntegration): void {
    const preflights = this.api.addRoutes({
      path: '/{proxy+}',
      methods: [apigateway.HttpMethod.OPTIONS],
      integration,
      authorizer: new apigateway.HttpNoneAuthorizer(),
    });
    const why = 'A browser sends no token with a preflight, which is all that this route is for.';
    for (const route of preflights) acknowledge(route, why, 'AwsSolutions-APIG4');
  }

  #addStage(): void {
    const { config } = this.#props.settings;
    const accessLogs = new logs.LogGroup(this, 'AccessLogs', {
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new apigateway.HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: config.api.rateLimit, burstLimit: config.api.burstLimit },
      accessLogSettings: {
        destination: new apigateway.LogGroupLogDestination(accessLogs),
        format: AccessLogFormat.custom(ACCESS_LOG),
      },
    });
  }
}
