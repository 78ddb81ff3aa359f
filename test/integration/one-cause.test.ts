import { runStorm } from '../../bench/storm/storm.ts';
import { runOnce } from '../../bench/matrix/run.ts';
import type { Watcher } from '../../bench/matrix/watcher.ts';
import { watcherOf } from '../../bench/matrix/watcher.ts';
import type { LocalCloud } from '../../local/local-cloud.ts';
import { startLocalCloud } from '../../local/local-cloud.ts';

/** One cause, one incident: in the demo shop, and in a storm through the deployed queue. */
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
    process.stdout.write(`${JSON.stringify(evidence?.diagnosis)}\n`);
    expect(evidence?.workload.workloadId).toBe('payments');
    expect(evidence?.diagnosis).toBeDefined();
  }, 120_000);

  test('2,000 signals from three causes over 60 workloads are three incidents, and none is lost', async () => {
    const storm = await runStorm(cloud, 2_000);
    process.stdout.write(`${storm.signals} signals placed in ${storm.seconds} s\n`);
    expect(storm.roots).toEqual(['storm-blue-19', 'storm-green-19', 'storm-red-19']);
    expect(storm.counted).toBe(storm.signals);
  }, 240_000);
});
