import { mkdtemp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalState } from '../../../cli/system/local-state.ts';
import { findLocalState, readLocalState, removeLocalState, writeLocalState } from '../../../cli/system/local-state.ts';

const NOBODY = 2 ** 22 + 1; // beyond the largest process id of Linux

const aState = (pid: number): LocalState => ({
  pid,
  env: 'dev',
  startedAt: '2026-11-21T05:30:00.000Z',
  endpoint: 'http://127.0.0.1:4566',
  ecsEndpoint: 'http://127.0.0.1:4567',
  region: 'us-east-1',
  control: { url: 'http://127.0.0.1:4568', token: 'x'.repeat(48) },
  outputs: {},
});

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kintsugi-state-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('is found from a folder below, and readable by its owner only', async () => {
  await writeLocalState(dir, aState(process.pid));
  await mkdir(join(dir, 'a', 'b'), { recursive: true });
  expect(await findLocalState([join(dir, 'a', 'b')])).toEqual(aState(process.pid));
  expect((await stat(join(dir, '.kintsugi', 'local.json'))).mode & 0o077).toBe(0);
});

test('is ignored when its process has ended', async () => {
  await writeLocalState(dir, aState(NOBODY));
  expect(await readLocalState(dir)).toBeNull();
});

test.each(['', 'not json', '{"pid":1}'])('is ignored when it holds %j', async (content) => {
  await mkdir(join(dir, '.kintsugi'));
  await writeFile(join(dir, '.kintsugi', 'local.json'), content);
  expect(await readLocalState(dir)).toBeNull();
});

test('is removed by the process that wrote it, and by no other', async () => {
  await writeLocalState(dir, aState(process.pid));
  await removeLocalState(dir, process.pid + 1);
  expect(await readLocalState(dir)).not.toBeNull();
  await removeLocalState(dir, process.pid);
  await expect(readFile(join(dir, '.kintsugi', 'local.json'))).rejects.toThrow('ENOENT');
});
