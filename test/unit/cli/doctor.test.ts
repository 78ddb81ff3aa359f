import { PermissionDeniedError } from '../../../core/shared/errors.ts';
import type { Account } from '../../../cli/doctor/account.ts';
import { examineEnvironment } from '../../../cli/doctor/environment.ts';
import type { Finding } from '../../../cli/doctor/finding.ts';
import type { Machine } from '../../../cli/doctor/machine.ts';
import { examineMachine } from '../../../cli/doctor/machine.ts';
import type { Surroundings } from '../../../cli/doctor/surroundings.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:Alarms';
const NOTICES = 'arn:aws:sns:eu-central-1:123456789012:Notices';
const QUEUE = 'https://sqs.eu-central-1.amazonaws.com/123456789012/Signals';

const OUTPUTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Data: { AgentsTableName: 'agents' },
  Events: { NotificationTopicArn: NOTICES, SignalsQueueUrl: QUEUE },
  Operations: { SignalsMappingId: 'entry' },
  Web: { DashboardUrl: 'https://d1.cloudfront.net/' },
};
const STACKS = [
  'Data',
  'Events',
  'Healing',
  'Ingest',
  'Api',
  'Optimizer',
  'Operations',
  'Web',
  'WebContent',
  'Cloud',
].map((name) => ({
  name: `Kintsugi-prod-${name}`,
  status: 'UPDATE_COMPLETE',
  changedAt: new Date(NOW - 86_400_000),
  outputs: OUTPUTS[name] ?? {},
}));
const FUNCTION = {
  name: 'act',
  stack: 'Kintsugi-prod-Healing',
  state: 'Active',
  reason: null,
  lastUpdate: 'Successful',
};
const SOURCE = {
  id: 'entry',
  stack: 'Kintsugi-prod-Ingest',
  functionName: 'monitor',
  source: 'Signals',
  state: 'Enabled',
};

const aMachine = (changes: Partial<Machine> = {}): Machine => ({
  node: '22.23.3',
  python: () => Promise.resolve('python3'),
  pinned: { 'aws-cdk': '2.1148.1', 'aws-cdk-lib': '2.276.0' },
  installed: (name) =>
    Promise.resolve({
      version: name === 'aws-cdk' ? '2.1148.1' : '2.276.0',
      assemblySchema: name === 'aws-cdk' ? 55 : 53,
    }),
  isPortFree: () => Promise.resolve(true),
  answers: () => Promise.resolve('emulator'),
  local: null,
  endpointUrl: null,
  ...changes,
});

const anAccount = (changes: Partial<Account> = {}): Account => ({
  region: () => Promise.resolve('eu-central-1'),
  credentials: () => Promise.resolve('access key AKIA...'),
  stacks: () => Promise.resolve(STACKS),
  parameter: (name) => Promise.resolve(name.endsWith('/mode') ? 'manual' : TOPIC),
  functions: () => Promise.resolve([FUNCTION]),
  eventSources: () => Promise.resolve([SOURCE]),
  subscriptions: (arn) =>
    Promise.resolve([
      arn === TOPIC
        ? { protocol: 'sqs', endpoint: 'arn:aws:sqs:eu-central-1:123456789012:Signals', isConfirmed: true }
        : { protocol: 'email', endpoint: 'ops@example.com', isConfirmed: true },
    ]),
  heartbeats: () => Promise.resolve([new Date(NOW - 120_000)]),
  ownAlarms: () => Promise.resolve([]),
  ...changes,
});

const around = (account: Partial<Account> = {}, changes: Partial<Surroundings> = {}): Surroundings => ({
  env: 'prod',
  account: anAccount(account),
  asked: {},
  config: { heartbeatMinutes: 5, cloudStack: true },
  local: null,
  now: NOW,
  ...changes,
});

const wrong = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ status }) => status === 'error' || status === 'warning');

const denied = (): Promise<never> =>
  Promise.reject(
    new PermissionDeniedError(
      'arn:aws:sts::123456789012:assumed-role/Reader/ada may not call lambda:GetFunctionConfiguration on act. Add to its role: Allow it.',
    ),
  );

