import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JournalRecord } from '../../../core/contracts/journal.ts';
import { ModelSnapshotSchema } from '../../../core/contracts/model.ts';
import { named } from '../../../core/model/snapshot.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { isoAt } from '../../support/builders.ts';
import { healingSystem } from '../../support/healing-system.ts';
import { aWorld, run, type World } from './fake-kintsugi.ts';

/** A hang that was healed by a restart, as the whole loop in memory recorded it. */
const dir = mkdtempSync(join(tmpdir(), 'kintsugi-what-if-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

let world: World;
let journal: readonly JournalRecord[];
beforeAll(async () => {
  const system = healingSystem();
  const incidentId = await system.strike({ readings: { errorRate: 40 }, sickTasks: 1, curedBy: ['restart'] });
  await system.run(incidentId);
  journal = await system.journal(incidentId);
  world = aWorld({ incidents: [await system.incident(incidentId)], journals: { [incidentId]: journal } });
});

const fileOf = (name: string, content: unknown): string => {
  const file = join(dir, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
};

/** A version to which restarts have never been of any use, whatever the cause. */
const disappointed = () => {
  const decided = journal.find((record) => record.kind === 'action_decided');
  if (decided?.kind !== 'action_decided') throw new Error('nothing was decided');
  const hypotheses = decided.body.belief.map(({ hypothesis }) => hypothesis);
  const row = { 'failed.restart': 500, 'same.restart': 500, mix: 1 };
  return named(
    {
      schemaVersion: 1,
      env: 'dev',
      createdAt: isoAt(0),
      catalogueVersion: '1',
      codeVersion: 'test',
      lineage: { parents: [], data: { experiences: 0, until: null, hash: sha256('none') } },
      autonomy: [],
      tables: { web: Object.fromEntries(hypotheses.map((hypothesis) => [hypothesis, row])) },
    },
    sha256,
  );
};

test('asked for nothing else, every decision comes out as recorded, bit for bit', async () => {
  const { code, out } = await run(world, ['whatif', 'latest']);
  expect([code, out]).toEqual([0, expect.stringMatching(/^1 of 1 decisions of inc-\S+ came out as recorded/)]);
  const json = JSON.parse((await run(world, ['whatif', 'latest', '--json'])).out) as Record<string, unknown>;
  expect(json).toMatchObject({ model: null, policies: null, identical: true });
  expect(json['decisions']).toMatchObject([
    { attempt: 1, before: { actionId: 'restart' }, after: { actionId: 'restart' }, verdicts: [{ before: 'allow' }] },
  ]);
});

test('shows what another version would have chosen, and that its verdict cannot be known', async () => {
  const file = fileOf('model.json', ModelSnapshotSchema.parse(disappointed()));
  const { code, out } = await run(world, ['whatif', 'latest', '--model', file]);
  expect(code).toBe(0);
  expect(out).toMatch(/1 {2}choice +restart +(?!restart)\w+ /);
  expect(out).toMatch(/verdict +allow +not known +the guards of then read facts for restart/);
  expect(out).toContain('1 of 2 answers would have been different; 1 cannot be known');
});

test('shows what other policies would have said, and which one', async () => {
  fileOf(
    'mine.cedar',
    '@id("mine")\n@reason("restarts are for people")\nforbid (principal == Healer::"alone", action == Action::"restart", resource);\n',
  );
  const { out } = await run(world, ['whatif', 'latest', '--policy', dir]);
  expect(out).toMatch(/verdict +allow +ask +mine \(.*mine\.cedar:1\): restarts are/);
  expect(out).toContain('1 of 2 answers would have been different');
});

test('decides from an exported file alone, without a cloud', async () => {
  const { incidentId } = journal[0] as JournalRecord;
  const file = fileOf('export.json', { env: 'dev', incidents: [{ incidentId, records: journal }] });
  const { code, out } = await run(aWorld(), ['whatif', 'latest', '--journal', file]);
  expect([code, out]).toEqual([0, expect.stringContaining('1 of 1 decisions')]);
});

test('refuses an exported journal that was changed, a file that is none, and an incident that is not in it', async () => {
  const { incidentId } = journal[0] as JournalRecord;
  const changed = journal.map((record) => (record.seq === 2 ? { ...record, latencyMs: 1 + record.latencyMs } : record));
  const broken = fileOf('changed.json', { incidents: [{ incidentId, records: changed }] });
  const sound = fileOf('sound.json', { incidents: [{ incidentId, records: journal }] });
  const said = async (...line: string[]) => (await run(aWorld(), ['whatif', ...line])).err;
  expect(await said('latest', '--journal', broken)).toContain('record 2 content does not match its hash');
  expect(await said('latest', '--journal', fileOf('none.json', '{}'))).toContain('it has no incidents');
  expect(await said('another', '--journal', sound)).toContain('holds 0 incidents');
});

test('says of an incident without a decision that it has none', async () => {
  const { incidentId } = journal[0] as JournalRecord;
  const only = { ...world, journals: { [incidentId]: journal.slice(0, 2) } };
  expect((await run(only, ['whatif', 'latest'])).out).toContain('has no decision yet');
});
