import type { MetricRole, Slo } from '../contracts/workload.ts';
import type { Sample } from '../shared/ports.ts';
import type { EpochMs } from '../shared/units.ts';
import { elapsed, isLonger, seconds } from '../shared/units.ts';
import { EXHAUSTION_PERCENT } from './health.ts';
import { median } from './metric-summary.ts';

/** One running task as its platform and its own metrics show it. */
export interface TaskVitals {
  readonly taskId: string;
  readonly startedAt: EpochMs | null;
  /** The container health check's verdict; null where there is none, or not yet. */
  readonly passesHealthCheck: boolean | null;
  /** Its own samples per role, oldest first; empty where tasks cannot be told apart. */
  readonly samples: Readonly<Partial<Record<MetricRole, readonly Sample[]>>>;
}

export interface TaskHealthRules {
  readonly slo: Slo;
  /** Distance between two samples of a healthy task. */
  readonly periodSeconds: number;
  readonly now: EpochMs;
}

/** Roles by which one task is told from its peers. */
export const TASK_ROLES = ['errorRate', 'latencyP95', 'memoryUtilization'] as const satisfies readonly MetricRole[];
type TaskRole = (typeof TASK_ROLES)[number];

/** Newest samples that count as "now": one odd sample does not make a task sick. */
const CURRENT_SAMPLES = 3;
/** Samples that a task may be behind its peers before it counts as silent. */
const SILENT_PERIODS = 3;
/** A young task is slow and has few samples: its metrics do not count against it for so many periods. */
const GRACE_PERIODS = 3;

interface Rule {
  readonly limit: (slo: Slo) => number;
  /** How many times its peers' median counts as clearly worse ... */
  readonly factor: number;
  /** ... and by how much at least, in the metric's own unit, so that a small difference between small values does not. */
  readonly margin: (slo: Slo) => number;
  readonly words: (value: number) => string;
}

const RULES: Readonly<Record<TaskRole, Rule>> = {
  errorRate: {
    limit: ({ errorRatePercent }) => errorRatePercent,
    factor: 3,
    margin: () => 2,
    words: (value) => `fails ${Number(value.toFixed(1))} % of its requests`,
  },
  latencyP95: {
    limit: ({ latencyP95Ms }) => latencyP95Ms,
    factor: 3,
    margin: ({ latencyP95Ms }) => latencyP95Ms / 4,
    words: (value) => `takes ${Math.round(value)} ms for its slowest 5 % of requests`,
  },
  memoryUtilization: {
    limit: () => EXHAUSTION_PERCENT,
    factor: 1.5,
    margin: () => 20,
    words: (value) => `uses ${Math.round(value)} % of its memory`,
  },
};

/**
 * Which tasks are sick, and why, in words.
 *
 * A task is sick when its health check fails, when a metric of its own is over the objective or clearly worse than its
 * peers' median, or when it has fallen silent while its peers report. Without metrics of its own only the health check
 * speaks; when all are silent, silence says nothing about any one of them.
 *
 * @returns by task id; healthy tasks are left out
 */
export const findSickTasks = (tasks: readonly TaskVitals[], rules: TaskHealthRules): ReadonlyMap<string, string> =>
  new Map(
    tasks.flatMap((task) => {
      const reasons = reasonsOf(task, tasks, rules);
      return reasons.length > 0 ? [[task.taskId, reasons.join('; ')] as const] : [];
    }),
  );

const reasonsOf = (task: TaskVitals, all: readonly TaskVitals[], rules: TaskHealthRules): string[] => {
  const failing = task.passesHealthCheck === false ? ['fails its health check'] : [];
  if (isYoung(task, rules)) return failing;
  const peers = all.filter((other) => other !== task && !isYoung(other, rules));
  const silent = silence(task, peers, rules);
  // What a silent task last measured describes its past.
  if (silent !== null) return [...failing, silent];
  return [...failing, ...TASK_ROLES.flatMap((role) => breach(role, task, peers, rules.slo) ?? [])];
};

const isYoung = ({ startedAt }: TaskVitals, { now, periodSeconds }: TaskHealthRules): boolean =>
  startedAt === null || !isLonger(elapsed(startedAt, now), seconds(GRACE_PERIODS * periodSeconds));

const breach = (role: TaskRole, task: TaskVitals, peers: readonly TaskVitals[], slo: Slo): string | null => {
  const value = current(task, role);
  if (value === null) return null;
  const { limit, factor, margin, words } = RULES[role];
  if (value > limit(slo)) return words(value);
  const usual = median(peers.flatMap((peer) => current(peer, role) ?? []));
  if (usual === null || value < usual * factor || value < usual + margin(slo)) return null;
  return `${words(value)}, its peers ${Number(usual.toFixed(1))}`;
};

const current = ({ samples }: TaskVitals, role: TaskRole): number | null =>
  median((samples[role] ?? []).slice(-CURRENT_SAMPLES).map(({ value }) => value));

const silence = (task: TaskVitals, peers: readonly TaskVitals[], { periodSeconds }: TaskHealthRules): string | null => {
  const reports = peers.flatMap((peer) => newest(peer) ?? []);
  if (reports.length === 0) return null;
  const last = newest(task);
  const peersLast = Math.max(...reports);
  if (last !== null && peersLast - last < SILENT_PERIODS * seconds(periodSeconds)) return null;
  const since = last === null ? '' : ` for ${Math.round((peersLast - last) / 1_000)} s`;
  return `has sent no metrics${since} while ${reports.length} of its peers do`;
};

/** Any metric counts, not only those that are judged: a task without requests still reports its memory. */
const newest = ({ samples }: TaskVitals): number | null => {
  const instants = Object.values(samples).flatMap((series) => series.at(-1)?.at ?? []);
  return instants.length === 0 ? null : Math.max(...instants);
};
