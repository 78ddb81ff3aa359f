import { runOnce } from '../../bench/matrix/run.ts';
import type { Watcher } from '../../bench/matrix/watcher.ts';
import { watcherOf } from '../../bench/matrix/watcher.ts';
import type { LocalCloud } from '../../local/local-cloud.ts';
import { startLocalCloud } from '../../local/local-cloud.ts';

/** One cause, one incident, in the demo shop; the storm is in `bench/storm`. */
describe('the deployed Issue Monitor', () => {
  let cloud: LocalCloud;
  let watcher: Watcher;

  beforeAll(async () => {
    cloud = await startLocalCloud({ dir: process.cwd() });
    watcher = watcherOf(cloud);
  }, 300_000);

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
  }, 120_000);
});
