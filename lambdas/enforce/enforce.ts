import { ACTIONS } from '../../core/action/catalogue.ts';
import type { Limits } from '../../core/contracts/limits.ts';
import type { EnforceInput, LoopState } from '../../core/contracts/loop-state.ts';
import type { Verdict } from '../../core/contracts/verdict.ts';
import { hashPlan } from '../../core/decision/decide.ts';
import { guardChain } from '../../core/guard/chain.ts';
import { evaluate } from '../../core/guard/evaluate.ts';
import type { Fact } from '../../core/guard/facts.ts';
import { guardFacts, known, unknown } from '../../core/guard/facts.ts';
import { headOf } from '../../core/journal/chain.ts';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import type { CoordinationStore, Journal, ModeSource } from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { after, seconds, toIso } from '../../core/shared/units.ts';
import type { RecorderDeps } from '../shared/recorder.ts';
import { inForce, keep, recordOf } from '../shared/recorder.ts';

export interface EnforceDeps extends RecorderDeps {
  readonly journal: Journal;
  readonly coordination: CoordinationStore;
  readonly mode: ModeSource;
  readonly limits: Limits;
}

/** A grant can lose a race against another incident; after this many the workflow's retry spreads them out. */
const MAX_RACES = 3;

/**
 * Runs every guard over facts read just now. What may act takes its lease, its slot and one action of the budget in the
 * same transaction as the verdict's record, so that there is no verdict without them and no lease without a verdict.
 */
export const enforce = async (input: EnforceInput, deps: EnforceDeps): Promise<LoopState> => {
  for (let race = 0; race < MAX_RACES; race += 1) {
    const state = await enforceOnce(input, deps);
    if (state !== 'conflict') return state;
  }
  throw new DependencyUnavailableError(
    `lost ${MAX_RACES} races for the lease of ${input.evidence.workload.workloadId}`,
  );
};

const enforceOnce = async (input: EnforceInput, deps: EnforceDeps): Promise<LoopState | 'conflict'> => {
  const now = deps.clock.now();
  const { workload } = input.evidence;
  const [mode, coordination] = await Promise.all([
    toFact(() => deps.mode.read()),
    toFact(() => deps.coordination.read(workload.workloadId, now)),
  ]);
  const facts = guardFacts(input, { now, limits: deps.limits, mode, coordination });
  const evaluation = evaluate(guardChain, facts, (plan) => hashPlan(plan, deps.sha256));
  const { planHash, plan } = input.decision;

  if (evaluation.verdict === 'deny' || !ACTIONS[plan.actionId].mutates || !coordination.known) {
    const verdict: Verdict = { ...evaluation, planHash, lease: null };
    const record = await keep(deps, input, 'ENFORCING', { kind: 'verdict_given', body: verdict }, now);
    return { ...input, head: headOf(record), verdict: record.body };
  }

  const expectedToken = coordination.value.lease?.fencingToken ?? 0;
  const lease = {
    holder: input.incidentId,
    fencingToken: expectedToken + 1,
    expiresAt: leaseEnd(now, deps.limits, evaluation.verdict),
  };
  const verdict: Verdict = {
    ...evaluation,
    planHash,
    lease: { resource: workload.workloadId, fencingToken: lease.fencingToken, expiresAt: toIso(lease.expiresAt) },
  };
  const ours = recordOf(deps, input, 'ENFORCING', { kind: 'verdict_given', body: verdict }, now);
  const granted = await deps.coordination.grant({
    record: ours,
    workloadId: workload.workloadId,
    lease,
    expectedToken,
    now,
    maxConcurrentActions: deps.limits.maxConcurrentActions,
    maxActionsPerHour: deps.limits.maxActionsPerHour,
  });
  if (granted.status === 'conflict') return 'conflict';
  const record = inForce('verdict_given', ours, granted.status === 'granted' ? { status: 'appended' } : granted);
  return { ...input, head: headOf(record), verdict: record.body };
};

/** A person may take their time; the lease lasts until after their answer. */
const leaseEnd = (now: EpochMs, limits: Limits, verdict: Verdict['verdict']): EpochMs =>
  after(now, seconds(limits.leaseSeconds + (verdict === 'ask' ? limits.approvalTtlSeconds : 0)));

const toFact = async <T>(read: () => Promise<T>): Promise<Fact<T>> => {
  try {
    return known(await read());
  } catch (error) {
    return unknown(error instanceof Error ? error.message : String(error));
  }
};
