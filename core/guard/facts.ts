import * as z from 'zod';
import { ActionIdSchema } from '../contracts/action.ts';
import { AutonomySchema, CandidateSchema, DecisionSchema } from '../contracts/decision.ts';
import { TaskSummarySchema, WorkloadStateSchema } from '../contracts/evidence.ts';
import type { Decision } from '../contracts/decision.ts';
import { LearningLimitsSchema, LimitsSchema, ModeSchema } from '../contracts/limits.ts';
import type { Limits } from '../contracts/limits.ts';
import type { EnforceInput } from '../contracts/loop-state.ts';
import { OutcomeStatusSchema } from '../contracts/outcome.ts';
import { SignalSchema } from '../contracts/signal.ts';
import { ApprovalSchema, VerdictSchema } from '../contracts/verdict.ts';
import type { Approval } from '../contracts/verdict.ts';
import {
  EcsServiceWorkloadSchema,
  LambdaFunctionWorkloadSchema,
  SqsQueueWorkloadSchema,
} from '../contracts/workload.ts';
import type { Coordination } from '../shared/ports.ts';
import { epochMs, fromIso } from '../shared/units.ts';
import type { EpochMs } from '../shared/units.ts';

/** Something a guard must know, or the reason why it is not known. Not knowing is never a default value. */
export type Fact<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string };

export const known = <T>(value: T): Fact<T> => ({ known: true, value });

/** @param why - completes "… could not be read: …", for a person */
export const unknown = (why: string): Fact<never> => ({ known: false, why });

const InstantSchema = z.number().transform(epochMs);
const CountSchema = z.int().min(0);

const LeaseFactSchema = z.object({ holder: z.string().min(1), fencingToken: CountSchema, expiresAt: InstantSchema });

const CoordinationSchema = z.object({
  lease: LeaseFactSchema.nullable(),
  groupLeases: z.array(LeaseFactSchema).readonly(),
  history: z
    .array(
      z.object({
        incidentId: z.string().min(1),
        actionId: ActionIdSchema,
        at: InstantSchema,
        outcome: OutcomeStatusSchema,
        changeIds: z.array(z.string()).readonly(),
      }),
    )
    .readonly(),
  actionsThisHour: CountSchema,
  acting: z.array(z.string().min(1)).readonly(),
  spentTodayMicroUsd: CountSchema,
  backlog: z.array(z.string().min(1)).readonly(),
});

const LimitFactsSchema = LimitsSchema.pick({
  env: true,
  freshnessSeconds: true,
  maxAttempts: true,
  cooldownSeconds: true,
  maxConsecutiveFailures: true,
  maxIneffectiveSuccesses: true,
  maxRecurrences: true,
  minHealthyPercent: true,
  maxConcurrentActions: true,
  maxActionsPerHour: true,
  confidenceFloor: true,
  askFromRisk: true,
  approvalTtlSeconds: true,
  byCriticality: true,
  maxCostPerDayUsd: true,
  taskHourUsd: true,
  backlogAfterSeconds: true,
  backlogDryRuns: true,
  backlogMaxAsked: true,
}).extend({ learning: z.object({ earn: LearningLimitsSchema.shape.earn }) });

const registration = {
  kind: true,
  workloadId: true,
  owner: true,
  tier: true,
  criticality: true,
  allowedActions: true,
  maintenanceWindows: true,
  quietHours: true,
} as const;
const WorkloadFactsSchema = z.discriminatedUnion('kind', [
  EcsServiceWorkloadSchema.pick({ ...registration, minTasks: true, maxTasks: true }),
  LambdaFunctionWorkloadSchema.pick(registration),
  SqsQueueWorkloadSchema.pick(registration),
]);

/** Of every contract only what a guard reads: a denial is then always about something that matters. */
const schemas = {
  now: InstantSchema,
  limits: LimitFactsSchema,
  mode: z.object({ mode: ModeSchema, reason: z.string(), since: InstantSchema.nullable() }),
  incident: z.object({
    incidentId: z.string().min(1),
    attempt: z.int().min(1),
    openedAt: InstantSchema,
    waitedSince: InstantSchema.optional(),
    asked: z.boolean(),
  }),
  workload: WorkloadFactsSchema,
  observedAt: InstantSchema,
  state: z.object({
    desired: WorkloadStateSchema.shape.desired,
    running: WorkloadStateSchema.shape.running.optional(),
    tasks: z.array(TaskSummarySchema.pick({ taskArn: true, lastStatus: true, sick: true })),
  }),
  signals: z.array(
    SignalSchema.pick({ status: true, role: true, changeIds: true }).extend({ occurredAt: InstantSchema }),
  ),
  decision: DecisionSchema.pick({
    plan: true,
    planHash: true,
    risk: true,
    reversible: true,
    fingerprint: true,
    requestedBy: true,
  }).extend({
    candidates: z.array(CandidateSchema.pick({ actionId: true, masked: true, recoverProbability: true })),
    autonomy: AutonomySchema.pick({ hypothesis: true, heals: true, failures: true, lowerBound: true }).nullable(),
  }),
  coordination: CoordinationSchema,
  incidentsToday: CountSchema,
  verdict: VerdictSchema.pick({ verdict: true, planHash: true, lease: true, question: true }),
  approval: ApprovalSchema.required({ questionId: true, actionId: true, approvers: true }).nullable(),
} as const;

type GivenFacts = { readonly [Name in keyof typeof schemas]: z.output<(typeof schemas)[Name]> };

