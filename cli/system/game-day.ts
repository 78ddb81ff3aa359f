import { setTimeout as sleep } from 'node:timers/promises';
import { RELAPSE } from '../../core/contracts/experience.ts';
import type { ExperienceTrace } from '../../core/contracts/model.ts';
import type { Incident } from '../../core/contracts/incident.ts';
import { labelled } from '../../core/model/label.ts';
import { tablesOf } from '../../core/model/snapshot.ts';
import type { Experience } from '../../core/shared/ports.ts';
import type { FaultName } from '../../local/faults/fault.ts';
import { faults } from '../../local/faults/faults.ts';
import type { Context } from '../context.ts';
import { notAllowed } from '../terminal/words.ts';
import { CliError } from './cli-error.ts';
import { breakLocally, clearLocally } from './control-client.ts';
import type { Kintsugi } from './kintsugi.ts';
import { catalogueIn } from './models.ts';

/** What one injected fault taught. */
export interface Lesson {
  readonly fault: FaultName;
  readonly run: number;
  readonly incidentId: string | null;
  readonly actions: readonly string[];
  readonly outcome: string;
  /** `known`: labelled before. `nothing`: no incident, or nothing was tried in it. */
  readonly status: 'learned' | 'known' | 'nothing';
}

export interface GameDay {
  readonly wanted: readonly FaultName[];
  readonly runs: number;
}

const HEAL_DEADLINE_MS = 180_000;
const QUIET_DEADLINE_MS = 60_000;
const POLL_MS = 500;
/** Alarms of the demo shop look back ten seconds: what they saw of the last run must have left their window. */
const PAUSE_MS = 12_000;
const ENDED: readonly Incident['status'][] = ['recovered', 'escalated'];

/** Breaks the demo shop, fault by fault, and labels what the loop learned from healing it. */
export const gameDay = async (kintsugi: Kintsugi, { wanted, runs }: GameDay, context: Context): Promise<Lesson[]> => {
  const { local } = kintsugi.connection;
  if (local === null) {
    throw new CliError('--inject breaks the local demo shop, and no local cloud is running. Start it with: npm start');
  }
  const plan = Array.from({ length: runs }, (_, run) => wanted.map((fault) => ({ fault, run: run + 1 }))).flat();
  const lessons: Lesson[] = [];
  for (const { fault, run } of plan) {
    await untilQuiet(kintsugi);
    const since = context.io.now();
    await breakLocally(local, fault, null);
    const incident = await untilEnded(kintsugi, since).finally(() => clearLocally(local));
    const lesson = await learnFrom(kintsugi, { fault, run, incident });
    lessons.push(lesson);
    context.io.stderr.write(`${progressOf(lesson, lessons.length, plan.length)}\n`);
  }
  return lessons;
};

const BAR = 20;

const progressOf = ({ fault, actions, outcome, status }: Lesson, done: number, all: number): string => {
  const filled = Math.round((BAR * done) / all);
  const what = status === 'nothing' ? 'taught nothing' : `${actions.join(', ')}: ${outcome}, ${status}`;
  return `${'#'.repeat(filled)}${'.'.repeat(BAR - filled)} ${done}/${all}  ${fault}: ${what}`;
};

/** Waits until nothing is wrong any more, so that each run begins alike. */
const untilQuiet = async (kintsugi: Kintsugi): Promise<void> => {
  const deadline = Date.now() + QUIET_DEADLINE_MS;
  while (Date.now() < deadline) {
    const [open, firing] = await Promise.all([kintsugi.incidents('open', 1), kintsugi.firingAlarms()]);
    if (open.length === 0 && firing.size === 0) return;
    await sleep(POLL_MS);
  }
  throw new CliError('the demo shop does not come to rest: look at kintsugi status, or start the local cloud again.');
};

/** The incident that the fault has opened, when it has ended; null when none has in time. */
const untilEnded = async (kintsugi: Kintsugi, since: number): Promise<Incident | null> => {
  const deadline = Date.now() + HEAL_DEADLINE_MS;
  while (Date.now() < deadline) {
    const incidents = await kintsugi.incidents(undefined, 20);
    const opened = incidents.filter(({ openedAt }) => Date.parse(openedAt) >= since - 1_000);
    const ended = opened.find(({ status }) => ENDED.includes(status));
    if (ended !== undefined) {
      await sleep(PAUSE_MS);
      return ended;
    }
    await sleep(POLL_MS);
  }
  return null;
};

const isTraced = (experience: Experience): experience is Experience & { readonly trace: ExperienceTrace } =>
  experience.trace !== undefined;

const learnFrom = async (
  kintsugi: Kintsugi,
  { fault, run, incident }: { readonly fault: FaultName; readonly run: number; readonly incident: Incident | null },
): Promise<Lesson> => {
  const incidentId = incident?.incidentId ?? null;
  const label = faults[fault].expectedHypothesis;
  const taught = incidentId === null || label === null ? null : await labelIncident(kintsugi, incidentId, label);
  return { fault, run, incidentId, outcome: incident?.status ?? 'none', ...(taught ?? NOTHING) };
};

const NOTHING = { actions: [], status: 'nothing' } as const;

/**
 * Credits everything that an incident taught to the cause that was injected, once.
 *
 * @returns null when nothing was tried in it, or it is not over
 * @throws CliError when the environment's catalogue has no such cause
 */
export const labelIncident = async (
  kintsugi: Kintsugi,
  incidentId: string,
  cause: string,
): Promise<Pick<Lesson, 'actions' | 'status'> | null> => {
  const catalogue = await catalogueIn(kintsugi);
  const causes = catalogue.hypotheses.map(({ id }) => id);
  if (!causes.includes(cause)) throw new CliError(notAllowed('<cause>', cause, causes));
  const experiences = await kintsugi.experiences();
  const experience = experiences.find(({ executionId }) => executionId === incidentId);
  if (experience === undefined || !isTraced(experience)) return null;
  const table = tablesOf(experiences).get(experience.tier) ?? new Map();
  const relapse = experiences.find(({ executionId }) => executionId === `${incidentId}${RELAPSE}`) ?? null;
  const status = await kintsugi.learn(labelled(experience, cause, { catalogue, table, relapse }));
  return { status, actions: experience.trace.steps.map(({ action }) => action) };
};
