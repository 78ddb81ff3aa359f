import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpUserPoolAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { parameterName } from '../config/parameters.ts';
import type { Settings } from '../config/settings.ts';
import { acknowledge } from '../constructs/acknowledge.ts';
import { AgentFunction } from '../constructs/agent-function.ts';
import { removalPolicy } from '../constructs/state-table.ts';
import type { DataStack } from './data-stack.ts';
import type { EventsStack } from './events-stack.ts';
import type { HealingStack } from './healing-stack.ts';

export interface ApiStackProps {
  readonly settings: Settings;
  readonly data: DataStack;
  readonly events: EventsStack;
  readonly healing: HealingStack;
}

const { GET, POST } = apigateway.HttpMethod;

/** All that the API offers; only `/health` answers strangers. */
const ROUTES = [
  { path: '/incidents', method: GET },
  { path: '/incidents/{id}', method: GET },
  { path: '/incidents/{id}/approval', method: POST },
  { path: '/events', method: POST },
  { path: '/health', method: GET, open: true },
] as const;

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

/** The Interaction Agent: an HTTP API for people and tools, with users of its own. */
export class ApiStack extends Stack {
  readonly api: apigateway.HttpApi;
  readonly handler: AgentFunction;
  readonly users: cognito.UserPool;

  readonly #props: ApiStackProps;

  constructor(scope: Construct, id: string, props: ApiStackProps) {
    super(scope, id, { description: `Kintsugi ${props.settings.environment}: HTTP API and its users` });
    this.#props = props;
    this.users = this.#userPool();
    const client = this.users.addClient('Client', {
      authFlows: { userSrp: true, userPassword: true },
      preventUserExistenceErrors: true,
      accessTokenValidity: Duration.hours(1),
      idTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.days(1),
      disableOAuth: true,
    });
    this.handler = this.#handler();
    this.api = new apigateway.HttpApi(this, 'Api', {
      description: `Kintsugi ${props.settings.environment}`,
      createDefaultStage: false,
      defaultAuthorizer: new HttpUserPoolAuthorizer('Users', this.users, { userPoolClients: [client] }),
    });
    this.#addRoutes();
    this.#addStage();
    new ssm.StringParameter(this, 'ApiUrl', {
      parameterName: parameterName(props.settings.environment, 'api-url'),
      stringValue: this.api.apiEndpoint,
    });
    new CfnOutput(this, 'ApiEndpoint', { value: this.api.apiEndpoint });
    new CfnOutput(this, 'ApiId', { value: this.api.apiId });
    new CfnOutput(this, 'UserPoolId', { value: this.users.userPoolId });
    new CfnOutput(this, 'UserPoolClientId', { value: client.userPoolClientId });
  }

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
    return pool;
  }

  #handler(): AgentFunction {
    const { settings, data, events, healing } = this.#props;
    const fn = new AgentFunction(this, 'Handler', {
      settings,
      name: 'api',
      agent: 'interaction-agent',
      description: 'Answers the HTTP API',
      timeout: Duration.seconds(10),
    });
    fn.useTable(data.incidents, ['GetItem', 'Query', 'UpdateItem'], 'byStatus', 'byWorkload');
    fn.useTable(data.journal, ['Query']);
    fn.useQueue('SIGNALS_QUEUE_URL', events.signals.resource);
    fn.allow(['states:SendTaskSuccess'], healing.workflow.resource.stateMachineArn);
    return fn;
  }

  #addRoutes(): void {
    const integration = new HttpLambdaIntegration('Handler', this.handler.resource);
    for (const route of ROUTES) {
      const open = 'open' in route;
      const added = this.api.addRoutes({
        path: route.path,
        methods: [route.method],
        integration,
        ...(open ? { authorizer: new apigateway.HttpNoneAuthorizer() } : {}),
      });
      if (!open) continue;
      for (const health of added) acknowledge(health, 'Tells only that it answers.', 'AwsSolutions-APIG4');
    }
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
