import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environments } from '../../lib/config/environments.ts';
import { WORKFLOW_SECONDS } from '../../lib/config/limits-together.ts';
import { resolveEnvironments } from '../../lib/config/overrides.ts';
import { projectDir } from '../support/synth.ts';

test('without overrides the environments are as written', () => {
  expect(resolveEnvironments(undefined)).toEqual(environments);
});

test('an override changes one value and nothing else', () => {
  const { dev, stage, prod } = resolveEnvironments({ dev: { limits: { cooldownSeconds: 5 } } });
  expect(dev).toEqual({ ...environments.dev, limits: { ...environments.dev.limits, cooldownSeconds: 5 } });
  expect({ stage, prod }).toEqual({ stage: environments.stage, prod: environments.prod });
});

test('the CLI may pass it as JSON', () => {
  expect(resolveEnvironments('{"dev":{"cloudStack":false}}').dev.cloudStack).toBe(false);
});

test('lists and null replace what was there', () => {
  const demoShops = [{ prefix: 'b-', clusterName: 'shop' }];
  const { stage } = resolveEnvironments({ stage: { demoShops, limits: { askFromRisk: null } } });
  expect(stage.demoShops).toEqual(demoShops);
  expect(stage.limits.askFromRisk).toBeNull();
});

test.each([
  ['an unknown environment', { test: {} }, /kintsugi\.test: no such environment; allowed: dev, stage, prod/],
  [
    'an unknown field',
    { dev: { coolDown: 5 } },
    /kintsugi\.dev\.coolDown: no such field; allowed: debug, mode, limits/,
  ],
  [
    'an unknown limit',
    { dev: { limits: { cooldown: 5 } } },
    /kintsugi\.dev\.limits\.cooldown: no such field; allowed: .*cooldownSeconds/,
  ],
  [
    'a value out of range',
    { dev: { limits: { cooldownSeconds: -1 } } },
    /kintsugi\.dev\.limits\.cooldownSeconds = -1 is not allowed: .*>=0/,
  ],
  [
    'a wrong choice',
    { dev: { mode: 'on' } },
    /kintsugi\.dev\.mode = "on" is not allowed: .*"auto"\|"manual"\|"shadow"\|"off"/,
  ],
  [
    'a wrong type',
    { dev: { heartbeatMinutes: '5' } },
    /kintsugi\.dev\.heartbeatMinutes = "5" is not allowed: .*number/,
  ],
  [
    'another environment in the limits',
    { dev: { limits: { env: 'prod' } } },
    /kintsugi\.dev\.limits\.env = "prod" is not allowed: must be "dev"/,
  ],
  [
    'days that CloudWatch Logs does not know',
    { dev: { logRetentionDays: 14 } },
    /kintsugi\.dev\.logRetentionDays = 14 is not allowed: .*7\|30\|90\|180\|365$/m,
  ],
  [
    'a choice that may be none',
    { dev: { limits: { askFromRisk: 'never' } } },
    /kintsugi\.dev\.limits\.askFromRisk = "never" is not allowed: .*"low"\|"medium"\|"high", or null$/m,
  ],
  [
    'a choice for the critical ones, which may not be none',
    { dev: { limits: { byCriticality: { 0: { askFromRisk: 'never' } } } } },
    /byCriticality\.0\.askFromRisk = "never" is not allowed: .*"high"$/m,
  ],
  [
    'a wrong link in the chain',
    { dev: { notificationChain: [{ channel: 'pigeon' }] } },
    /notificationChain\.0\.channel = "pigeon" is not allowed: (?!.*or null)/,
  ],
  [
    'chance in production',
    { prod: { limits: { learning: { randomise: { rate: 0.2, among: 4 } } } } },
    /learning\.randomise = .* is not allowed: must be null: nothing is drawn at random in production$/m,
  ],
  ['a list for an environment', { dev: [] }, /kintsugi\.dev = \[\] is not allowed: must be an object/],
  ['text that is not JSON', '{dev', /kintsugi\.\{dev is not allowed: must be JSON/],
])('refuses %s, and says what is allowed', (_case, context, message) => {
  expect(() => resolveEnvironments(context)).toThrow(message);
});

test('names every wrong field at once', () => {
  const wrong = { prod: { debug: 1, limits: { maxAttempts: 9 } } };
  expect(() => resolveEnvironments(wrong)).toThrow(/prod\.debug = 1[^]*prod\.limits\.maxAttempts = 9/);
});

describe('limits that are possible alone, and not together', () => {
  const limits = (changed: Readonly<Record<string, number>>) => () => resolveEnvironments({ dev: { limits: changed } });

  test.each([
    [
      'a lease that ends before what is done under it',
      { leaseSeconds: 1, holdSeconds: 100_000 },
      /limits\.leaseSeconds = 1 is not allowed: must be at least 100360/,
    ],
    [
      'questions that outlast the workflow',
      { approvalTtlSeconds: 99_999 },
      /limits\.approvalTtlSeconds = 99999 is not allowed: must be at most 3900: the workflow ends after 14400/,
    ],
    [
      'a lease as long as the workflow',
      { leaseSeconds: 14_400 },
      /limits\.leaseSeconds = 14400 is not allowed: must be at most 4799/,
    ],
    [
      'an action longer than its step',
      { actionTimeoutSeconds: 106 },
      /limits\.actionTimeoutSeconds = 106 is not allowed: must be at most 105/,
    ],
    [
      'a watch longer than its step',
      { observeWindowSeconds: 286 },
      /limits\.observeWindowSeconds = 286 is not allowed: must be at most 285/,
    ],
  ])('%s', (_case, changed, message) => {
    expect(limits(changed)).toThrow(message);
  });

  test.each([
    ['the longest question', { approvalTtlSeconds: 3_900 }],
    ['the longest question of a single attempt', { approvalTtlSeconds: 13_500, maxAttempts: 1 }],
    ['the shortest lease', { leaseSeconds: 420 }],
    ['the longest steps', { actionTimeoutSeconds: 105, observeWindowSeconds: 285 }],
  ])('%s is allowed', (_case, changed) => {
    expect(limits(changed)).not.toThrow();
  });

  test('what the workflow gives is what its definition says', () => {
    const file = readFileSync(join(projectDir, 'statemachines', 'healing-loop.asl.json'), 'utf8');
    const { TimeoutSeconds, States } = JSON.parse(file) as {
      readonly TimeoutSeconds: number;
      readonly States: Readonly<Record<'Act' | 'Observe', { readonly TimeoutSeconds: number }>>;
    };
    expect(WORKFLOW_SECONDS).toEqual({
      execution: TimeoutSeconds,
      act: States.Act.TimeoutSeconds,
      observe: States.Observe.TimeoutSeconds,
    });
  });
});

test.each([
  [
    'a field',
    { prod: { nope: 1 } },
    /^The CDK context "kintsugi" cannot be used:\n {2}kintsugi\.prod\.nope: no such field;.*\n$/,
  ],
  ['a folder', { prod: { policyDirectory: 'nowhere' } }, /^policyDirectory = "nowhere" is not allowed: .*\n$/],
  ['a catalogue', { prod: { catalogueFile: 'nowhere.json' } }, /^catalogueFile nowhere\.json cannot be used: .*\n$/],
])(
  '%s that is wrong ends cdk synth with its message alone',
  (_, kintsugi, message) => {
    const CDK_CONTEXT_JSON = JSON.stringify({ kintsugi, 'aws:cdk:bundling-stacks': [] });
    const { status, stderr } = spawnSync(process.execPath, ['bin/app.ts'], {
      encoding: 'utf8',
      env: { ...process.env, CDK_CONTEXT_JSON, NODE_NO_WARNINGS: '1' },
    });
    expect([status, stderr]).toEqual([1, expect.stringMatching(message)]);
  },
  60_000,
);
