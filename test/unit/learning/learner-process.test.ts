import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { runLearner, type LearnerProcessOptions } from '../../../cli/learner.ts';

const reset = {
  t: 'reset',
  actions: ['wait', 'restart', 'rollback', 'recyclePool', 'breaker', 'freeDisk', 'escalate'],
  symptoms: ['latHigh', 'errHigh', 'dbConnSat', 'diskHigh', 'recentDeploy', 'taskExit', 'healthFail', 'depErr'],
};
const pool = (id: string, changes: object = {}) => ({
  t: 'decide',
  id,
  attempt: 0,
  tried: [],
  allowed: ['wait', 'restart', 'rollback', 'recyclePool', 'breaker', 'freeDisk'],
  symptoms: ['latHigh', 'errHigh', 'dbConnSat'],
  context: {},
  ...changes,
});
const outcome = (action: string, recovered: boolean) => ({
  attempt: 0,
  action,
  recovered,
  minutes: 4,
  cost: 5,
  worse: false,
  relapsed: false,
});

const run = async (
  lines: readonly unknown[],
  options: LearnerProcessOptions = { prior: 'catalogue' },
): Promise<string[]> => {
  const stdout = new PassThrough();
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  await runLearner(Readable.from([text]), stdout, options);
  stdout.end();
  const chunks: Buffer[] = [];
  for await (const chunk of stdout) chunks.push(chunk as Buffer);
  const answers = Buffer.concat(chunks).toString().split('\n').filter(Boolean);
  return answers.map((answer) => (JSON.parse(answer) as { action: string }).action);
};

test('answers each decide with one line, and nothing else', async () => {
  expect(
    await run([reset, pool('a'), { t: 'learn', id: 'a', steps: [outcome('recyclePool', true)] }, pool('b')]),
  ).toEqual(['recyclePool', 'recyclePool']);
});

test('takes what failed into account', async () => {
  const [first, second] = await run([reset, pool('a'), pool('a', { attempt: 1, tried: ['recyclePool'] })]);
  expect(first).toBe('recyclePool');
  expect(second).not.toBe('recyclePool');
});

test('learns that the usual cure does not work here', async () => {
  const failing = Array.from({ length: 8 }, (_, index) => [
    pool(String(index)),
    { t: 'learn', id: String(index), steps: [outcome('recyclePool', false), outcome('restart', true)] },
  ]);
  const answers = await run([reset, ...failing.flat(), pool('then')]);
  expect(answers[0]).toBe('recyclePool');
  expect(answers.at(-1)).toBe('restart');
});

test('an outcome that is delivered again changes nothing', async () => {
  const learn = { t: 'learn', id: 'a', steps: [outcome('recyclePool', false)] };
  const again = Array.from({ length: 30 }, () => learn);
  expect(await run([reset, pool('a'), ...again, pool('b')])).toEqual(['recyclePool', 'recyclePool']);
});

test('keeps to what is allowed, and to the masks of the catalogue', async () => {
  expect(await run([reset, pool('a', { allowed: [] })])).toEqual(['escalate']);
  expect(await run([reset, pool('a', { allowed: ['freeDisk'] })])).toEqual(['escalate']);
  expect(await run([reset, pool('a', { attempt: 3 })])).toEqual(['escalate']);
  const deployed = { symptoms: ['recentDeploy', 'errHigh', 'healthFail'] };
  expect(await run([reset, pool('a', deployed)])).toEqual(['rollback']);
  expect(await run([reset, pool('a', { ...deployed, context: { noStableRev: true } })])).not.toEqual(['rollback']);
});

test('a reset forgets', async () => {
  const failing = Array.from({ length: 8 }, (_, index) => [
    pool(String(index)),
    { t: 'learn', id: String(index), steps: [outcome('recyclePool', false), outcome('restart', true)] },
  ]);
  expect((await run([reset, ...failing.flat(), reset, pool('0')])).at(-1)).toBe('recyclePool');
});

test('what was saved can be started from, and a flat prior has everything to learn', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kintsugi-learner-'));
  const file = join(folder, 'table.json');
  try {
    const failing = Array.from({ length: 8 }, (_, index) => [
      pool(String(index)),
      { t: 'learn', id: String(index), steps: [outcome('recyclePool', false), outcome('restart', true)] },
    ]);
    await run([reset, ...failing.flat()], { prior: 'catalogue', save: file });
    expect(await run([reset, pool('new')], { prior: 'catalogue', pretrained: file })).toEqual(['restart']);
    expect(await readFile(file, 'utf8')).toContain('failed.recyclePool');
    expect(await run([reset, pool('new')], { prior: 'flat' })).toHaveLength(1);
    await writeFile(file, '{"rows":{"dbPool":{"mix":"many"}}}');
    await expect(run([reset], { prior: 'catalogue', pretrained: file })).rejects.toThrow(/--pretrained .*table\.json/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each([
  ['no JSON', '{"t":', /line 1 is not JSON/],
  ['an unknown kind', { t: 'guess' }, /line 1/],
  ['a decide without id', { t: 'decide', allowed: [], symptoms: [] }, /line 1/],
  ['a learn of what was never decided', { t: 'learn', id: 'x', steps: [] }, /incident "x"/],
])('refuses %s, naming the line', async (_, line, message) => {
  await expect(run([line])).rejects.toThrow(message);
});
