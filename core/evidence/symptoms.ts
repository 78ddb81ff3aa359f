import type { MetricSummary, Symptom, WorkloadState } from '../contracts/evidence.ts';
import type { MetricRole, Workload } from '../contracts/workload.ts';
import type { EpochMs } from '../shared/units.ts';
import { elapsed, fromIso, isLonger, minutes } from '../shared/units.ts';
import { EXHAUSTION_PERCENT } from './health.ts';

/** Prefix of the reason that we give when we stop a task, so that our own exits are not taken for crashes. */
export const OWN_CHANGE_PREFIX = 'kintsugi:';

const BUSY_CPU_PERCENT = 80;
const IDLE_CPU_PERCENT = 10;
const DEPENDENCY_ERROR_PERCENT = 5;
const POOL_SATURATION_PERCENT = 90;
/** Traffic this many times its baseline is a spike. */
const TRAFFIC_FACTOR = 1.8;
/** A change this long before the onset can still be its cause. */
const CHANGE_WINDOW = minutes(30);
/** An exit this long before now still describes the present. */
const EXIT_WINDOW = minutes(5);

export interface SymptomInput {
  readonly workload: Workload;
  readonly metrics: readonly MetricSummary[];
  readonly state: WorkloadState | null;
  readonly now: EpochMs;
}

/**
 * What the evidence shows, as the learner's symptoms: present, absent, or in neither list because nothing could show it.
 * An unobservable symptom must not count as an absent one, or blindness would look like health.
 */
export const deriveSymptoms = (input: SymptomInput): { present: Symptom[]; absent: Symptom[] } => {
  const findings = Object.entries(DETECTORS).map(([symptom, detect]) => [symptom as Symptom, detect(input)] as const);
  return {
    present: findings.flatMap(([symptom, found]) => (found === true ? [symptom] : [])),
    absent: findings.flatMap(([symptom, found]) => (found === false ? [symptom] : [])),
  };
};

type Detector = (input: SymptomInput) => boolean | null;

const above =
  (role: MetricRole, limit: (workload: Workload) => number): Detector =>
  ({ workload, metrics }) => {
    const current = metrics.find((metric) => metric.role === role)?.current ?? null;
    return current === null ? null : current > limit(workload);
  };

const changed =
  (kind: 'code' | 'configuration'): Detector =>
  ({ state, now }) => {
    if (state === null || state.currentRevision === null) return null;
    if (state.stableRevision === null || state.lastChange !== kind) return false;
    return !isLonger(elapsed(fromIso(state.currentRevision.createdAt), now), CHANGE_WINDOW);
  };

const taskExit: Detector = ({ state, now }) => {
  if (state === null) return null;
  return state.exits.some(
    (exit) =>
      !exit.reason.startsWith(OWN_CHANGE_PREFIX) &&
      exit.exitCode !== 0 &&
      (exit.stoppedAt === null || !isLonger(elapsed(fromIso(exit.stoppedAt), now), EXIT_WINDOW)),
  );
};

const memoryAbove = above('memoryUtilization', () => EXHAUSTION_PERCENT);

/** Memory is running out, or ran out a moment ago: after the kill the metric looks healthy again. */
const memHigh: Detector = (input) =>
  input.state?.exits.some((exit) => /OutOfMemory|OOM/i.test(exit.reason)) === true ? true : memoryAbove(input);

const healthFail: Detector = ({ workload, state }) => {
  if (workload.kind !== 'ecs-service' || state === null || state.running === null) return null;
  return state.running < workload.minTasks || state.tasks.some((task) => task.sick);
};

const trafficHigh: Detector = ({ metrics }) => {
  const requests = metrics.find((metric) => metric.role === 'requestCount');
  if (requests?.current == null || requests.baseline === null) return null;
  return requests.current > requests.baseline * TRAFFIC_FACTOR;
};

const lowUtil: Detector = ({ workload, metrics, state }) => {
  const cpu = metrics.find((metric) => metric.role === 'cpuUtilization')?.current ?? null;
  if (cpu === null || workload.kind !== 'ecs-service' || state?.running == null) return null;
  return cpu < IDLE_CPU_PERCENT && state.running > workload.minTasks;
};

const dlqDepth: Detector = ({ state }) => (state?.deadLetters == null ? null : state.deadLetters > 0);

const belowMin: Detector = ({ workload, state }) =>
  workload.kind !== 'ecs-service' || state?.desired == null ? null : state.desired < workload.minTasks;

const DETECTORS: Partial<Record<Symptom, Detector>> = {
  taskExit,
  memHigh,
  cpuHigh: above('cpuUtilization', () => BUSY_CPU_PERCENT),
  latHigh: above('latencyP95', ({ slo }) => slo.latencyP95Ms),
  errHigh: above('errorRate', ({ slo }) => slo.errorRatePercent),
  recentDeploy: changed('code'),
  recentConfig: changed('configuration'),
  depErr: above('dependencyErrorRate', () => DEPENDENCY_ERROR_PERCENT),
  dbConnSat: above('poolUtilization', () => POOL_SATURATION_PERCENT),
  healthFail,
  trafficHigh,
  lowUtil,
  dlqDepth,
  belowMin,
};
