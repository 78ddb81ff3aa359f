import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import { median } from '../../core/evidence/metric-summary.ts';
import { startLocalCloud } from '../../local/local-cloud.ts';
import { localOverrides } from '../../local/local-config.ts';
import { runOnce } from '../matrix/run.ts';
import { watcherOf } from '../matrix/watcher.ts';
import { startCountingProxy } from './counting-proxy.ts';
import { deployEmptyChain } from './empty-chain.ts';
import type { Timeline } from './executions.ts';
import { runExecution, timelineOf } from './executions.ts';

/** Warm runs of each side; the first ones pay for cold starts and are left out of the ratio. */
const WARM_UPS = 2;
const RUNS = 5;
const PHASES = ['Sense', 'Validate', 'Decide', 'Enforce', 'Act', 'Observe', 'Explain'];

const dir = dirname(dirname(import.meta.dirname));
const say = (line: string): void => console.error(line);
const proxy = await startCountingProxy();
const cloud = await startLocalCloud({
  dir,
  functionEnv: { AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint },
  onEndpoint: proxy.forwardTo,
  onProgress: say,
});
const sfn = new SFNClient({ endpoint: cloud.endpoint });
const watcher = watcherOf(cloud);

interface Heal {
  readonly timeline: Timeline;
  readonly records: readonly JournalRecord[];
  readonly requests: Readonly<Record<string, number>>;
  /** Signals that were attached to the incident besides the one that opened it: other alarms of the same fault. */
  readonly furtherSignals: number;
}

const heal = async (): Promise<Heal> => {
  const since = new Date();
  const context = cloud.faultContext();
  const result = await runOnce(context, watcher, 'hang', proxy.reset);
  if (!result.passed) throw new Error(`the hang was not healed: ${result.note}`);
  const incident = (await watcher.incidentsSince(context.shop.services, since)).at(-1);
  if (incident === undefined) throw new Error('no incident was opened');
  const machine = cloud.outputs['Kintsugi-dev-Healing']?.['StateMachineArn'] ?? '';
  const executionArn = `${machine.replace(':stateMachine:', ':execution:')}:${incident.incidentId}`;
  await sleep(1_000);
  return {
    requests: { ...proxy.counts() },
    furtherSignals: incident.signalCount - 1,
    records: await watcher.journal(incident.incidentId),
    timeline: await timelineOf(sfn, executionArn),
  };
};

/** What a phase waits for on purpose is the action's own time, not the loop's: the confirmation, and the watching. */
const waitedMs = ({ records }: Heal): number => {
  const observed = records.find(({ kind }) => kind === 'outcome_measured')?.latencyMs ?? 0;
  const confirm = localOverrides([''], '').dev.limits.confirmSeconds * 1_000;
  return observed + confirm;
};

/** The opening, what it read, and what Enforce reads: of these requests a heal of one signal makes that many. */
const OF_ONE_SIGNAL: Readonly<Record<string, number>> = {
  'TransactWriteItems Leases Incidents Journal': 1,
  'BatchGetItem Leases': 2,
  'TransactWriteItems Leases Incidents': 0,
  'BatchGetItem Incidents': 0,
  'TransactWriteItems Leases': 0, // a possible second cause waits for the rest of the queue
  'BatchGetItem Workloads': 0, // the detector learns who calls whom, healing or not
  // Every process of the monitor reads the registry once a minute, whatever the number of incidents.
  'Scan Workloads': 0,
};

/** The requests of a heal without those that attached further signals to its incident. */
const requestsOfOneSignal = ({ requests }: Heal): number =>
  Object.entries(requests).reduce((sum, [request, count]) => sum + Math.min(count, OF_ONE_SIGNAL[request] ?? count), 0);

const repeat = async <T>(what: string, run: () => Promise<T>): Promise<readonly T[]> => {
  const results: T[] = [];
  for (let round = 1; round <= WARM_UPS + RUNS; round += 1) {
    say(`${what} ${round}/${WARM_UPS + RUNS}`);
    results.push(await run());
  }
  return results.slice(WARM_UPS);
};

try {
  const emptyMachine = await deployEmptyChain(cloud.endpoint);
  const empty = await repeat('seven empty functions', () => runExecution(sfn, emptyMachine));
  const heals = await repeat('a heal', heal);
  const emptyMs = median(empty.map(({ totalMs }) => totalMs)) ?? 0;
  const loopMs = median(heals.map((one) => one.timeline.totalMs - waitedMs(one))) ?? 0;
  const requests = heals.map((one) => Object.values(one.requests).reduce((sum, count) => sum + count, 0));
  const report = {
    emptyMs,
    loopMs,
    ratio: loopMs / emptyMs,
    transitions: median(heals.map(({ timeline }) => timeline.states.length)),
    dynamodbRequests: median(heals.map(requestsOfOneSignal)),
    dynamodbRequestsWithFurtherSignals: median(requests),
    furtherSignals: median(heals.map(({ furtherSignals }) => furtherSignals)),
    requestsByOperation: heals.at(-1)?.requests,
    phasesMs: Object.fromEntries(
      PHASES.map((phase) => [
        phase,
        median(heals.map(({ timeline }) => timeline.states.find(({ name }) => name === phase)?.ms ?? 0)),
      ]),
    ),
    bundleBytes: JSON.parse(await readFile(join(dir, 'dist', 'bundle-sizes.json'), 'utf8')) as Record<string, number>,
  };
  await mkdir(join(dir, 'reports'), { recursive: true });
  await writeFile(join(dir, 'reports', 'loop.json'), `${JSON.stringify(report, null, 2)}\n`);
  console.log(`| measure | value | limit |
| --- | --- | --- |
| loop time / seven empty functions | ${report.ratio.toFixed(2)} (${loopMs.toFixed(0)} ms / ${emptyMs.toFixed(0)} ms) | 1.5 |
| state transitions of a heal | ${report.transitions} | 14 |
| DynamoDB requests of a heal | ${report.dynamodbRequests} (${report.dynamodbRequestsWithFurtherSignals} with ${report.furtherSignals} further signals) | 16 |
| largest bundle | ${Math.round(Math.max(...Object.values(report.bundleBytes)) / 1024)} KB | 350 KB |`);
} finally {
  await cloud.stop();
  await proxy.close();
}
