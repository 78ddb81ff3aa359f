import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environments } from '../../lib/config/environments.ts';
import { resourcesOf, synthesise, type StackTemplate } from '../support/synth.ts';

/** What each key of an environment's configuration is good for: another value makes other templates. */
const textOf = (templates: ReadonlyMap<string, StackTemplate>): string => JSON.stringify([...templates]);
// Overrides that change nothing go the same way as those that do: parsing them sorts the keys.
const dev = (config: Readonly<Record<string, unknown>>) => synthesise({ dev: config }, ['dev']);
const usual = textOf(dev({}));

test('the same configuration makes the same templates, so that a difference means something', () => {
  expect(textOf(dev({})) === usual).toBe(true);
});

test.each([
  ['debug', { debug: false }],
  ['mode', { mode: 'shadow' }],
  ['heartbeatMinutes', { heartbeatMinutes: 60 }],
  ['logRetentionDays', { logRetentionDays: 30 }],
  ['removal', { removal: 'retain' }],
  ['pointInTimeRecovery', { pointInTimeRecovery: true }],
  ['deletionProtection', { deletionProtection: true }],
  ['monitorConcurrency', { monitorConcurrency: 9 }],
  ['api.rateLimit', { api: { rateLimit: 7 } }],
  ['api.burstLimit', { api: { burstLimit: 77 } }],
  ['api.requireMfa', { api: { requireMfa: true } }],
  ['api.callerRequestsPerTenSeconds', { api: { callerRequestsPerTenSeconds: 3 } }],
  ['api.callerRequestsPerDay', { api: { callerRequestsPerDay: 33 } }],
  ['api.allowedOrigins', { api: { allowedOrigins: ['https://elsewhere.example'] } }],
  ['api.executeUrl', { api: { executeUrl: 'http://127.0.0.1/{apiId}/{stage}' } }],
  ['notificationChain', { notificationChain: [] }],
  ['chatModel', { chatModel: { url: 'https://models.example/v1', model: 'small' } }],
  ['archiveDays', { archiveDays: 99 }],
  ['cloudStack', { cloudStack: false }],
  ['drill', { drill: { everyHours: 12, healedWithinMinutes: 20 } }],
  ['demoShops', { demoShops: [{ prefix: 'b-', clusterName: 'shop' }] }],
])('%s has an effect', (_, config) => expect(textOf(dev(config)) === usual).toBe(false));

test('a phase has the time that its limit gives it, and some for reading and recording', () => {
  const templates = dev({ limits: { actionTimeoutSeconds: 77, observeWindowSeconds: 99, confirmSeconds: 11 } });
  const timeouts = [...templates.values()].flatMap((template) =>
    resourcesOf(template, 'AWS::Lambda::Function').flatMap(([, { Properties }]) => {
      const { Variables } = Properties['Environment'] as { readonly Variables: Readonly<Record<string, string>> };
      const isOurs = Variables['KINTSUGI_ENV'] === 'dev';
      return isOurs ? [[Variables['POWERTOOLS_SERVICE_NAME'], Properties['Timeout']] as const] : [];
    }),
  );
  const of = Object.fromEntries(timeouts) as Readonly<Record<string, number>>;
  const usualLimits = environments.dev.limits;
  expect(of['act']).toBeGreaterThan(77);
  expect(of['observe']).toBeGreaterThan(99);
  expect(of['sense']).toBeGreaterThan(11);
  expect(of['act']).not.toBe(usualLimits.actionTimeoutSeconds);
});

test('the chat asks the language model that is configured, and may read the parameter with its key, and no other secret', () => {
  const model = { url: 'https://models.example/v1', model: 'small' };
  const api = dev({ chatModel: model }).get('Kintsugi-dev-Api') as StackTemplate;
  const functions = resourcesOf(api, 'AWS::Lambda::Function').map(([, { Properties }]) => {
    const { Variables } = Properties['Environment'] as { readonly Variables: Readonly<Record<string, unknown>> };
    return Variables;
  });
  const told = functions.filter((variables) => 'CHAT_MODEL' in variables);
  expect(told).toEqual([
    expect.objectContaining({
      POWERTOOLS_SERVICE_NAME: 'chat',
      CHAT_MODEL: JSON.stringify(model),
      CHAT_MODEL_KEY_PARAMETER: '/kintsugi/dev/chat-model-key',
    }),
  ]);
  const readers = resourcesOf(api, 'AWS::IAM::Policy').filter(([, { Properties }]) =>
    JSON.stringify(Properties).includes('parameter/kintsugi/dev/chat-model-key'),
  );
  expect(readers.map(([id]) => id.slice(0, 4))).toEqual(['Chat']);
});

describe('policyDirectory', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kintsugi-policy-directory-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test('a bad policy in it stops the synthesis, with file, line and column', () => {
    const text = '@id("mine")\n@reason("no")\nforbid (principal, action, resource)\nwhen { context.nothing };';
    writeFileSync(join(dir, 'bad.cedar'), text);
    expect(() => synthesise({ prod: { policyDirectory: dir } })).toThrow(
      /The policies of prod cannot be used:\n {2}.*bad\.cedar:4:8 .*nothing/,
    );
  });
});
