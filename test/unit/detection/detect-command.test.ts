import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type DetectOptions, runDetect } from '../../../cli/detect.ts';
import { dailyWave, timeOf } from './series.ts';

const lineOf = (value: number, index: number): string =>
  `${new Date(timeOf(index)).toISOString().slice(0, 19).replace('T', ' ')},${value}\n`;
const lines = dailyWave(300).map((value, i) => lineOf(i === 250 ? 500 : value, i));

const run = async (options: DetectOptions, text: string) => {
  const [input, output, errors] = [new PassThrough(), new PassThrough({ highWaterMark: 1 << 20 }), new PassThrough()];
  input.end(text);
  const code = await runDetect(options, { input, output, errors });
  return { code, out: String(output.read() ?? ''), err: String(errors.read() ?? '') };
};

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'detect-'))));
afterEach(() => rmSync(folder, { recursive: true }));

test('answers each line with one number in [0, 1]', async () => {
  const { code, out } = await run({ stdin: true }, lines.join(''));
  const scores = out.trim().split('\n').map(Number);

  expect(code).toBe(0);
  expect(scores).toHaveLength(300);
  expect(scores.every((score) => score >= 0 && score <= 1)).toBe(true);
  expect(scores[250]).toBeGreaterThanOrEqual(0.5);
});

test('answers a line before the next one arrives', async () => {
  const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const done = runDetect({ stdin: true }, { input, output, errors });
  const answers = output[Symbol.asyncIterator]();
  for (const line of lines.slice(0, 3)) {
    input.write(line);
    expect(String((await answers.next()).value)).toBe('0\n');
  }
  input.end();

  expect(await done).toBe(0);
});

test('prints the shipped threshold', async () => {
  expect(await run({ threshold: true }, '')).toEqual({ code: 0, out: '0.5\n', err: '' });
});

test('goes on from a saved state as if it had never stopped', async () => {
  const state = join(folder, 'state.json');
  const whole = await run({ stdin: true }, lines.join(''));
  const first = await run({ stdin: true, state }, lines.slice(0, 120).join(''));
  const second = await run({ stdin: true, state }, lines.slice(120).join(''));

  expect(first.out + second.out).toBe(whole.out);
});

test('explains a report as JSON beside its score', async () => {
  const { out } = await run({ stdin: true, explain: true }, lines.join(''));
  const [score = '', json = ''] = out.split('\n')[250]?.split('\t') ?? [];

  expect(Number(score)).toBeGreaterThan(0.5);
  expect(JSON.parse(json)).toMatchObject({
    state: 'scored',
    gap: null,
    reason: { value: 500, text: expect.stringContaining('now 500') },
  });
});

test('says in the explanation that samples were missing', async () => {
  const text = lines.filter((_, i) => i < 100 || i >= 120).join('');
  const { out } = await run({ stdin: true, explain: true }, text);

  expect(JSON.parse(out.split('\n')[100]?.split('\t')[1] ?? '')).toMatchObject({
    gap: { state: 'missing', usualStepMinutes: 5, silentMinutes: 105 },
  });
});

test.each([
  'timestamp,value',
  '2026-01-05 00:10:00,',
  '2026-01-05 00:10:00,abc',
  '2026-02-30 00:00:00,1',
  '2026-01-05 00:10:00,1e999',
  '',
])("stops at the malformed line '%s', naming its number and what it was", async (bad) => {
  const state = join(folder, 'state.json');
  const { code, out, err } = await run({ stdin: true, state }, `${lines[0]}${bad}\n${lines[2]}`);

  expect(code).toBe(1);
  expect(out).toBe('0\n');
  expect(err).toBe(`detect: line 2: expected 'YYYY-MM-DD HH:MM:SS,<finite number>', got '${bad}'\n`);
  expect(existsSync(state)).toBe(true);
});

test('refuses a state file that is not one, and leaves it alone', async () => {
  const state = join(folder, 'notes.txt');
  writeFileSync(state, 'not a state');
  const { code, out, err } = await run({ stdin: true, state }, lines.join(''));

  expect([code, out]).toEqual([1, '']);
  expect(err).toContain(`--state '${state}' is not a saved detector`);
  expect(readFileSync(state, 'utf8')).toBe('not a state');
});

test('says what to pass when there is nothing to do', async () => {
  const { code, err } = await run({}, '');

  expect(code).toBe(1);
  expect(err).toContain('--stdin');
});
