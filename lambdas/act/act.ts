import { ACTIONS } from '../../core/action/catalogue.ts';
import { describePlan } from '../../core/action/plan.ts';
import type { ActionPlan, AppliedAction } from '../../core/contracts/action.ts';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import type { Limits } from '../../core/contracts/limits.ts';
import type { ActInput, LoopState, UndoInput } from '../../core/contracts/loop-state.ts';
import { hashPlan } from '../../core/action/hash-plan.ts';
import { approvalFact, decisionFact, known } from '../../core/guard/facts.ts';
import { recheck } from '../../core/guard/recheck.ts';
import { StalePlanError } from '../../core/shared/errors.ts';
import { headOf } from '../../core/journal/chain.ts';
import type { Actuator, CoordinationStore, Intended, Journal, ModeSource } from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { after, fromIso, seconds, toIso } from '../../core/shared/units.ts';
import type { Instruments } from '../shared/measure.ts';
import { lookAtPresent, measureHealth } from '../shared/measure.ts';
import type { RecorderDeps } from '../shared/recorder.ts';
import { inForce, keep, recordOf } from '../shared/recorder.ts';

export interface ActDeps extends RecorderDeps, Instruments {
  readonly journal: Journal;
  readonly coordination: Pick<CoordinationStore, 'intend'>;
  readonly mode: ModeSource;
  readonly actuator: Actuator;
  readonly limits: Limits;
}

type Applied = Extract<JournalRecord, { readonly kind: 'action_applied' }>;
type Result = Pick<AppliedAction, 'status' | 'changeIds' | 'detail'>;

/**
 * Does what the verdict allowed, once: looks whether it is still needed and still allowed, writes the intent, acts,
 * records. A second run finds the intent and looks at the workload before it decides whether the action already
 * happened.
 */
export const act = async (input: ActInput, deps: ActDeps): Promise<LoopState> => {
  const startedAt = deps.clock.now();
  const { plan } = input.decision;

  const objection = await objectionTo(input, deps, startedAt);
  if (objection !== null) {
    const first = await conclude(input, deps, input.head, objection, startedAt);
    return first.kind === 'action_applied' ? finished(input, first) : resume(input, deps, first, objection, startedAt);
  }
  const intent = recordOf(
    deps,
    input,
    'ACTING',
    { kind: 'action_intended', body: { plan, approval: input.approval ?? null } },
    startedAt,
  );
  const intended = await writeIntent(input, deps, intent, startedAt);
  switch (intended.status) {
    case 'appended':
      return finished(input, await applyAfter(input, deps, intent, startedAt));
    case 'lost':
      return finished(input, (await conclude(input, deps, input.head, LEASE_LOST, startedAt)) as Applied);
    case 'exists': {
      if (intended.record.kind === 'action_applied') return finished(input, intended.record);
      const earlier = inForce('action_intended', intent, intended);
      return resume(input, deps, earlier, intended.held ? null : LEASE_LOST, startedAt);
    }
  }
};

const LEASE_LOST: Result = {
  status: 'refused',
  changeIds: [],
  detail: 'nothing, because the lease was lost to another incident',
};

/** Takes back what made it worse; says so when that cannot be done. */
export const undo = async (input: UndoInput, deps: ActDeps): Promise<LoopState> => {
  const startedAt = deps.clock.now();
  const { plan } = input.decision;
  const result =
    (await whyNotUndo(input, deps)) ??
    (await attempt('undone', () => deps.actuator.undo(input.evidence.workload, plan, tagOf(input))));
  const body = appliedAction(plan.actionId, result, startedAt, deps);
  const record = await keep(deps, input, 'ACTING', { kind: 'action_undone', body }, startedAt);
  return { ...input, head: headOf(record) };
};

const whyNotUndo = async ({ decision: { plan }, action }: UndoInput, deps: ActDeps): Promise<Result | null> => {
  if (!['applied', 'already_applied'].includes(action.status)) {
    return { status: 'not_needed', changeIds: [], detail: 'nothing was changed, so nothing is put back' };
  }
  if (ACTIONS[plan.actionId].undo === null) {
    return { status: 'refused', changeIds: [], detail: `to ${describePlan(plan)} is irreversible` };
  }
  const { mode, reason } = await deps.mode.read();
  return mode === 'off' ? { status: 'refused', changeIds: [], detail: `the mode is off: ${reason}` } : null;
};

const finished = (input: ActInput, record: Applied): LoopState => ({
  ...input,
  head: headOf(record),
  action: record.body,
});

/** Why nothing should be done after all: it is over, or it is no longer allowed. Null: go ahead. */
const objectionTo = async (input: ActInput, deps: ActDeps, now: EpochMs): Promise<Result | null> => {
  const { workload, forecast } = input.evidence;
  const [reading, mode] = await Promise.all([
    measureHealth(deps, workload, { ...lookAtPresent(now, workload, fromIso(input.openedAt)), forecast }),
    deps.mode.read(),
  ]);
  if (reading.healthy && input.request === undefined) {
    return { status: 'not_needed', changeIds: [], detail: 'nothing, because it had recovered by itself just before' };
  }
  const evaluation = recheck(
    {
      now: known(deps.clock.now()),
      limits: known(deps.limits),
      mode: known(mode),
      workload: known(workload),
      decision: decisionFact(input.decision),
      verdict: known(input.verdict),
      approval: approvalFact(input.approval),
      observedAt: known(fromIso(reading.at)),
    },
    (plan) => hashPlan(plan, deps.sha256),
  );
  if (evaluation.verdict === 'allow') return null;
  const reasons = evaluation.guards.filter((guard) => guard.result !== 'allow').map((guard) => guard.reason);
  return { status: 'refused', changeIds: [], detail: `nothing, because ${reasons.join('; ')}` };
};

