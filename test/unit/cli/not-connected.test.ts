import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { notConnected } from '../../../cli/system/not-connected.ts';

const dir = mkdtempSync(join(tmpdir(), 'kintsugi-profiles-'));
const before = { ...process.env };
beforeAll(() => {
  writeFileSync(join(dir, 'config'), '[default]\nregion = eu-west-1\n[profile shop]\nsso_session = x\n');
  writeFileSync(join(dir, 'credentials'), '[keys]\naws_access_key_id = a\n');
  process.env['AWS_CONFIG_FILE'] = join(dir, 'config');
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = join(dir, 'credentials');
  delete process.env['AWS_PROFILE'];
});
afterAll(() => {
  process.env = before;
  rmSync(dir, { recursive: true, force: true });
});

const none = Object.assign(new Error('Could not resolve credentials.'), { name: 'CredentialsProviderError' });
const said = async (cause: Error, profile?: string): Promise<string> =>
  ((await notConnected(cause, { env: 'prod', stack: 'Kintsugi-prod-Data', profile })) as Error).message;

test('a profile that does not exist is named, and nobody is told to pass one', async () => {
  expect(await said(none, 'nope')).toMatch(/^--profile nope: there is no such profile/);
  expect(await said(new Error('Region is missing'), 'nope')).toMatch(/^--profile nope: there is no such profile/);
  process.env['AWS_PROFILE'] = 'gone';
  expect(await said(none)).toMatch(/^AWS_PROFILE gone: there is no such profile/);
  delete process.env['AWS_PROFILE'];
});

test.each(['shop', 'keys', 'default'])('the profile %s exists and gives nothing: how to log in', async (profile) => {
  expect(await said(none, profile)).toContain(`aws sso login --profile ${profile}`);
});

test('without a profile there is one to pass; a region that is missing is said', async () => {
  expect(await said(none)).toContain('Pass --profile or set AWS_PROFILE');
  expect(await said(new Error('Region is missing'), 'shop')).toContain('no AWS region is set');
});
