import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsFor } from '../../lambdas/adapters/clients.ts';
import { environments } from '../../lib/config/environments.ts';
import { FUNCTION_NAMES } from '../../lib/constructs/bundle.ts';
import {
  listed,
  permissionsOf,
  projectDir,
  readable,
  resourcesOf,
  statementsOf,
  synthesise,
  type Resource,
  type StackTemplate,
} from '../support/synth.ts';
import { EXPECTED_PERMISSIONS } from '../support/synth-permissions.ts';

const shop = { prefix: '', clusterName: 'shop' };
// One synthesis for all tests below; cdk-nag's AwsSolutions rules have passed when it returns.
const templates = synthesise({ dev: { demoShops: [shop, { ...shop, prefix: 'b-' }] } });
const withoutCloud = synthesise({ dev: { cloudStack: false } });

const stack = (name: string): StackTemplate => {
  const template = templates.get(name);
  if (template === undefined) throw new Error(`no stack ${name}; there are: ${[...templates.keys()].join(', ')}`);
  return template;
};
const all = (type: string): readonly (readonly [string, Resource, string])[] =>
  [...templates].flatMap(([name, template]) => resourcesOf(template, type).map(([id, r]) => [id, r, name] as const));
const ENVIRONMENTS = ['dev', 'stage', 'prod'] as const;
const STACKS = [
  'Data',
  'Events',
  'Healing',
  'Ingest',
  'Api',
  'Optimizer',
  'Operations',
  'Cloud',
  'Web',
  'WebContent',
] as const;
/** What only AWS itself creates; `cloudStack: false` leaves them out. */
const isCloudOnly = (name: string): boolean => /-(Cloud|Web|WebContent)$/.test(name);