test('a sound set-up: everything was looked at, and nothing is to be mended', async () => {
  const findings = [...(await examineMachine(aMachine())), ...(await examineEnvironment(around()))];
  expect(wrong(findings)).toEqual([]);
  expect(findings.map(({ check }) => check)).toEqual([
    'node',
    'python',
    'cdk',
    'port',
    'region',
    'credentials',
    'stacks',
    'mode',
    'functions',
    'event-sources',
    'alarm-topic',
    'notifications',
    'heartbeat',
    'alarms',
    'dashboard',
  ]);
});

describe('broken machines: each is found, with its fix', () => {
  const LOCAL = { endpoint: 'http://127.0.0.1:4566', pid: 4711 };
  const cases: readonly (readonly [string, Partial<Machine>, Partial<Finding>])[] = [
    ['an old Node.js', { node: '20.11.0' }, { check: 'node', status: 'error', fix: expect.stringContaining('npm ci') }],
    [
      'no Python',
      {
        python: () =>
          Promise.reject(
            new Error(
              'Python 3.10 or newer was not found on PATH. Install it (macOS: brew install python3, Debian or Ubuntu: apt install python3 python3-venv).',
            ),
          ),
      },
      {
        check: 'python',
        status: 'warning',
        what: 'Python 3.10 or newer was not found on PATH. Only the local cloud needs it.',
        fix: 'apt install python3 python3-venv',
      },
    ],
    [
      'a CDK command line that cannot read what the library writes',
      {
        installed: (name) =>
          Promise.resolve(
            name === 'aws-cdk'
              ? { version: '2.1000.0', assemblySchema: 40 }
              : { version: '2.276.0', assemblySchema: 53 },
          ),
      },
      { check: 'cdk', status: 'error', fix: 'npm install --save-dev --save-exact aws-cdk@2.1148.1' },
    ],
    ['no CDK', { installed: () => Promise.resolve(null) }, { check: 'cdk', status: 'error', fix: 'npm ci' }],
    [
      'an emulator that has died',
      { local: LOCAL, answers: () => Promise.resolve('nothing') },
      { check: 'emulator', status: 'error', where: LOCAL.endpoint, fix: 'kill 4711; npm start' },
    ],
    [
      'another program where the emulator was',
      { local: LOCAL, answers: () => Promise.resolve('something else') },
      { check: 'emulator', status: 'error', what: 'something that is not the emulator answers' },
    ],
    [
      'an AWS_ENDPOINT_URL that leads nowhere',
      { endpointUrl: 'http://127.0.0.1:1', answers: () => Promise.resolve('nothing') },
      { check: 'emulator', status: 'error', fix: 'unset AWS_ENDPOINT_URL' },
    ],
    [
      'a port in use',
      { isPortFree: () => Promise.resolve(false) },
      { check: 'port', status: 'warning', where: '127.0.0.1:4566', fix: 'lsof -nP -iTCP:4566 -sTCP:LISTEN' },
    ],
  ];
  test.each(cases)('%s', async (_, changes, expected) => {
    expect(wrong(await examineMachine(aMachine(changes)))).toContainEqual(expect.objectContaining(expected));
  });
});

