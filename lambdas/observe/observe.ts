import { ACTIONS } from '../../core/action/catalogue.ts';
import type { Limits } from '../../core/contracts/limits.ts';
import type { LoopState, ObserveInput } from '../../core/contracts/loop-state.ts';
import type { HealthReading, Outcome } from '../../core/contracts/outcome.ts';
import type { MetricRole } from '../../core/contracts/workload.ts';
import { headOf } from '../../core/journal/chain.ts';
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
  const { action, validation, evidence } = input;
  const before = validation.reading;
  if (action.status === 'refused') return refused(before, action.detail);

  const actedAt = fromIso(action.endedAt);
  const startedAt = deps.clock.now();
  const { workload } = evidence;
  const mustShow = Object.keys(before.values) as MetricRole[];
  const pause = Math.min(SLOWEST_LOOK_SECONDS, Math.max(1, workload.metricPeriodSeconds / LOOKS_PER_PERIOD));
  let healthySince = input.outcome?.healthySince ?? null;
  const readings: HealthReading[] = [];
  for (;;) {
    readings.push(await measureHealth(deps, workload, lookAfter(actedAt, deps, mustShow)));
    const concluded = concludeOutcome({
      before,
      readings,
      healthySince: healthySince === null ? null : fromIso(healthySince),
      actedAt,
      now: deps.clock.now(),
      holdSeconds: deps.limits.holdSeconds,
      deadlineSeconds: deps.limits.effectDeadlineSeconds,
      changed: ACTIONS[action.actionId].mutates && action.status !== 'not_needed',
    });
    const outcome = { ...concluded, readings: (input.outcome?.readings ?? 0) + concluded.readings };
    if (outcome.status !== 'pending') return outcome;
    healthySince = outcome.healthySince;
    const watched = elapsed(startedAt, deps.clock.now());
    if (isLonger(watched, seconds(deps.limits.observeWindowSeconds - pause))) return outcome;
    await deps.clock.sleep(seconds(pause));
  }
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
