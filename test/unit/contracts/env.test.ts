import * as z from 'zod';
import { InvalidInputError } from '../../../core/shared/errors.ts';
import { CommonEnv, readEnv } from '../../../lambdas/shared/env.ts';
import { environments } from '../../../lib/config/environments.ts';
import { AGENT_ID, aLimits } from '../../support/builders.ts';

const good = { KINTSUGI_ENV: 'dev', KINTSUGI_LIMITS: JSON.stringify(aLimits()), AGENT_ID };
const shape = { ...CommonEnv, JOURNAL_TABLE: z.string().min(1) };
const reading = (changes: Record<string, string | undefined>) => () =>
  readEnv(shape, { ...good, JOURNAL_TABLE: 'journal', ...changes });

test('what is right is parsed', () => {
  expect(reading({})()).toEqual({ ...good, KINTSUGI_LIMITS: aLimits(), JOURNAL_TABLE: 'journal' });
});

test.each(Object.entries(environments))('the limits of %s are limits', (_, { limits }) => {
  expect(reading({ KINTSUGI_LIMITS: JSON.stringify(limits) })().KINTSUGI_LIMITS).toEqual(limits);
});

test.each([
  ['JOURNAL_TABLE', undefined, /JOURNAL_TABLE/],
  ['JOURNAL_TABLE', '', /JOURNAL_TABLE/],
  ['KINTSUGI_ENV', 'production', /"dev"\|"stage"\|"prod".*KINTSUGI_ENV/s],
  ['AGENT_ID', 'AGENT-1', /must look like AGENT-20261121-053000-0001-9F3A/],
  ['KINTSUGI_LIMITS', 'not json', /KINTSUGI_LIMITS/],
  ['KINTSUGI_LIMITS', JSON.stringify({ ...aLimits(), maxAttempts: 4 }), /maxAttempts/],
  ['KINTSUGI_LIMITS', JSON.stringify({ ...aLimits(), leaseSeconds: undefined }), /leaseSeconds/],
])('%s = %p stops the cold start and is named', (name, value, message) => {
  expect(reading({ [name]: value })).toThrow(InvalidInputError);
  expect(reading({ [name]: value })).toThrow(message);
});

test('everything that is wrong is said at once', () => {
  expect(reading({ AGENT_ID: undefined, JOURNAL_TABLE: undefined })).toThrow(/AGENT_ID[\s\S]*JOURNAL_TABLE/);
});
