import { createHash } from 'node:crypto';
import type { ActionPlan } from '../../../core/contracts/action.ts';
import type { GuardName, Question, Verdict } from '../../../core/contracts/verdict.ts';
import { guardChain } from '../../../core/guard/chain.ts';
import { evaluate } from '../../../core/guard/evaluate.ts';
import { known } from '../../../core/guard/facts.ts';
import type { Fact, GuardFacts, KnownFacts, RecheckFacts } from '../../../core/guard/facts.ts';
import type { AnyGuard } from '../../../core/guard/guard.ts';
import { ownPolicies } from '../../support/policies.ts';
import { recheckChain } from '../../../core/guard/recheck.ts';
import { canonicalJson } from '../../../core/journal/canonical-json.ts';
import { fromIso, toIso } from '../../../core/shared/units.ts';
import type { EpochMs } from '../../../core/shared/units.ts';

export const own = 'inc-20261121-115800-payments-aaaaaa';
export const other = 'inc-20261121-080000-payments-bbbbbb';
export const now = fromIso('2026-11-21T12:00:00.000Z');
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** An instant so many milliseconds before now; negative: after it. */
export const ago = (milliseconds: number): EpochMs => (now - milliseconds) as EpochMs;
export const isoAgo = (milliseconds: number): string => toIso(ago(milliseconds));

/** Kintsugi's own policies, as they are deployed. */
export const policies = ownPolicies();

export const hashPlan = (plan: ActionPlan): string => createHash('sha256').update(canonicalJson(plan)).digest('hex');

export const limits: KnownFacts['limits'] = {
  env: 'prod',
  freshnessSeconds: 120,
  maxAttempts: 3,
  cooldownSeconds: 300,
  maxConsecutiveFailures: 3,
  maxIneffectiveSuccesses: 3,
  maxRecurrences: 5,
  minHealthyPercent: 51,
  maxConcurrentActions: 2,
  maxActionsPerHour: 6,
  confidenceFloor: 0.5,
  askFromRisk: 'medium',
  approvalTtlSeconds: 1_800,
  learning: { earn: null },
  byCriticality: {},
  maxCostPerDayUsd: 20,
  taskHourUsd: 0.05,
  backlogAfterSeconds: 300,
  backlogDryRuns: 3,
  backlogMaxAsked: 10,
};

export const workload = {
  kind: 'ecs-service',
  workloadId: 'payments',
  owner: 'shop-team',
  tier: 'web',
  criticality: 2,
  allowedActions: ['restart', 'redeploy', 'scaleOut', 'scaleIn', 'rollback', 'redrive'],
  minTasks: 2,
  maxTasks: 6,
} satisfies KnownFacts['workload'];

export const task = (taskArn: string, sick: boolean, lastStatus = 'RUNNING') => ({
  taskArn,
  lastStatus,
  sick,
});

/** Four tasks, of which t1 is sick. */
export const state: KnownFacts['state'] = {
  desired: 4,
  tasks: [task('t1', true), task('t2', false), task('t3', false), task('t4', false)],
};

export const restart: ActionPlan = { actionId: 'restart', taskArns: ['t1'] };

/** A decision for the plan, as Decide would write it. */
export const decisionFor = (plan: ActionPlan, mean: number | null = 0.8): KnownFacts['decision'] => ({
  plan,
  planHash: hashPlan(plan),
  risk: 'low',
  reversible: true,
  fingerprint: 'crashLoop/high',
  candidates: [
    {
      actionId: plan.actionId,
      masked: null,
      recoverProbability: mean === null ? null : { mean, low: 0.5, high: 0.9 },
    },
  ],
  autonomy: null,
});

type PastAction = KnownFacts['coordination']['history'][number];

export const past = (at: EpochMs, changes: Partial<PastAction> = {}): PastAction => ({
  incidentId: other,
  actionId: 'restart',
  at,
  outcome: 'recovered',
  changeIds: [],
  ...changes,
});

export const coordination: KnownFacts['coordination'] = {
  lease: null,
  history: [],
  actionsThisHour: 0,
  acting: [],
  groupLeases: [],
  spentTodayMicroUsd: 0,
  backlog: [],
};

export const question: Question = {
  questionId: '0123456789abcdef',
  workloadId: 'payments',
  fingerprint: 'crashLoop/high',
  fencingToken: 2,
  offered: [hashPlan(restart)],
  approvals: 1,
  askedAt: isoAgo(5 * MINUTE),
  expiresAt: isoAgo(-10 * MINUTE),
};

export const verdict: Pick<Verdict, 'verdict' | 'planHash' | 'lease' | 'question'> = {
  verdict: 'allow',
  planHash: hashPlan(restart),
  lease: { resource: 'payments', fencingToken: 3, expiresAt: isoAgo(-5 * MINUTE) },
};

export const approved: NonNullable<KnownFacts['approval']> = {
  answer: 'approve',
  approver: 'ada',
  planHash: hashPlan(restart),
  answeredAt: isoAgo(MINUTE),
  reason: null,
  questionId: question.questionId,
  actionId: 'restart',
  approvers: ['ada'],
};

type Values<Facts> = { [Name in keyof Facts]: Facts[Name] extends Fact<infer T> ? T : never };
export type GuardValues = Values<GuardFacts>;
export type RecheckValues = Values<RecheckFacts>;

export const firing = (...changeIds: string[]): KnownFacts['signals'][number] => ({
  status: 'firing',
  role: 'errorRate',
  occurredAt: ago(2 * MINUTE),
  changeIds,
});

/** One payments task is sick, and nothing speaks against restarting it. */
export const calm: GuardValues = {
  now,
  limits,
  mode: { mode: 'auto', reason: 'set by ops', since: ago(HOUR) },
  incident: { incidentId: own, attempt: 1, openedAt: ago(2 * MINUTE), asked: false },
  workload,
  observedAt: ago(10 * SECOND),
  state,
  signals: [firing()],
  decision: decisionFor(restart),
  coordination,
  incidentsToday: 0,
};

export const calmAtAct: RecheckValues = {
  now,
  limits,
  mode: calm.mode,
  workload,
  observedAt: ago(SECOND),
  decision: decisionFor(restart),
  verdict,
  approval: null,
};

const knownAll = (values: object) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, known(value)]));

export const factsOf = (changes: Partial<GuardValues> = {}): GuardFacts =>
  knownAll({ ...calm, ...changes }) as GuardFacts;

export const recheckFactsOf = (changes: Partial<RecheckValues> = {}): RecheckFacts =>
  knownAll({ ...calmAtAct, ...changes }) as RecheckFacts;

/** What one guard of Enforce says, as one line: `result: reason (fact; limit; source)`. */
export const said = (guard: GuardName, changes: Partial<GuardValues> = {}): string =>
  lineOf(guardChain, guard, factsOf(changes));

/** The same for Act's re-check. */
export const saidAtAct = (guard: GuardName, changes: Partial<RecheckValues> = {}): string =>
  lineOf(recheckChain, guard, recheckFactsOf(changes));

const lineOf = (chain: readonly AnyGuard[], name: GuardName, facts: GuardFacts | RecheckFacts): string => {
  // Alone, so that a mutation run knows which tests are about which guard.
  const alone = chain.filter((guard) => guard.name === name);
  const [found] = evaluate(alone, facts as GuardFacts, hashPlan, policies).guards;
  return `${found?.result}: ${found?.reason} (${found?.fact}; ${found?.limit}; ${found?.limitSource})`;
};