describe('broken environments: each is found, with its fix', () => {
  const without = (name: string) => STACKS.filter((stack) => stack.name !== `Kintsugi-prod-${name}`);
  const inState = (name: string, status: string) =>
    STACKS.map((stack) => (stack.name === `Kintsugi-prod-${name}` ? { ...stack, status } : stack));
  const cases: readonly (readonly [string, Partial<Account>, Partial<Finding>])[] = [
    [
      'no region',
      { region: () => Promise.reject(new Error('Region is missing')) },
      { check: 'region', status: 'error', fix: 'kintsugi doctor --region REGION --env prod' },
    ],
    [
      'no credentials',
      { credentials: () => Promise.reject(new Error('Could not load credentials')) },
      { check: 'credentials', status: 'error', fix: expect.stringContaining('aws sso login') },
    ],
    [
      'credentials that have expired',
      { stacks: () => Promise.reject(Object.assign(new Error('token expired'), { name: 'ExpiredToken' })) },
      { check: 'credentials', status: 'error', fix: 'aws sso login' },
    ],
    [
      'a missing permission',
      { functions: denied },
      {
        check: 'permissions',
        where: 'arn:aws:sts::123456789012:assumed-role/Reader/ada',
        fix: expect.stringMatching(
          /^aws iam put-role-policy --role-name Reader .*"Action":"lambda:GetFunctionConfiguration"/,
        ),
      },
    ],
    [
      'nothing deployed',
      { stacks: () => Promise.resolve([]) },
      { check: 'stacks', status: 'error', fix: "npx cdk deploy 'Kintsugi-prod/*'" },
    ],
    [
      'a stack that is missing',
      { stacks: () => Promise.resolve(without('Optimizer')) },
      { check: 'stacks', where: 'Kintsugi-prod-Optimizer', fix: "npx cdk deploy 'Kintsugi-prod/Optimizer'" },
    ],
    [
      'a stack whose creation failed',
      { stacks: () => Promise.resolve(inState('Cloud', 'ROLLBACK_COMPLETE')) },
      {
        check: 'stacks',
        status: 'error',
        fix: "aws cloudformation delete-stack --stack-name Kintsugi-prod-Cloud && npx cdk deploy 'Kintsugi-prod/Cloud'",
      },
    ],
    [
      'a deployment that was rolled back',
      { stacks: () => Promise.resolve(inState('Api', 'UPDATE_ROLLBACK_COMPLETE')) },
      { check: 'stacks', status: 'warning', where: 'Kintsugi-prod-Api' },
    ],
    [
      'a mode parameter that is gone',
      { parameter: (name) => Promise.resolve(name.endsWith('/mode') ? null : TOPIC) },
      { check: 'mode', status: 'error', where: '/kintsugi/prod/mode', fix: 'kintsugi mode manual --env prod' },
    ],
    [
      'a mode that is none',
      { parameter: (name) => Promise.resolve(name.endsWith('/mode') ? 'Auto ' : TOPIC) },
      { check: 'mode', status: 'error', what: expect.stringContaining("holds 'Auto '") },
    ],
    [
      'a system that was stopped',
      { parameter: (name) => Promise.resolve(name.endsWith('/mode') ? 'off' : TOPIC) },
      { check: 'mode', status: 'warning', fix: 'kintsugi resume --mode manual --env prod' },
    ],
    [
      'a function that somebody deleted',
      { functions: () => Promise.resolve([{ ...FUNCTION, state: null }]) },
      { check: 'functions', where: 'act', fix: "npx cdk deploy 'Kintsugi-prod/Healing' --force" },
    ],
    [
      'a function that cannot start',
      { functions: () => Promise.resolve([{ ...FUNCTION, state: 'Failed', reason: 'the role cannot be assumed' }]) },
      { check: 'functions', what: 'is Failed: the role cannot be assumed' },
    ],
    [
      'a queue that is not read',
      { eventSources: () => Promise.resolve([{ ...SOURCE, id: 'other', state: 'Disabled' }]) },
      { check: 'event-sources', fix: 'aws lambda update-event-source-mapping --uuid other --enabled' },
    ],
    [
      'the entry, closed although nobody has stopped it',
      { eventSources: () => Promise.resolve([{ ...SOURCE, state: 'Disabling' }]) },
      { check: 'event-sources', status: 'error', fix: 'kintsugi resume --mode manual --env prod' },
    ],
    [
      'alarms that reach nothing',
      { subscriptions: (arn) => anAccount().subscriptions(arn === TOPIC ? NOTICES : arn) },
      {
        check: 'alarm-topic',
        status: 'error',
        fix: expect.stringContaining('--notification-endpoint arn:aws:sqs:eu-central-1:123456789012:Signals'),
      },
    ],
    [
      'notices that nobody reads',
      { subscriptions: (arn) => (arn === TOPIC ? anAccount().subscriptions(arn) : Promise.resolve([])) },
      { check: 'notifications', status: 'warning', fix: expect.stringContaining('--protocol email') },
    ],
    [
      'a heart that has stopped',
      { heartbeats: () => Promise.resolve([new Date(NOW - 3_600_000), null]) },
      {
        check: 'heartbeat',
        status: 'error',
        what: expect.stringContaining('60 minutes old'),
        fix: expect.stringContaining('aws lambda invoke'),
      },
    ],
    [
      'an alarm on Kintsugi itself',
      {
        ownAlarms: () =>
          Promise.resolve([
            {
              name: 'a1',
              description:
                '[page] Signals wait.\nNo data: fine\nRunbook: lib/observability/runbooks/signals-waiting.md',
            },
          ]),
      },
      {
        check: 'alarms',
        where: 'a1',
        what: '[page] Signals wait.',
        fix: 'less lib/observability/runbooks/signals-waiting.md',
      },
    ],
    [
      'no dashboard',
      {
        stacks: () =>
          Promise.resolve(
            STACKS.map((stack) => ({ ...stack, outputs: { ...stack.outputs, DashboardUrl: '' } })).map(
              ({ outputs: { DashboardUrl: _, ...outputs }, ...stack }) => ({ ...stack, outputs }),
            ),
          ),
      },
      { check: 'dashboard', status: 'warning', fix: "npx cdk deploy 'Kintsugi-prod/Web' 'Kintsugi-prod/WebContent'" },
    ],
  ];
  test.each(cases)('%s', async (_, changes, expected) => {
    const findings = wrong(await examineEnvironment(around(changes)));
    expect(findings).toContainEqual(expect.objectContaining(expected));
    expect(findings.every(({ fix }) => fix !== null && fix !== '')).toBe(true);
  });

  test('a stop is two warnings and no error: nobody is led to undo it unasked', async () => {
    const findings = wrong(
      await examineEnvironment(
        around({
          parameter: (name) => Promise.resolve(name.endsWith('/mode') ? 'off' : TOPIC),
          eventSources: () => Promise.resolve([{ ...SOURCE, state: 'Disabled' }]),
        }),
      ),
    );
    expect(findings.map(({ check, status }) => [check, status])).toEqual([
      ['mode', 'warning'],
      ['event-sources', 'warning'],
    ]);
    expect(findings[1]?.what).toContain('because Kintsugi is stopped');
  });

  const asked = { profile: 'shop prod', region: 'eu-central-1' };
  const settings = "AWS_PROFILE='shop prod' AWS_REGION=eu-central-1";

  test.each<[string, Partial<Account>, string]>([
    [
      "Kintsugi's own command",
      { parameter: (name) => Promise.resolve(name.endsWith('/mode') ? null : TOPIC) },
      "kintsugi mode manual --env prod --profile 'shop prod' --region eu-central-1",
    ],
    [
      'two commands of AWS',
      { stacks: () => Promise.resolve(inState('Cloud', 'ROLLBACK_COMPLETE')) },
      `${settings} aws cloudformation delete-stack --stack-name Kintsugi-prod-Cloud && ${settings} npx cdk deploy 'Kintsugi-prod/Cloud'`,
    ],
    [
      'a login',
      { credentials: () => Promise.reject(new Error('none')) },
      `${settings} aws sso login && kintsugi doctor --env prod --profile 'shop prod' --region eu-central-1`,
    ],
  ])('a fix goes where the caller looked: %s', async (_, account, fix) => {
    expect(wrong(await examineEnvironment(around(account, { asked })))).toContainEqual(
      expect.objectContaining({ fix }),
    );
  });

  test('what stands on something broken is not reported as broken too', async () => {
    const findings = await examineEnvironment(around({ credentials: () => Promise.reject(new Error('none')) }));
    expect(wrong(findings).map(({ check }) => check)).toEqual(['credentials']);
    expect(findings.filter(({ status }) => status === 'skipped')).toHaveLength(9);
  });

  test('where nothing is deployed, that is all there is to say', async () => {
    const findings = await examineEnvironment(around({ stacks: () => Promise.resolve([]) }));
    expect(wrong(findings).map(({ check }) => check)).toEqual(['stacks']);
  });

  test('a heartbeat is not missed before it is due', async () => {
    const fresh = STACKS.map((stack) => ({ ...stack, changedAt: new Date(NOW - 60_000) }));
    const account = { stacks: () => Promise.resolve(fresh), heartbeats: () => Promise.resolve([]) };
    expect(wrong(await examineEnvironment(around(account)))).toEqual([]);
  });
});
