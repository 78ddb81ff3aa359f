import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startLocalCloud } from '../../local/local-cloud.ts';
import { randomOf } from '../learning/random.ts';
import { watcherOf } from '../matrix/watcher.ts';
import { wholeNumber } from '../shared/options.ts';
import { startChaosProxy, type Chaos } from './chaos-proxy.ts';
import { createFleet } from './fleet.ts';
import { judgeChaos, type Story } from './judge.ts';
import { startKiller } from './killer.ts';

const HELP = `Incidents in the local cloud while everything around the functions fails.

  npm run bench:chaos                      200 incidents
  npm run bench:chaos -- --incidents 20    fewer
  npm run bench:chaos -- --parallel 10     open at the same time
  npm run bench:chaos -- --seed 1          another run of the same kind

Every request of a function passes a proxy that refuses, loses, delays; functions are killed; messages come twice.
Exit code 1 when an incident was lost, an effect doubled, or an end not explained.`;

const { values } = parseArgs({
  options: {
    incidents: { type: 'string', default: '200' },
    parallel: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const count = wholeNumber('incidents', values.incidents, 1, 999);
const parallel = wholeNumber('parallel', values.parallel, 1, 100);
const seed = wholeNumber('seed', values.seed, 0);
const random = randomOf(seed, 11);

const CHAOS: Chaos = { errors: 0.05, delays: 0.05, timeouts: 0.005 };
const KILL_EVERY_MS = 2_000;
/** A message whose function was killed comes back after its queue's visibility timeout, up to five times. */
const PATIENCE_MS = 600_000;
const ENDED = ['recovered', 'escalated', 'dismissed'];
/** Services that functions call; each has a variable of its own, because the emulator sets the common one. */
const SERVICES = ['DYNAMODB', 'SQS', 'SNS', 'SSM', 'SFN', 'CLOUDWATCH', 'EVENTBRIDGE', 'KMS', 'S3', 'LAMBDA', 'IAM'];

const dir = dirname(dirname(import.meta.dirname));
const say = (line: string): void => console.error(line);
const proxy = await startChaosProxy(CHAOS, random);
const cloud = await startLocalCloud({
  dir,
  shopPrefixes: [],
  functionEnv: {
    ...Object.fromEntries(SERVICES.map((service) => [`AWS_ENDPOINT_URL_${service}`, proxy.endpoint])),
    AUTH: 'false', // the fleet is registered by hand: nobody gave the functions their permissions on it
  },
  limits: { maxConcurrentActions: 100 },
  onEndpoint: proxy.forwardTo,
  onProgress: say,
});
const watcher = watcherOf(cloud);
const fleet = await createFleet(cloud, count, proxy.mutations);
const began = Date.now();
const since = new Date(began - 60_000);
let duplicates = 0;

/** Every second, as long as the bench runs: what is not measured is not healed. A sample may be missing. */
const measuring = setInterval(() => void fleet.measure().catch(() => undefined), 1_000);

const progress = (ended: number, struck: number, killed: number): void => {
  const width = 30;
  const done = Math.round((ended / count) * width);
  const { refused, hungUp, requests } = proxy.counts;
  const line = `[${'#'.repeat(done)}${'.'.repeat(width - done)}] ${ended} of ${count} ended, ${struck - ended} open; ${requests} requests, ${refused + hungUp} failed; ${killed} killed; ${Math.round((Date.now() - began) / 1_000)} s`;
  if (process.stderr.isTTY) process.stderr.write(`\r${line}\u001b[K`);
  else if (Math.round((Date.now() - began) / 1_000) % 15 < 2) say(line);
};

try {
  proxy.unleash();
  const killer = startKiller(cloud.endpoint, KILL_EVERY_MS, random);
  const ids = fleet.workloads.map(({ workloadId }) => workloadId);
  let struck = 0;
  let ended = new Set<string>();
  let lastChange = Date.now();
  while (ended.size < count && Date.now() - lastChange < PATIENCE_MS) {
    for (; struck < count && struck - ended.size < parallel; struck += 1) {
      const index = struck;
      await fleet.strike(index);
      duplicates += 2;
      await fleet.repeat(index);
      void sleep(random() * 20_000)
        .then(() => fleet.repeat(index))
        .catch(() => undefined);
    }
    await sleep(2_000);
    const incidents = await watcher.incidentsSince(ids, since);
    const now = new Set(incidents.filter(({ status }) => ENDED.includes(status)).map(({ workloadId }) => workloadId));
    if (now.size > ended.size) lastChange = Date.now();
    ended = now;
    progress(ended.size, struck, killer.killed());
  }
  // Whatever comes late (a copy, a second look, a message that was given back) may still do something.
  await sleep(30_000);
  await killer.stop();
  const incidents = await watcher.incidentsSince(ids, since);
  const stories = await Promise.all(
    ids.map(async (workloadId): Promise<Story> => {
      const own = incidents.filter((incident) => incident.workloadId === workloadId);
      const records = (await Promise.all(own.map(({ incidentId }) => watcher.journal(incidentId)))).flat();
      const mutations = proxy.mutations.filter(({ alias }) => alias === workloadId);
      return { workloadId, incidents: own, records, mutations };
    }),
  );
  const verdict = judgeChaos(stories);
  const report = {
    incidents: count,
    seconds: Math.round((Date.now() - began) / 1_000),
    chaos: { ...CHAOS, killEveryMs: KILL_EVERY_MS, seed },
    killed: killer.killed(),
    duplicates,
    proxy: proxy.counts,
    mutations: proxy.mutations.length,
    ...verdict,
  };
  await mkdir(join(dir, 'reports'), { recursive: true });
  await writeFile(join(dir, 'reports', 'chaos.json'), `${JSON.stringify(report, null, 2)}\n`);
  const { requests, refused, hungUp, delayed, timedOut } = proxy.counts;
  const counted = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, number]) => `${number} ${name}`)
      .join('; ') || 'none';
  console.log(`
| measure | value | must be |
| --- | --- | --- |
| faults, each an incident | ${count} in ${report.seconds} s, ${parallel} at a time | |
| requests of functions; refused, done and lost, delayed, answered too late | ${requests}; ${refused}, ${hungUp}, ${delayed}, ${timedOut} | |
| functions killed; messages repeated | ${report.killed}; ${duplicates} | |
| lost incidents | ${verdict.lost.length} ${verdict.lost.join(' ')} | 0 |
| double effects | ${verdict.doubled.length} ${verdict.doubled.join(' ')} | 0 |
| ends without an explanation | ${verdict.unexplained.length} ${verdict.unexplained.join(' ')} | 0 |
| chains of records that are not sound | ${verdict.unsound.length} ${verdict.unsound.join(' ')} | 0 |
| ended how | ${counted(verdict.statuses)} | |
| why a person was called | ${counted(verdict.escalations)} | |`);
  const wrong = [verdict.lost, verdict.doubled, verdict.unexplained, verdict.unsound].flat();
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  clearInterval(measuring);
  fleet.close();
  await cloud.stop();
  await proxy.close();
}
