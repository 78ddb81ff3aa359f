import { environments } from '../../lib/config/environments.ts';
import { resolveEnvironments } from '../../lib/config/overrides.ts';

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
  ['a list for an environment', { dev: [] }, /kintsugi\.dev = \[\] is not allowed: must be an object/],
  ['text that is not JSON', '{dev', /kintsugi\.\{dev is not allowed: must be JSON/],
])('refuses %s, and says what is allowed', (_case, context, message) => {
  expect(() => resolveEnvironments(context)).toThrow(message);
});

test('names every wrong field at once', () => {
  const wrong = { prod: { debug: 1, limits: { maxAttempts: 9 } } };
  expect(() => resolveEnvironments(wrong)).toThrow(/prod\.debug = 1[^]*prod\.limits\.maxAttempts = 9/);
});
