import * as z from 'zod';
import { ActionIdSchema } from './action.ts';
import { EnvironmentNameSchema, WorkloadIdSchema } from './workload.ts';

/** A number with four decimals, as Cedar writes it: policies compare it, and never round. */
const DecimalSchema = z.object({
  __extn: z.object({ fn: z.literal('decimal'), arg: z.string().regex(/^-?\d+\.\d{4}$/) }),
});
export type Decimal = z.output<typeof DecimalSchema>;

const count = z.int();

/**
 * What policies know of the present, one section per guard that reads facts for them: the `context` of
 * `policies/schema.cedarschema`, which a test compares with this. Times are milliseconds, money is US dollars.
 */
const sections = {
  mode: z.object({ mode: z.string() }),
  freshness: z.object({ ageMs: count, maxAgeMs: count, maxSkewMs: count }),
  attempts: z.object({ attempt: count, maxAttempts: count }),
  cooldown: z.object({ changedBefore: z.boolean(), sinceLastChangeMs: count, pauseMs: count }),
  consecutiveFailures: z.object({ inARow: count, max: count }),
  ineffectiveSuccesses: z.object({ withoutRecovery: count, max: count }),
  recurrence: z.object({ incidents: count, max: count }),
  blastRadius: z.object({
    tasksKnown: z.boolean(),
    tasksNow: count,
    tasksAfter: count,
    minTasks: count,
    maxTasks: count,
    healthyTaken: count,
    healthyLeft: count,
    minHealthyPercent: count,
  }),
  singleFlight: z.object({ heldByOther: z.boolean(), leaseLeftMs: count }),
  dependencyGroup: z.object({ others: count }),
  concurrency: z.object({ others: count, max: count }),
  budget: z.object({ actionsThisHour: count, maxPerHour: count }),
  cost: z.object({ afterUsd: DecimalSchema, maxPerDayUsd: DecimalSchema }),
  confidence: z.object({ known: z.boolean(), probability: DecimalSchema, floor: DecimalSchema }),
  proportionality: z.object({ milderAndAsLikely: count }),
  reversibility: z.object({ riskLevel: count, reversible: z.boolean(), asks: z.boolean(), askFromLevel: count }),
  maintenance: z.object({ open: z.boolean() }),
  quietHours: z.object({ open: z.boolean() }),
  backlog: z.object({ waited: z.boolean(), position: count, dryRuns: count, maxAsked: count }),
  ownEcho: z.object({ firing: count, echoes: count }),
} as const;

const SectionsSchema = z.object(sections);
export type PolicySections = z.output<typeof SectionsSchema>;
export type SectionName = keyof PolicySections;
export const SECTION_NAMES = Object.keys(sections) as readonly SectionName[];

/**
 * One question to the policies: may this action be taken on this workload? It is kept with the verdict, so that the same
 * question can be put to another set of policies later. A section is missing where its facts could not be read.
 */
export const PolicyRequestSchema = z.object({
  action: ActionIdSchema,
  workload: z.object({
    workloadId: WorkloadIdSchema,
    kind: z.string(),
    owner: z.string(),
    tier: z.string(),
    criticality: z.int(),
    allowedActions: z.array(ActionIdSchema),
  }),
  env: EnvironmentNameSchema,
  facts: SectionsSchema.partial(),
});
export type PolicyRequest = z.output<typeof PolicyRequestSchema>;
