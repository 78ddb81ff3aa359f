import { ACTIONS } from '../../core/action/catalogue.ts';
import type { Limits } from '../../core/contracts/limits.ts';
import type { LoopState, ObserveInput } from '../../core/contracts/loop-state.ts';
import type { HealthReading, Outcome } from '../../core/contracts/outcome.ts';
import type { MetricRole } from '../../core/contracts/workload.ts';
import { headOf } from '../../core/journal/chain.ts';
import { InvalidInputError } from '../../core/shared/errors.ts';
import type { Journal } from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { elapsed, epochMs, fromIso, isLonger, seconds } from '../../core/shared/units.ts';
import { concludeOutcome } from '../../core/verification/outcome.ts';
import type { Instruments, Look } from '../shared/measure.ts';
import { measureHealth } from '../shared/measure.ts';
import type { RecorderDeps } from '../shared/recorder.ts';
import { keep } from '../shared/recorder.ts';

export interface ObserveDeps extends RecorderDeps, Instruments {
  readonly journal: Journal;
  readonly limits: Limits;
}

/** Looking four times per metric period sees a change at once; more often would read the same samples again. */
const LOOKS_PER_PERIOD = 4;
const SLOWEST_LOOK_SECONDS = 15;

/**
 * Watches the workload until recovery has held, the action has failed, or the window of one call is over; then the
 * workflow waits and calls again. Only a conclusion is recorded.
 */
export const observe = async (input: ObserveInput, deps: ObserveDeps): Promise<LoopState> => {
  const startedAt = deps.clock.now();
  const outcome = await watch(input, deps);
  if (outcome.status === 'pending') return { ...input, outcome };
  const record = await keep(deps, input, 'OBSERVING_RESULTS', { kind: 'outcome_measured', body: outcome }, startedAt);
  return { ...input, head: headOf(record), outcome: record.body };
};

const watch = async (input: ObserveInput, deps: ObserveDeps): Promise<Outcome> => {
  const { validation, evidence } = input;
  const before = validation.reading;
  const effort = effortIn(input, deps);
  if (effort.refused !== null) return refused(before, effort.refused);

  const { actedAt } = effort;
  const startedAt = deps.clock.now();
  const { workload, forecast } = evidence;
  const mustShow = Object.keys(before.values) as MetricRole[];
  const pause = Math.min(SLOWEST_LOOK_SECONDS, Math.max(1, workload.metricPeriodSeconds / LOOKS_PER_PERIOD));
  let healthySince = input.outcome?.healthySince ?? null;
  const readings: HealthReading[] = [];
  for (;;) {
    readings.push(await measureHealth(deps, workload, { ...lookAfter(actedAt, deps, mustShow), forecast }));
    const concluded = concludeOutcome({
      before,
      readings,
      healthySince: healthySince === null ? null : fromIso(healthySince),
      actedAt,
      now: deps.clock.now(),
      holdSeconds: deps.limits.holdSeconds,
      deadlineSeconds: effort.deadlineSeconds,
      changed: effort.changed,
    });
    const outcome = effort.judge({ ...concluded, readings: (input.outcome?.readings ?? 0) + concluded.readings });
    if (outcome.status !== 'pending') return outcome;
    healthySince = outcome.healthySince;
    const watched = elapsed(startedAt, deps.clock.now());
    if (isLonger(watched, seconds(deps.limits.observeWindowSeconds - pause))) return outcome;
    await deps.clock.sleep(seconds(pause));
  }
};

/** Whose effect is watched, and for how long it may take to show. */
interface Effort {
  /** Why nothing was done; null when something was. */
  readonly refused: string | null;
  readonly actedAt: EpochMs;
  readonly deadlineSeconds: number;
  readonly changed: boolean;
  readonly judge: (outcome: Outcome) => Outcome;
}

/** A person needs longer than an action: to read, to find out, to do it. */
const BY_HAND_SECONDS = 3_600;

const effortIn = ({ incidentId, action, approval }: ObserveInput, { limits }: ObserveDeps): Effort => {
  if (action !== undefined) {
    return {
      refused: action.status === 'refused' ? action.detail : null,
      actedAt: fromIso(action.endedAt),
      deadlineSeconds: limits.effectDeadlineSeconds,
      changed: ACTIONS[action.actionId].mutates && action.status !== 'not_needed',
      judge: (outcome) => outcome,
    };
  }
  if (approval?.answer !== 'takeover') {
    throw new InvalidInputError(
      `action: ${incidentId} has none, and nobody has taken over: there is no effect to watch`,
    );
  }
  const by = `${approval.approver ?? 'somebody'} had taken over`;
  return {
    refused: null,
    actedAt: fromIso(approval.answeredAt),
    deadlineSeconds: BY_HAND_SECONDS,
    changed: true,
    // What a person made worse is theirs to undo.
    judge: (outcome) => ({
      ...outcome,
      status: outcome.status === 'worse' ? 'unchanged' : outcome.status,
      reason: `${outcome.reason}; ${by}`,
    }),
  };
};

/** Old tasks may go on failing while an action replaces them: only the hold time must be free of failures. */
const lookAfter = (actedAt: EpochMs, { clock, limits }: ObserveDeps, mustShow: readonly MetricRole[]): Look => ({
  samplesSince: actedAt,
  exitsSince: epochMs(Math.max(actedAt, clock.now() - seconds(limits.holdSeconds))),
  mustShow,
});

const refused = (before: HealthReading, reason: string): Outcome => ({
  status: 'unchanged',
  before,
  after: before,
  healthySince: null,
  minutes: 0,
  readings: 0,
  reason,
});
