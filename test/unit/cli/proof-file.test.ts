import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JournalRecord } from '../../../core/contracts/journal.ts';
import { canonicalJson } from '../../../core/journal/canonical-json.ts';
import { nextCheckpoint } from '../../../core/journal/checkpoint.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { aChain, anIncident, at } from '../../support/builders.ts';
import { HEALED } from '../../support/healed.ts';
import { aWorld, run } from './fake-kintsugi.ts';

const dir = mkdtempSync(join(tmpdir(), 'kintsugi-proof-file-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const chain = aChain(HEALED);
const last = chain.at(-1) as JournalRecord;
const { incidentId } = last;

const checkpoint = (() => {
  const unsigned = nextCheckpoint(null, 'dev', [{ incidentId, seq: last.seq, hash: last.hash }], at(30), sha256);
  const { hash: _, ...content } = unsigned;
  const value = sign('sha256', Buffer.from(canonicalJson(content)), privateKey).toString('base64');
  return { ...unsigned, signature: { keyArn: 'arn:key', algorithm: 'ECDSA_SHA_256', value } };
})();

interface Content {
  readonly incidents: readonly { readonly incidentId: string; readonly records: readonly JournalRecord[] }[];
  readonly [key: string]: unknown;
}
/** What `proof export` writes about an environment whose one incident is signed. */
const exported = async (): Promise<Content> => {
  const world = aWorld({
    incidents: [anIncident({ incidentId })],
    journals: { [incidentId]: chain },
    checkpoints: [{ number: 1, content: checkpoint }],
    publicKey: pem,
  });
  return JSON.parse((await run(world, ['proof', 'export', '--all'])).out) as Content;
};
const verify = async (content: unknown, ...options: readonly string[]) => {
  const file = join(dir, 'export.json');
  writeFileSync(file, JSON.stringify(content));
  // The world is empty: whatever is found is found in the file.
  return run(aWorld(), ['proof', 'verify', '--file', file, ...options]);
};
const withRecords = async (records: readonly unknown[]) => ({
  ...(await exported()),
  incidents: [{ incidentId, records }],
});

test('what was exported is sound, and its key is told for comparing', async () => {
  const { code, out } = await verify(await exported());
  expect([code, out]).toEqual([0, expect.stringContaining('7 records, sound, signed by checkpoint 1')]);
  expect(out).toMatch(/1 checkpoint: all signed.*\n.*SHA-256 [0-9a-f]{64}/);
  const json = JSON.parse((await verify(await exported(), '--json')).out) as object;
  expect(json).toMatchObject({ sound: true, checkpoints: 1, keyFingerprint: expect.any(String) as string });
});

test.each<[string, (content: Content) => unknown, string]>([
  ['no record at all', (it) => ({ ...it, incidents: [{ incidentId, records: [] }] }), 'there is no record at all'],
  [
    'records that were cut off at the end',
    (it) => ({ ...it, incidents: [{ incidentId, records: chain.slice(0, -1) }] }),
    'record 6 is missing: the chain was longer (checkpoint 1)',
  ],
  [
    'a record that was changed',
    (it) => ({
      ...it,
      incidents: [{ incidentId, records: chain.with(3, { ...(chain[3] as JournalRecord), latencyMs: 9 }) }],
    }),
    'record 3 (action_decided): content does not match its hash',
  ],
  [
    'the chain of another incident',
    (it) => ({ ...it, incidents: [{ incidentId: `${incidentId.slice(0, -6)}ffffff`, records: chain }] }),
    `the chain is of ${incidentId}`,
  ],
  ['another key', (it) => ({ ...it, publicKey: otherKey() }), 'is not signed by arn:key'],
  ['no key', (it) => ({ ...it, publicKey: null }), 'is not signed by arn:key'],
  [
    'a checkpoint that is gone',
    (it) => ({ ...it, checkpoints: [], tip: { number: 1, hash: checkpoint.hash } }),
    'checkpoint 1 is missing at the end',
  ],
])('%s is a fault, with exit code 2', async (_, change, problem) => {
  const { code, out } = await verify(change(await exported()));
  expect([code, out]).toEqual([2, expect.stringContaining(problem)]);
});

const otherKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }).toString();

test('an export without a signature says what it cannot tell', async () => {
  const { code, out } = await verify({ incidents: [{ incidentId, records: chain }] });
  expect([code, out]).toEqual([0, expect.stringContaining('No signature is in the file')]);
});

test.each<[unknown, string]>([
  [{}, 'it has no incidents'],
  [[], 'it has no incidents'],
  [{ incidents: [] }, 'it has no incidents'],
  [{ incidents: [{ incidentId, records: chain }], publicKey: 'x' }, 'its publicKey is no key'],
  [{ incidents: [{ incidentId, records: chain }], tip: 1 }, 'tip: '],
  [{ incidents: Array.from({ length: 2 }, () => ({ incidentId, records: chain })) }, 'an incident more than once'],
])('refuses what is no export: %#', async (content, message) => {
  const { code, err } = await verify(content);
  expect([code, err]).toEqual([1, expect.stringContaining(message)]);
});

test('is checked whole, and instead of an environment', async () => {
  const message = 'name one incident, or say --all, or give a --file';
  for (const line of [['--all'], ['latest']]) {
    expect(await verify(await exported(), ...line)).toMatchObject({
      code: 1,
      err: expect.stringContaining(message) as string,
    });
  }
});

test('an export without a record decides nothing again', async () => {
  const file = join(dir, 'empty.json');
  writeFileSync(file, JSON.stringify(await withRecords([])));
  const { code, err } = await run(aWorld(), ['whatif', incidentId, '--journal', file]);
  expect([code, err]).toEqual([1, expect.stringContaining('has no record at all')]);
});
