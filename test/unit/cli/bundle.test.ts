import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import manifest from '../../../package.json';

const runFile = promisify(execFile);

/** Far from the project: nothing of its `node_modules` is found from here. */
const elsewhere = mkdtempSync(join(tmpdir(), 'kintsugi-elsewhere-'));
const file = join(elsewhere, 'kintsugi.mjs');
beforeAll(() => runFile(process.execPath, [join(process.cwd(), 'cli', 'build.ts'), file]), 60_000);
afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

const kintsugi = async (...line: readonly string[]) => {
  const child = runFile(process.execPath, [file, ...line], { cwd: elsewhere });
  child.child.stdin?.end('2026-11-21 05:30:00,1\n');
  return child.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
};

test.each([
  [['--version'], manifest.version],
  [['--help'], 'Self-healing for AWS workloads'],
  [['detect', '--stdin'], '0\n'],
])('one file runs alone: %j', async (line, said) => {
  expect(await kintsugi(...line)).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringContaining(said) as string,
  });
});

test('what needs more than the file says what, and which commands they are', async () => {
  const { code, stderr } = await kintsugi('policy', 'check');
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('policy check, policy simulate and whatif --policy need'),
  ]);
});
