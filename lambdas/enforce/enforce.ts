import { ACTIONS } from '../../core/action/catalogue.ts';
import { withApproval } from '../../core/approval/consent.ts';
import { questionOf } from '../../core/approval/question.ts';
import { confirmationOf, withRequest } from '../../core/approval/requested.ts';
import type { Limits } from '../../core/contracts/limits.ts';
import type { EnforceInput, LoopState } from '../../core/contracts/loop-state.ts';
import type { Verdict } from '../../core/contracts/verdict.ts';
import { hashPlan } from '../../core/action/hash-plan.ts';
import { whyWaited } from '../../core/guard/backlog.ts';
import { guardChain } from '../../core/guard/chain.ts';
import { costOf } from '../../core/guard/cost.ts';
import type { Evaluation } from '../../core/guard/evaluate.ts';
import { evaluate } from '../../core/guard/evaluate.ts';
import type { Fact, GuardFacts } from '../../core/guard/facts.ts';
import { guardFacts, known, unknown } from '../../core/guard/facts.ts';
import type { PolicyEngine } from '../../core/guard/policy.ts';
import { headOf } from '../../core/journal/chain.ts';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import type { Coordination, CoordinationStore, Journal, ModeSource } from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { after, seconds, toIso } from '../../core/shared/units.ts';
import type { RecorderDeps } from '../shared/recorder.ts';
import { inForce, keep, recordOf } from '../shared/recorder.ts';

export interface EnforceDeps extends RecorderDeps {
  readonly journal: Journal;
  readonly coordination: CoordinationStore;
  readonly mode: ModeSource;
  readonly policies: PolicyEngine;
  readonly limits: Limits;
}

/** A grant can lose a race against another incident; after this many the workflow's retry spreads them out. */
const MAX_RACES = 3;

/** As many leases as one request reads and one transaction checks, with room for what else is in them. */
const MAX_GROUP = 80;

/**
 * Runs every guard over facts read just now. What may act takes its lease, its slot and its part of the budgets in the
 * same transaction as the verdict's record, so that there is no verdict without them and no lease without a verdict.
 *
 * What has to be asked takes none of them; after a yes it comes back here, with evidence that was gathered anew.
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

const enforceOnce = async (given: EnforceInput, deps: EnforceDeps): Promise<LoopState | 'conflict'> => {
  const now = deps.clock.now();
  const { workload } = given.evidence;
  const [mode, coordination] = await Promise.all([
    toFact(() => deps.mode.read()),
    toFact(async () => deps.coordination.read(workload.workloadId, now, groupOf(given))),
  ]);
  const facts = guardFacts(given, { now, limits: deps.limits, mode, coordination });
  const found = evaluate(guardChain, facts, (plan) => hashPlan(plan, deps.sha256), deps.policies);
  const judged = withRequest(found, given, deps.limits);
  const input = withConfirmation(given, judged, deps, coordination, now);
  const evaluation = withApproval(judged, input, deps.limits, coordination, now);
  const { planHash, plan } = given.decision;

  if (evaluation.verdict !== 'allow' || !ACTIONS[plan.actionId].mutates || !coordination.known) {
    const verdict: Verdict = {
      ...evaluation,
      planHash,
      lease: null,
      ...questionIn(evaluation, input, deps, coordination, now),
    };
    return keepUngranted(input, deps, verdict, placeInBacklog(input.incidentId, facts), now);
  }

  const expectedToken = coordination.value.lease?.fencingToken ?? 0;
  const lease = {
    holder: input.incidentId,
    fencingToken: expectedToken + 1,
    expiresAt: after(now, seconds(deps.limits.leaseSeconds)),
  };
  const verdict: Verdict = {
    ...evaluation,
    planHash,
    lease: { resource: workload.workloadId, fencingToken: lease.fencingToken, expiresAt: toIso(lease.expiresAt) },
    ...answeredQuestion(input),
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
    group: groupOf(input),
    costMicroUsd: costOf(plan, input.evidence.state.desired, deps.limits.taskHourUsd),
    maxCostPerDayMicroUsd: Math.floor(deps.limits.maxCostPerDayUsd * 1_000_000),
  });
  if (granted.status === 'conflict') return 'conflict';
  const record = inForce('verdict_given', ours, granted.status === 'granted' ? { status: 'appended' } : granted);
  return { ...input, ...confirmedIn(given, record.body), head: headOf(record), verdict: record.body };
};

/** The question and its answer, where whoever asked for the change may approve it and has confirmed it. */
const withConfirmation = (
  input: EnforceInput,
  judged: Evaluation,
  deps: EnforceDeps,
  coordination: Fact<Coordination>,
  now: EpochMs,
): EnforceInput => {
  if (input.request === undefined || judged.verdict !== 'ask' || !coordination.known) return input;
  const question = questionOf(input, deps.limits, coordination.value.lease?.fencingToken ?? 0, now, deps.sha256);
  const approval = confirmationOf(input, input.decision, question);
  if (approval === null) return input;
  return {
    ...input,
    approval,
    verdict: { ...judged, planHash: input.decision.planHash, lease: null, question },
  };
};

