import { SSMClient } from '@aws-sdk/client-ssm';
import { ssmModeSource } from '../../../lambdas/adapters/ssm-mode.ts';
import { startAwsEndpoint, type Answer } from './aws-endpoint.ts';

const readMode = async (answer: Answer) => {
  const endpoint = await startAwsEndpoint(() => answer);
  const client = new SSMClient(endpoint.settings);
  try {
    return await ssmModeSource(client, '/kintsugi/dev/mode').read();
  } finally {
    client.destroy();
    await endpoint.close();
  }
};
const parameter = (Value: unknown): Answer => ({ body: { Parameter: { Value } } });

test.each(['auto', 'manual', 'shadow', 'off'])('is %s when the parameter says so', async (mode) => {
  expect(await readMode(parameter(mode))).toEqual({
    mode,
    reason: `mode parameter /kintsugi/dev/mode says '${mode}'`,
    since: null,
  });
});

test.each([['AUTO'], ['auto '], ['on'], [''], [undefined]])('is off for the value %p', async (value) => {
  const { mode, reason } = await readMode(parameter(value));
  expect(mode).toBe('off');
  expect(reason).toMatch(/allowed are auto, manual, shadow, off/);
});

test.each<[string, Answer, true | undefined]>([
  ['missing', { status: 400, body: { __type: 'ParameterNotFound', message: '' } }, undefined],
  ['denied', { status: 400, body: { __type: 'AccessDeniedException', message: 'no' } }, true],
  ['garbled', { body: 'not json' }, true],
  ['late', { ...parameter('auto'), delayMs: 4_300 }, true],
])(
  'is off when the parameter is %s',
  async (_, answer, isUnknown) => {
    const { mode, reason, unread } = await readMode(answer);
    expect(mode).toBe('off');
    expect(reason).toMatch(/which means off|anything else means off/);
    expect(unread).toBe(isUnknown);
  },
  10_000,
);