/** All that guards may look at; `planHashNow` is the plan's hash computed again, by us, just now. */
export type KnownFacts = GivenFacts & { readonly planHashNow: string };
export type FactName = keyof KnownFacts;

type Facts<Name extends FactName> = { readonly [N in Name]: Fact<KnownFacts[N]> };

/** The facts as Enforce hands them over: each known, or unknown with a reason. */
export type GuardFacts = Facts<Exclude<FactName, 'planHashNow' | 'verdict' | 'approval'>>;

/**
 * The facts as Act hands them over, read again immediately before it acts: `observedAt` is when Act itself looked at
 * the workload, `approval` is null when nobody was asked.
 */
export type RecheckFacts = Facts<
  'now' | 'limits' | 'mode' | 'workload' | 'observedAt' | 'decision' | 'verdict' | 'approval'
>;

/** The facts as guards get them: parsed, so that a value is either of its type and finite or not known. */
export type ReadFacts = Facts<FactName>;

/** Lower-case hex SHA-256 of the plan's canonical JSON. */
export type HashPlan = (plan: KnownFacts['decision']['plan']) => string;

/** The facts in words, for "... could not be read". */
export const factWords: Readonly<Record<FactName, string>> = {
  now: 'the time',
  limits: 'the limits of the environment',
  mode: 'the mode',
  incident: 'the incident',
  workload: 'the workload',
  observedAt: 'the time of the observation',
  state: 'the state of the workload',
  signals: 'the signals',
  decision: 'the decision',
  coordination: 'leases, budget and earlier actions',
  incidentsToday: 'the number of incidents of the workload today',
  verdict: 'the verdict',
  approval: 'the approval',
  planHashNow: 'the hash of the plan',
};

/** A decision as guards read it. One of before the ledger was kept says nothing about what was earned. */
export const decisionFact = (decision: Decision): Fact<KnownFacts['decision']> =>
  known({ ...decision, autonomy: decision.autonomy ?? null });

/** The approval as Act's guards want it: null when nobody was asked, unknown when it does not say all that it must. */
export const approvalFact = (approval: Approval | undefined): Fact<KnownFacts['approval']> =>
  readFact(schemas.approval, known(approval ?? null));

/** Collects what the loop's state already holds; the rest comes from outside and may be unknown. */
export const guardFacts = (
  { incidentId, attempt, openedAt, waitedSince, evidence, decision, approval }: EnforceInput,
  outside: {
    readonly now: EpochMs;
    readonly limits: Limits;
    readonly mode: Fact<KnownFacts['mode']>;
    readonly coordination: Fact<Coordination>;
  },
): GuardFacts => ({
  now: known(outside.now),
  limits: known(outside.limits),
  mode: outside.mode,
  incident: known({
    incidentId,
    attempt,
    openedAt: fromIso(openedAt),
    ...(waitedSince === undefined ? {} : { waitedSince: fromIso(waitedSince) }),
    asked: approval !== undefined,
  }),
  workload: known(evidence.workload),
  observedAt: known(fromIso(evidence.observedAt)),
  state: known(evidence.state),
  signals: known(evidence.signals.map((signal) => ({ ...signal, occurredAt: fromIso(signal.occurredAt) }))),
  decision: decisionFact(decision),
  coordination: outside.coordination,
  incidentsToday:
    evidence.incidentsToday === undefined ? unknown('nobody could count them') : known(evidence.incidentsToday),
});

/**
 * Parses every fact: what is missing, of the wrong type or not finite becomes unknown, with the field and the reason.
 * Facts come from stored data and other services, and types say nothing about those at run time.
 */
export const readFacts = (facts: GuardFacts | RecheckFacts, hashPlan: HashPlan): ReadFacts => {
  const given: Partial<ReadFacts> = { ...facts };
  const decision = readFact(schemas.decision, given.decision);
  return {
    now: readFact(schemas.now, given.now),
    limits: readFact(schemas.limits, given.limits),
    mode: readFact(schemas.mode, given.mode),
    incident: readFact(schemas.incident, given.incident),
    workload: readFact(schemas.workload, given.workload),
    observedAt: readFact(schemas.observedAt, given.observedAt),
    state: readFact(schemas.state, given.state),
    signals: readFact(schemas.signals, given.signals),
    decision,
    coordination: readFact(schemas.coordination, given.coordination),
    incidentsToday: readFact(schemas.incidentsToday, given.incidentsToday),
    verdict: readFact(schemas.verdict, given.verdict),
    approval: readFact(schemas.approval, given.approval),
    planHashNow: hashNow(decision, hashPlan),
  };
};

const EnvelopeSchema = z.discriminatedUnion('known', [
  z.object({ known: z.literal(true), value: z.unknown() }),
  z.object({ known: z.literal(false), why: z.string() }),
]);

const readFact = <T>(schema: z.ZodType<T>, fact: unknown): Fact<T> => {
  const envelope = EnvelopeSchema.safeParse(fact);
  if (!envelope.success) return unknown('it is missing or not a fact');
  if (!envelope.data.known) return envelope.data;
  const value = schema.safeParse(envelope.data.value);
  return value.success ? known(value.data) : unknown(wordsOf(value.error));
};

const wordsOf = (error: z.ZodError): string =>
  error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; ');

const hashNow = (decision: ReadFacts['decision'], hashPlan: HashPlan): Fact<string> => {
  if (!decision.known) return decision;
  try {
    return readFact(z.string().length(64), known(hashPlan(decision.value.plan)));
  } catch (error) {
    return unknown(String(error));
  }
};