/** The confirmation by the verdict in force, which an earlier run may have given at another time. */
const confirmedIn = (given: EnforceInput, { question }: Verdict): Pick<LoopState, 'approval'> => {
  const approval = question === undefined ? null : confirmationOf(given, given.decision, question);
  return approval === null ? {} : { approval };
};

/** Keeps a verdict that grants nothing; an incident that waited joins the backlog with it, so that it is counted once. */
const keepUngranted = async (
  input: EnforceInput,
  deps: EnforceDeps,
  verdict: Verdict,
  place: number | null,
  now: EpochMs,
): Promise<LoopState | 'conflict'> => {
  const entry = { kind: 'verdict_given', body: verdict } as const;
  if (place === null) {
    const record = await keep(deps, input, 'ENFORCING', entry, now);
    return { ...input, head: headOf(record), verdict: record.body };
  }
  const ours = recordOf(deps, input, 'ENFORCING', entry, now);
  const joined = await deps.coordination.enqueue(ours, place, now);
  if (joined.status === 'conflict') return 'conflict';
  const record = inForce('verdict_given', ours, joined.status === 'granted' ? { status: 'appended' } : joined);
  return { ...input, head: headOf(record), verdict: record.body };
};

/** The other workloads whose alarms the same fault can explain: those that depend on each other. */
const groupOf = ({ members, evidence }: EnforceInput): readonly string[] => {
  const others = members.filter((member) => member !== evidence.workload.workloadId);
  if (others.length <= MAX_GROUP) return others;
  throw new Error(`${others.length} workloads depend on each other, and at most ${MAX_GROUP} can be checked at once`);
};

/** How many wait before this incident, when it waited and is not among them yet. */
const placeInBacklog = (
  incidentId: string,
  { now, limits, mode, incident, coordination }: GuardFacts,
): number | null => {
  if (!now.known || !limits.known || !mode.known || !incident.known || !coordination.known) return null;
  const { backlog } = coordination.value;
  const facts = { now: now.value, limits: limits.value, mode: mode.value, incident: incident.value };
  return whyWaited(facts) === null || backlog.includes(incidentId) ? null : backlog.length;
};

/** A question that waits holds nothing: no lease, no slot, no budget. It remembers the token instead. */
const questionIn = (
  { verdict }: Evaluation,
  input: EnforceInput,
  { limits, sha256 }: EnforceDeps,
  coordination: Fact<Coordination>,
  now: EpochMs,
): Pick<Verdict, 'question'> => {
  if (verdict !== 'ask' || !coordination.known) return answeredQuestion(input);
  return { question: questionOf(input, limits, coordination.value.lease?.fencingToken ?? 0, now, sha256) };
};

/** The question that the approval answers goes on with the verdict, for Act to hold the approval to it once more. */
const answeredQuestion = ({ approval, verdict }: EnforceInput): Pick<Verdict, 'question'> =>
  approval === undefined || verdict?.question === undefined ? {} : { question: verdict.question };

const toFact = async <T>(read: () => Promise<T>): Promise<Fact<T>> => {
  try {
    return known(await read());
  } catch (error) {
    return unknown(error instanceof Error ? error.message : String(error));
  }
};
