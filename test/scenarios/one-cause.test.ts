import { setTimeout as sleep } from 'node:timers/promises';
import { runOnce } from '../../bench/matrix/run.ts';
import type { Watcher } from '../../bench/matrix/watcher.ts';
import { watcherOf } from '../../bench/matrix/watcher.ts';
import { connectLocal } from '../../cli/system/connect.ts';
import { openKintsugi } from '../../cli/system/kintsugi.ts';
import type { LocalCloud } from '../../local/local-cloud.ts';
import { startLocalCloud } from '../../local/local-cloud.ts';
import { localStateOf } from '../../local/local-state.ts';

/** The Issue Monitor remembers for a minute what depends on what. */
const REMEMBERED_MS = 60_000;
const LEARNED_MS = 180_000;

/** One cause, one incident, in the demo shop; the storm is in `bench/storm`. */
describe.each([
  ['declared', true],
  ['seen', false],
] as const)('where dependencies are %s', (_, declared) => {
  let cloud: LocalCloud;
  let watcher: Watcher;

  beforeAll(async () => {
    cloud = await startLocalCloud({ dir: process.cwd(), declared });
    watcher = watcherOf(cloud);
    if (!declared) await dependenciesLearned(cloud);
  }, 540_000);

  afterAll(async () => {
    await cloud?.stop();
  }, 30_000);

  test('a fault in payments is one incident on payments, though its callers alarm as well', async () => {
    const since = new Date();
    const context = cloud.faultContext();
    await runOnce(context, watcher, 'hang');
    const incidents = await watcher.incidentsSince(context.shop.services, since);
    expect(incidents.map(({ workloadId }) => workloadId)).toEqual(['payments']);
    const journal = await watcher.journal(String(incidents[0]?.incidentId));
    const evidence = journal.find((record) => record.kind === 'evidence_gathered')?.body;
    expect(evidence?.workload.workloadId).toBe('payments');
    const diagnosis = evidence?.diagnosis;
    expect(diagnosis?.answer === 'causes' && diagnosis.causes[0]?.workloadId).toBe('payments');
  }, 180_000);
});

/** Until web is seen to call checkout, and checkout to call payments, and everybody knows. */
const dependenciesLearned = async (cloud: LocalCloud): Promise<void> => {
  const kintsugi = openKintsugi(connectLocal(localStateOf(cloud, { url: cloud.endpoint, token: 'x'.repeat(32) })));
  try {
    for (const end = Date.now() + LEARNED_MS; Date.now() < end; await sleep(1_000)) {
      const seen = (await kintsugi.workloads()).flatMap(({ workloadId, dependsOn, seenCalls = [] }) => {
        if (dependsOn.length > 0) throw new Error(`${workloadId} declares what it depends on`);
        return seenCalls.map(({ callee }) => `${workloadId} ${callee}`);
      });
      if (['web checkout', 'checkout payments'].every((call) => seen.includes(call))) return await sleep(REMEMBERED_MS);
    }
    throw new Error(`the shop's calls were not seen within ${LEARNED_MS} ms`);
  } finally {
    kintsugi.close();
  }
};
