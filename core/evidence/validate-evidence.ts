import type { Evidence } from '../contracts/evidence.ts';
import { EvidenceSchema } from '../contracts/evidence.ts';
import type { Limits } from '../contracts/limits.ts';
import type { Validation } from '../contracts/loop-state.ts';
import type { HealthReading } from '../contracts/outcome.ts';
import type { Request } from '../contracts/request.ts';
import type { EpochMs } from '../shared/units.ts';
import { elapsed, formatDuration, fromIso, isLonger, seconds } from '../shared/units.ts';
import { OWN_CHANGE_PREFIX } from './symptoms.ts';

export interface ValidationInput {
  readonly incidentId: string;
  readonly attempt: number;
  /** A person was shown what is wrong, and has said yes. */
  readonly approved?: boolean | undefined;
  readonly evidence: Evidence;
  /** What a person asked for, where nothing has to be wrong. */
  readonly request?: Request | undefined;
  /** Taken just now, independently of the evidence. */
  readonly reading: HealthReading;
  readonly limits: Limits;
  readonly now: EpochMs;
}

type Check = Validation['checks'][number];

/**
 * Whether there is something to heal, and to heal by us: every check runs, each says what it found, one failure
 * dismisses.
 */
export const validateEvidence = (input: ValidationInput): Validation => {
  const checks = [
    input.request === undefined ? stillWrong(input) : askedFor(input.request),
    fresh(input),
    notOurs(input),
    notHandled(input),
    sound(input),
  ];
  return {
    result: checks.every((check) => check.passed) ? 'proceed' : 'dismiss',
    checks,
    reading: input.reading,
  };
};

const stillWrong = ({ reading, evidence }: ValidationInput): Check => ({
  check: evidence.forecast === undefined ? 'still wrong' : 'still ahead',
  passed: !reading.healthy,
  reason: reading.healthy ? (evidence.forecast === undefined ? OVER : NOT_AHEAD) : reading.reasons.join('; '),
});

const askedFor = ({ by, taskId }: Request): Check => ({
  check: 'asked for',
  passed: true,
  reason: `${by} asked for it (${taskId}): nothing has to be wrong`,
});

const OVER =
  'errors, latency and capacity are within their objectives now, or mostly were since it was noticed: it is over, or it never hurt a user';
const NOT_AHEAD = 'what was foreseen is no longer ahead: the trend is broken, or there is headroom again';

const fresh = ({ evidence, limits, now, attempt, approved = false }: ValidationInput): Check => {
  const evidenceAge = elapsed(fromIso(evidence.observedAt), now);
  const newest = Math.max(...evidence.signals.map((signal) => fromIso(signal.occurredAt)), 0);
  const signalAge = now - newest;
  // A later attempt follows our own action, a yes a question that waited: the signal that opened the incident may be old by then.
  const signalTooOld = attempt === 1 && !approved && signalAge > seconds(limits.signalMaxAgeSeconds);
  const stale = isLonger(evidenceAge, seconds(limits.freshnessSeconds));
  return {
    check: 'fresh',
    passed: !stale && !signalTooOld,
    reason: `the evidence is ${formatDuration(evidenceAge)} old (at most ${limits.freshnessSeconds} s)${
      signalTooOld ? ` and its newest signal is older than ${limits.signalMaxAgeSeconds} s` : ''
    }`,
  };
};

const notOurs = ({ evidence }: ValidationInput): Check => {
  const firing = evidence.signals.filter((signal) => signal.status === 'firing');
  const ours = firing.filter((signal) => signal.changeIds.some((id) => id.startsWith(OWN_CHANGE_PREFIX)));
  const passed = firing.length > ours.length;
  return {
    check: 'not our own echo',
    passed,
    reason: passed
      ? `${firing.length - ours.length} of ${firing.length} signals come from elsewhere`
      : 'every signal reports a change that we made ourselves',
  };
};

const NOT_HANDLED = 'not already handled';

/** Whether it was left to another incident, which heals it. */
export const isLeftToAnother = ({ checks }: Pick<Validation, 'checks'>): boolean =>
  checks.some(({ check, passed }) => check === NOT_HANDLED && !passed);

const notHandled = ({ evidence, incidentId }: ValidationInput): Check => {
  const check = NOT_HANDLED;
  if (evidence.sameCauseAs !== undefined) {
    return { check, passed: false, reason: `it has the same cause as ${evidence.sameCauseAs}, which heals it` };
  }
  const other = evidence.earlierIncidents.find(
    (incident) => incident.incidentId !== incidentId && ['open', 'awaiting_approval'].includes(incident.status),
  );
  return {
    check,
    passed: other === undefined,
    reason:
      other === undefined ? 'no other incident of this workload is open' : `${other.incidentId} handles it already`,
  };
};

const sound = ({ evidence }: ValidationInput): Check => {
  const passed = EvidenceSchema.safeParse(evidence).success;
  return {
    check: 'well-formed',
    passed,
    reason: passed ? 'matches the schema' : 'the evidence does not match its schema',
  };
};