/** An action may take its timeout, and the function that runs it some seconds more. */
const LEASE_MARGIN = 2;

const writeIntent = async (input: ActInput, deps: ActDeps, intent: JournalRecord, now: EpochMs): Promise<Intended> => {
  const { lease } = input.verdict;
  if (!ACTIONS[input.decision.plan.actionId].mutates) {
    const appended = await deps.journal.append(intent);
    return appended.status === 'appended' ? appended : { ...appended, held: true };
  }
  if (lease === null) return { status: 'lost' };
  return deps.coordination.intend(
    intent,
    input.evidence.workload.workloadId,
    { holder: input.incidentId, fencingToken: lease.fencingToken, expiresAt: fromIso(lease.expiresAt) },
    // The lease must outlive the action that is begun under it: the next holder may act at its very expiry.
    after(now, seconds(LEASE_MARGIN * deps.limits.actionTimeoutSeconds)),
  );
};

/**
 * An earlier run wrote its intent and then stopped: look before acting, first for its result, then at the workload. What
 * speaks against acting now keeps it from being done, and cannot make undone what was.
 */
const resume = async (
  input: ActInput,
  deps: ActDeps,
  intent: Extract<JournalRecord, { readonly kind: 'action_intended' }>,
  objection: Result | null,
  startedAt: EpochMs,
): Promise<LoopState> => {
  const { plan } = input.decision;
  const records = await deps.journal.read(input.incidentId);
  const recorded = records.find((record) => record.kind === 'action_applied' && record.attempt === input.attempt);
  if (recorded?.kind === 'action_applied') return finished(input, recorded);
  const done = await deps.actuator.isApplied(input.evidence.workload, plan, fromIso(intent.at));
  if (done === false && objection === null) return finished(input, await applyAfter(input, deps, intent, startedAt));
  const result = done === false ? (objection ?? LEASE_LOST) : foundDone(plan, done);
  return finished(input, (await conclude(input, deps, headOf(intent), result, startedAt)) as Applied);
};

/** What may have been done is not done again: it counts as done, and its outcome is measured. */
const foundDone = (plan: ActionPlan, done: true | 'unknown'): Result => ({
  status: 'already_applied',
  changeIds: plan.actionId === 'restart' ? plan.taskArns : [],
  detail: `${describePlan(plan)}, ${done === true ? 'done before this step was restarted' : IN_PART}`,
});
const IN_PART = 'or a part of it: how far it came before this step was restarted cannot be told, so no more is done';

const applyAfter = async (
  input: ActInput,
  deps: ActDeps,
  intent: JournalRecord,
  startedAt: EpochMs,
): Promise<Applied> => {
  const { plan } = input.decision;
  const result = await attempt('applied', () => deps.actuator.apply(input.evidence.workload, plan, tagOf(input)));
  return (await conclude(input, deps, headOf(intent), result, startedAt)) as Applied;
};

/** A plan that no longer fits is refused as data; everything else that goes wrong is thrown to the workflow. */
const attempt = async (
  status: 'applied' | 'undone',
  change: () => Promise<Pick<AppliedAction, 'changeIds' | 'detail'>>,
): Promise<Result> => {
  try {
    return { status, ...(await change()) };
  } catch (error) {
    if (!(error instanceof StalePlanError)) throw error;
    return { status: 'refused', changeIds: [], detail: `nothing, because ${error.message}` };
  }
};

/** Writes the result; returns the record in force, which may be an intent that an earlier run wrote at this place. */
const conclude = async (
  input: ActInput,
  deps: ActDeps,
  head: ActInput['head'],
  result: Result,
  startedAt: EpochMs,
): Promise<Applied | Extract<JournalRecord, { readonly kind: 'action_intended' }>> => {
  const body = appliedAction(input.decision.plan.actionId, result, startedAt, deps);
  const ours = recordOf(deps, { ...input, head }, 'ACTING', { kind: 'action_applied', body }, startedAt);
  const appended = await deps.journal.append(ours);
  if (appended.status === 'exists' && appended.record.kind === 'action_intended') return appended.record;
  return inForce('action_applied', ours, appended);
};

const appliedAction = (
  actionId: AppliedAction['actionId'],
  result: Result,
  startedAt: EpochMs,
  deps: ActDeps,
): AppliedAction => ({ actionId, ...result, startedAt: toIso(startedAt), endedAt: toIso(deps.clock.now()) });

const tagOf = (input: { readonly incidentId: string; readonly attempt: number }) => ({
  incidentId: input.incidentId,
  attempt: input.attempt,
});