describe('stages and stacks', () => {
  test.each(ENVIRONMENTS)('%s is one whole system of ten stacks', (environment) => {
    for (const name of STACKS) expect(templates.has(`Kintsugi-${environment}-${name}`)).toBe(true);
  });

  test.each(ENVIRONMENTS)('%s imports nothing from another environment', (environment) => {
    const imports = [...templates]
      .filter(([name]) => name.startsWith(`Kintsugi-${environment}-`))
      .flatMap(([, template]) => JSON.stringify(template).match(/"Fn::ImportValue":"[^"]+"/g) ?? []);
    expect(imports.length).toBeGreaterThan(0);
    expect(imports.filter((found) => !found.includes(`Kintsugi-${environment}-`))).toEqual([]);
  });

  test('the Cloud stack stays out when told, and nothing depends on it', () => {
    const names = [...withoutCloud.keys()];
    expect(names.filter((name) => name.startsWith('Kintsugi-dev-') && isCloudOnly(name))).toEqual([]);
    expect(withoutCloud.get('Kintsugi-dev-Healing')).toEqual(stack('Kintsugi-dev-Healing'));
  });

  test('two demo shops stand side by side under their own names', () => {
    const alarms = (name: string) =>
      resourcesOf(stack(name), 'AWS::CloudWatch::Alarm').map(([, r]) => r.Properties.AlarmName);
    expect(alarms('KintsugiDemoShop-dev')).toContain('kintsugi-dev-payments-errorRate');
    expect(alarms('KintsugiDemoShop-dev-b')).toContain('kintsugi-dev-b-payments-errorRate');
  });
});

/** Types that the emulator is known to create (MiniStack, tried with 1.5.33). */
const EVERYWHERE = new Set([
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Authorizer',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::CDK::Metadata',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::Cognito::UserPool',
  'AWS::Cognito::UserPoolGroup',
  'AWS::Cognito::UserPoolClient',
  'AWS::Cognito::UserPoolDomain',
  'AWS::DynamoDB::GlobalTable',
  'AWS::Events::EventBus',
  'AWS::Events::Rule',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::KMS::Key',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  'AWS::SSM::Parameter',
  'AWS::StepFunctions::StateMachine',
  'Custom::KintsugiWorkload',
]);

test('all stacks but the cloud-only ones hold only what deploys everywhere', () => {
  const foreign = [...templates]
    .filter(([name]) => !isCloudOnly(name))
    .flatMap(([name, { Resources }]) => Object.entries(Resources).map(([id, { Type }]) => `${name}/${id}: ${Type}`))
    .filter((line) => !EVERYWHERE.has(line.split(': ')[1] ?? ''));
  expect(foreign).toEqual([]);
});

test('no alarm outside of Cloud computes over several metrics, which emulators ignore or refuse', () => {
  const computed = all('AWS::CloudWatch::Alarm').filter(
    ([, r, name]) => !isCloudOnly(name) && 'Metrics' in r.Properties,
  );
  expect(computed).toEqual([]);
});

describe('stateful resources', () => {
  test.each(ENVIRONMENTS)(
    '%s keeps the logical ids of its state: another id is another, empty table, bucket or key',
    (environment) => {
      expect(Object.keys(stack(`Kintsugi-${environment}-Data`).Resources).sort()).toEqual([
        'Agents90FEEFC6',
        'Detectors4D3B6B74',
        'Experiences4B3B9228',
        'Incidents2E0DA58B',
        'Interactions00FE2AF4',
        'JournalF917C201',
        'Leases507C2787',
        'ModeED6B99D5',
        'Model0301700E',
        'ModelsC55D3500',
        'ModelsPolicy9BB3F5C5',
        'QTable21B66AD3',
        'Records091F6ECA',
        'RecordsKey31CDF3C4',
        'RecordsPolicy228CC23D',
        'Traffic69CEDD30',
        'Workloads6BA1624D',
      ]);
    },
  );

  test.each(ENVIRONMENTS)('%s locks its checkpoints, for as long as its configuration says', (environment) => {
    const { recordLock } = environments[environment];
    const [[, bucket] = []] = resourcesOf(stack(`Kintsugi-${environment}-Data`), 'AWS::S3::Bucket');
    expect(bucket?.Properties.ObjectLockConfiguration).toEqual({
      ObjectLockEnabled: 'Enabled',
      Rule: { DefaultRetention: { Days: recordLock.days, Mode: recordLock.mode.toUpperCase() } },
    });
    expect(bucket?.DeletionPolicy).toBe('Retain');
  });

  test.each(ENVIRONMENTS)('%s encrypts its tables, and keeps them as its configuration says', (environment) => {
    const config = environments[environment];
    const tables = resourcesOf(stack(`Kintsugi-${environment}-Data`), 'AWS::DynamoDB::GlobalTable');
    expect(tables).toHaveLength(10);
    for (const [, table] of tables) {
      const replica = listed(table.Properties.Replicas)[0] as Record<string, unknown>;
      expect(table.Properties.BillingMode).toBe('PAY_PER_REQUEST');
      expect(table.Properties.SSESpecification).toEqual({ SSEEnabled: true, SSEType: 'KMS' });
      expect(replica.PointInTimeRecoverySpecification).toEqual({
        PointInTimeRecoveryEnabled: config.pointInTimeRecovery,
      });
      expect(replica.DeletionProtectionEnabled).toBe(config.deletionProtection);
      expect(table.DeletionPolicy).toBe(config.removal === 'retain' ? 'Retain' : 'Delete');
    }
  });

  test('no stack stops at a bucket when it is destroyed: S3 deletes none that holds something', () => {
    const buckets = all('AWS::S3::Bucket');
    expect(buckets).toHaveLength(3 * ENVIRONMENTS.length);
    for (const [id, { DeletionPolicy }, name] of buckets)
      expect([name, id, DeletionPolicy]).toEqual([name, id, 'Retain']);
  });

  test('only dev can lose its data', () => {
    expect(ENVIRONMENTS.filter((name) => environments[name].removal === 'destroy')).toEqual(['dev']);
    expect(ENVIRONMENTS.filter((name) => !environments[name].pointInTimeRecovery)).toEqual(['dev']);
    expect(ENVIRONMENTS.filter((name) => !environments[name].deletionProtection)).toEqual(['dev']);
  });

  test('the journal streams new images, and the tables have the keys of the design', () => {
    const keys = resourcesOf(stack('Kintsugi-prod-Data'), 'AWS::DynamoDB::GlobalTable').map(([id, { Properties }]) => [
      id.slice(0, -8),
      (Properties.KeySchema as { AttributeName: string }[]).map(({ AttributeName }) => AttributeName).join(),
    ]);
    expect(Object.fromEntries(keys)).toEqual({
      Journal: 'incidentId,seq',
      Incidents: 'incidentId',
      QTable: 'tier,row',
      Experiences: 'executionId',
      Workloads: 'workloadId',
      Leases: 'resource',
      Agents: 'agentId',
      Detectors: 'metric',
      Traffic: 'kind,id',
      Interactions: 'kind,id',
    });
    expect(stack('Kintsugi-prod-Data').Resources.JournalF917C201?.Properties.StreamSpecification).toEqual({
      StreamViewType: 'NEW_IMAGE',
    });
  });

  test('queues and topics are encrypted and refuse what does not come over TLS', () => {
    for (const [, queue] of all('AWS::SQS::Queue')) expect(queue.Properties.SqsManagedSseEnabled).toBe(true);
    for (const [, topic] of all('AWS::SNS::Topic')) expect(topic.Properties.KmsMasterKeyId).toBeDefined();
    for (const type of ['AWS::SQS::Queue', 'AWS::SNS::Topic']) {
      const policies = all(type === 'AWS::SQS::Queue' ? 'AWS::SQS::QueuePolicy' : 'AWS::SNS::TopicPolicy');
      const tlsOnly = policies.filter(([, policy]) =>
        statementsOf(policy).some(
          ({ Effect, Condition }) => Effect === 'Deny' && JSON.stringify(Condition).includes('aws:SecureTransport'),
        ),
      );
      expect(tlsOnly).toHaveLength(all(type).length);
    }
  });
});

describe('functions', () => {
  const rolePolicies = (template: StackTemplate, roleId: string) =>
    resourcesOf(template, 'AWS::IAM::Policy')
      .filter(([, { Properties }]) => JSON.stringify(Properties.Roles).includes(`"${roleId}"`))
      .flatMap(([, policy]) => statementsOf(policy));
  const functionsOf = (environment: string) =>
    [...templates]
      // What puts the dashboard's files in place is CDK's own.
      .filter(([name]) => name.startsWith(`Kintsugi-${environment}-`) && !name.endsWith('-WebContent'))
      .flatMap(([, template]) =>
        resourcesOf(template, 'AWS::Lambda::Function').map(([id, fn]) => ({ id, fn, template })),
      );
  const variables = (fn: Resource) => (fn.Properties.Environment as { Variables: Record<string, unknown> }).Variables;
  const nameOf = (fn: Resource) => String(variables(fn).POWERTOOLS_SERVICE_NAME);

  test.each(ENVIRONMENTS)('%s has every function once, each with its own role and log group', (environment) => {
    const functions = functionsOf(environment).map(({ fn }) => fn);
    expect(functions.map(nameOf).sort()).toEqual([...FUNCTION_NAMES].sort());
    for (const part of ['Role', 'LoggingConfig'] as const) {
      expect(new Set(functions.map((fn) => JSON.stringify(fn.Properties[part]))).size).toBe(FUNCTION_NAMES.length);
    }
    for (const fn of functions) {
      expect(fn.Properties).toMatchObject({
        Runtime: 'nodejs22.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
      });
    }
  });

  test.each(ENVIRONMENTS)(
    'in %s whoever sends to a queue that calls it is not taken for a runaway loop',
    (environment) => {
      const both = ['sqs:ReceiveMessage', 'sqs:SendMessage'];
      const rounds = FUNCTION_NAMES.filter((name) =>
        Object.values(EXPECTED_PERMISSIONS[name]).some((actions) => both.every((action) => actions.includes(action))),
      );
      const allowed = functionsOf(environment).filter(({ fn }) => fn.Properties.RecursiveLoop === 'Allow');
      expect(rounds).toContain('notify');
      expect(allowed.map(({ fn }) => nameOf(fn)).sort()).toEqual([...rounds].sort());
    },
  );

  describe.each(ENVIRONMENTS)('%s', (environment) => {
    test.each(FUNCTION_NAMES)('%s may do exactly this', (name) => {
      const found = functionsOf(environment).find(({ fn }) => nameOf(fn) === name);
      const role = /"(\w+Role\w+)"/.exec(JSON.stringify(found?.fn.Properties.Role))?.[1] ?? '';
      const { [`<${role.replace(/Role\w+$/, '')}Logs>`]: logs, ...granted } = permissionsOf(
        rolePolicies(found?.template as StackTemplate, role),
      );
      expect(logs).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
      const expected = JSON.stringify(EXPECTED_PERMISSIONS[name]).replaceAll('<env>', environment);
      expect(granted).toEqual(JSON.parse(expected));
    });
  });

  test('limits reach every function as data', () => {
    for (const environment of ENVIRONMENTS) {
      for (const { fn } of functionsOf(environment)) {
        expect(JSON.parse(String(variables(fn).KINTSUGI_LIMITS))).toEqual(environments[environment].limits);
        expect(variables(fn)).toMatchObject({
          KINTSUGI_ENV: environment,
          LOG_LEVEL: environment === 'dev' ? 'DEBUG' : 'INFO',
        });
      }
    }
  });

  test('the same agent has the same id in all its functions, and another in another environment', () => {
    const ids = ENVIRONMENTS.map(
      (environment) => new Set(functionsOf(environment).map(({ fn }) => variables(fn).AGENT_ID)),
    );
    for (const own of ids) expect(own.size).toBe(4);
    expect(new Set(ids.flatMap((own) => [...own])).size).toBe(12);
  });

  test('each function gives up before the task that invokes it does', () => {
    const definition = JSON.parse(readFileSync(join(projectDir, 'statemachines', 'healing-loop.asl.json'), 'utf8')) as {
      States: Record<string, { Type: string; TimeoutSeconds?: number; Parameters?: { FunctionName?: string } }>;
    };
    const tasks = Object.values(definition.States).filter(({ Type }) => Type === 'Task');
    expect(tasks.length).toBeGreaterThan(8);
    for (const environment of ENVIRONMENTS) {
      const timeouts = new Map(
        functionsOf(environment).map(({ id, fn }) => [id.slice(0, -8), Number(fn.Properties.Timeout)]),
      );
      for (const { Parameters, TimeoutSeconds } of tasks) {
        const id = /\$\{(\w+)FunctionArn\}/.exec(Parameters?.FunctionName ?? '')?.[1] ?? '';
        expect({ id, givesUp: timeouts.get(id) ?? Infinity }).toEqual({ id, givesUp: expect.any(Number) });
        expect(timeouts.get(id) ?? Infinity).toBeLessThan(TimeoutSeconds ?? 0);
      }
    }
  });

  test('each phase of the loop has time for two calls that hang, one after the other', () => {
    const { maxAttempts, requestHandler } = settingsFor('dynamodb');
    const worstSeconds = (maxAttempts * (requestHandler.connectionTimeout + requestHandler.requestTimeout)) / 1_000;
    for (const environment of ENVIRONMENTS) {
      const phases = resourcesOf(stack(`Kintsugi-${environment}-Healing`), 'AWS::Lambda::Function');
      expect(phases).toHaveLength(9);
      const short = phases.filter(([, fn]) => Number(fn.Properties.Timeout) <= 2 * worstSeconds);
      expect(short.map(([id]) => id)).toEqual([]);
    }
  });
});

test('whatever changes something names what it may change', () => {
  // AWS offers no resource for these: traces, and the delivery of vended logs, which a state machine sets up for itself.
  const withoutResource = /^(xray|logs):|:(Get|List|Describe)/;
  const open = all('AWS::IAM::Policy').flatMap(([id, policy]) =>
    Object.entries(permissionsOf(statementsOf(policy)))
      .filter(([resource]) => resource === '*')
      .flatMap(([, actions]) =>
        actions.filter((action) => !withoutResource.test(action)).map((action) => `${id}: ${action}`),
      ),
  );
  expect(open).toEqual([]);
});

test('nothing has a physical name but what others must find', () => {
  const NAMES = [
    'FunctionName',
    'TableName',
    'QueueName',
    'TopicName',
    'RoleName',
    'StateMachineName',
    'LogGroupName',
    'DashboardName',
  ];
  const named = [...templates].flatMap(([, { Resources }]) =>
    Object.entries(Resources)
      .filter(
        ([, { Type }]) =>
          ![
            'AWS::SQS::Queue',
            'AWS::Lambda::EventSourceMapping',
            'AWS::Lambda::Permission',
            'AWS::Logs::MetricFilter',
          ].includes(Type),
      )
      .flatMap(([id, { Properties }]) =>
        NAMES.filter((name) => name in (Properties ?? {})).map((name) => `${id}.${name}`),
      ),
  );
  expect(named).toEqual([]);
  expect(
    all('AWS::Events::EventBus')
      .map(([, bus, name]) => [name, bus.Properties.Name])
      .sort(),
  ).toEqual(ENVIRONMENTS.map((name) => [`Kintsugi-${name}-Events`, `kintsugi-${name}`]).sort());
});

test('the contract of users: parameters by their names', () => {
  const names = all('AWS::SSM::Parameter')
    .map(([, parameter]) => String(parameter.Properties.Name))
    .filter((name) => name.includes('/prod/'));
  expect(names.sort()).toEqual(
    [
      'act-role-name',
      'alarm-topic-arn',
      'api-url',
      'bus-name',
      'detector-arn',
      'detector-role-name',
      'mode',
      'model',
      'observe-role-name',
      'registrar-arn',
      'sense-role-name',
    ].map((key) => `/kintsugi/prod/${key}`),
  );
});

describe('signals and failures', () => {
  test('alarms arrive as their own JSON, and everything undeliverable is kept', () => {
    for (const [, subscription] of all('AWS::SNS::Subscription')) {
      expect(subscription.Properties).toMatchObject({
        RawMessageDelivery: true,
        RedrivePolicy: expect.anything() as unknown,
      });
    }
    for (const [, rule, name] of all('AWS::Events::Rule')) {
      // the next look at metrics reads what a lost one would have read, and the next drill is the same
      if (name.includes('DemoShop') || name.endsWith('-Drill')) continue;
      for (const target of listed(rule.Properties.Targets)) expect(target).toHaveProperty('DeadLetterConfig.Arn');
    }
  });

  test('a broken execution of this machine is escalated', () => {
    const [, rule] = resourcesOf(stack('Kintsugi-prod-Healing'), 'AWS::Events::Rule')[0] ?? [];
    expect(rule?.Properties.EventPattern).toMatchObject({
      source: ['aws.states'],
      detail: {
        status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
        stateMachineArn: [{ Ref: expect.stringMatching(/^HealingLoop/) as unknown }],
      },
    });
  });

  const openRoutes = (template: StackTemplate): readonly string[] =>
    resourcesOf(template, 'AWS::ApiGatewayV2::Route')
      // A WebSocket is opened by a ticket, which its function takes.
      .filter(([, route]) => !JSON.stringify(route.Properties.ApiId).includes('Live'))
      .filter(([, route]) => route.Properties.AuthorizationType !== 'JWT')
      .map(([, route]) => String(route.Properties.RouteKey))
      .sort();

  test('the API lets strangers ask only whether it is there, show the link of a message, and ask what a page may', () => {
    const asked = ['GET /health', 'GET /links/{token}', 'OPTIONS /{proxy+}', 'POST /links/{token}'];
    expect(openRoutes(stack('Kintsugi-prod-Api'))).toEqual(asked);
  });

  test('the API needs no setting of the account, as the access log of a WebSocket would', () => {
    const stages = all('AWS::ApiGatewayV2::Stage');
    expect(all('AWS::ApiGateway::Account')).toEqual([]);
    expect(stages.filter(([, { Properties }]) => Properties.AccessLogSettings !== undefined)).toHaveLength(3);
    for (const [, { Properties }] of stages) {
      const isLive = JSON.stringify(Properties.ApiId).includes('Live');
      expect([isLive, Properties.AccessLogSettings === undefined]).toEqual([isLive, isLive]);
    }
  });

  test('an API that no page may call answers no preflight', () => {
    const api = withoutCloud.get('Kintsugi-dev-Api') as StackTemplate;
    expect(JSON.stringify(resourcesOf(api, 'AWS::ApiGatewayV2::Api'))).not.toContain('CorsConfiguration');
    expect(openRoutes(api)).not.toContain('OPTIONS /{proxy+}');
  });
});

describe('the drill', () => {
  const drill = stack('Kintsugi-stage-Drill');

  test('is in stage alone, unless asked for', () => {
    expect([...templates.keys()].filter((name) => name.endsWith('-Drill'))).toEqual(['Kintsugi-stage-Drill']);
  });

  test('begins once a day with a message in the dead letters of a queue of its own, which are registered as a workload', () => {
    const [, rule] = resourcesOf(drill, 'AWS::Events::Rule')[0] ?? [];
    const [deadLetters] = resourcesOf(drill, 'AWS::SQS::Queue').find(([id]) => id.startsWith('DeadLetters')) ?? [];
    expect(rule?.Properties).toMatchObject({
      ScheduleExpression: 'rate(1 day)',
      Targets: [{ Arn: { 'Fn::GetAtt': [deadLetters, 'Arn'] } }],
    });
    const registered = JSON.stringify(resourcesOf(drill, 'Custom::KintsugiWorkload'));
    expect(registered).toContain('redrive');
    expect(registered).not.toContain('restart');
  });

  test('lets Act move messages between its two queues, and nothing else', () => {
    const policies = resourcesOf(drill, 'AWS::IAM::Policy').filter(([id]) => id.startsWith('HealingAct'));
    const resources = policies.flatMap(([, policy]) => JSON.stringify(policy.Properties.PolicyDocument));
    expect(resources.join()).toMatch(/sqs:ReceiveMessage/);
    expect(resources.join()).not.toMatch(/"Resource":"\*"/);
  });

  test('that is not healed within half an hour wakes somebody', () => {
    const alarm = resourcesOf(drill, 'AWS::CloudWatch::Alarm').find(([id]) => id.startsWith('drillnothealed'))?.[1];
    expect(alarm?.Properties).toMatchObject({ MetricName: 'ApproximateAgeOfOldestMessage', Threshold: 1_800 });
  });
});

describe('alarms on Kintsugi itself', () => {
  const operational = all('AWS::CloudWatch::Alarm')
    .filter(([, , name]) => /-(Operations|Cloud|Drill)$/.test(name))
    .filter(([, alarm]) => /runbooks/.test(String(alarm.Properties.AlarmDescription)));
  const articleOf = (alarm: Resource) =>
    /runbooks\/([\w-]+)\.md/.exec(String(alarm.Properties.AlarmDescription))?.[1] ?? '?';
  const articles = readdirSync(join(projectDir, 'lib', 'observability', 'runbooks')).map((file) =>
    file.replace('.md', ''),
  );

  test.each(ENVIRONMENTS)('%s: every alarm has an article, and every article an alarm', (environment) => {
    const used = operational
      .filter(([, , name]) => name.startsWith(`Kintsugi-${environment}-`))
      .map(([, alarm]) => articleOf(alarm));
    const hasDrill = environments[environment].drill !== null;
    expect(used.sort()).toEqual(articles.filter((article) => hasDrill || article !== 'drill-not-healed').sort());
  });

  const read = (article: string): string =>
    readFileSync(join(projectDir, 'lib', 'observability', 'runbooks', `${article}.md`), 'utf8');

  test.each(articles)('the commands of %s say in which environment, or they would look at dev', (article) => {
    const text = read(article);
    const commands = [...text.matchAll(/`(kintsugi [^`]+)`/g)].map(([, command]) => command);
    expect(commands.filter((command) => command?.includes(' --env <environment>') !== true)).toEqual([]);
    expect(text).not.toMatch(/<env>|Kintsugi-(dev|stage|prod)|kintsugi-(dev|stage|prod)|--env (?!<environment>)/);
  });

  test.each(articles)('%s says how, where it says that messages are to go', (article) => {
    const text = read(article);
    const says = /purge|empty the (queue|dead letters)|delete (the|its|all)? ?(rest|messages?)/i.test(text);
    expect(/`aws sqs (delete-message|purge-queue) --queue-url/.test(text)).toBe(says);
  });

  test.each(articles)('the article %s has its four parts', (article) => {
    const text = read(article);
    const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual([article, 'Description', 'Investigation', 'Resolution', 'When not to use this']);
  });

  test('they tell people, never the healing system itself', () => {
    for (const [, alarm] of operational) {
      expect(listed(alarm.Properties.AlarmActions).map(readable)).toEqual(['<NotificationTopic>']);
    }
  });

  test('each dead-letter queue has one', () => {
    const watched = operational.filter(
      ([, alarm]) => alarm.Properties.MetricName === 'ApproximateNumberOfMessagesVisible',
    );
    // A drill's dead letters are a workload's: their age is the alarm.
    const parked = all('AWS::SQS::Queue').filter(
      ([, queue, name]) => !('RedrivePolicy' in queue.Properties) && !name.endsWith('-Drill'),
    );
    expect(watched).toHaveLength(parked.length);
  });

  test('no schedule, no alarm that waits for a heartbeat', () => {
    const operations = synthesise({ dev: { heartbeatMinutes: 0 } }).get('Kintsugi-dev-Operations') as StackTemplate;
    expect(JSON.stringify(operations)).not.toContain('heartbeat-missing');
    expect(JSON.stringify(stack('Kintsugi-dev-Operations'))).toContain('heartbeat-missing');
  });
});
