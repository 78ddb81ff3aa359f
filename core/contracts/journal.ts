import * as z from 'zod';
import { ActionPlanSchema, AppliedActionSchema } from './action.ts';
import { AgentStampSchema } from './agent.ts';
import { DecisionSchema } from './decision.ts';
import { EvidenceSchema } from './evidence.ts';
import { GapSchema } from './gap.ts';
import { DispositionSchema, IncidentIdSchema, ValidationSchema } from './loop-state.ts';
import { OutcomeSchema } from './outcome.ts';
import { SignalSchema } from './signal.ts';
import { ApprovalSchema, VerdictSchema } from './verdict.ts';
import { EnvironmentNameSchema, WorkloadIdSchema } from './workload.ts';

const entry = <const Kind extends string, Body extends z.ZodType>(kind: Kind, body: Body) =>
  z.object({ kind: z.literal(kind), body });

/**
 * What happened, one variant per kind of record. The learning evidence that Observe added is part of its record, so the
 * Q-table can be checked against the journal.
 */
export const JournalEntrySchema = z.discriminatedUnion('kind', [
  entry(
    'incident_opened',
    z.object({ workloadId: WorkloadIdSchema, members: z.array(WorkloadIdSchema), signal: SignalSchema }),
  ),
  entry('evidence_gathered', EvidenceSchema),
  entry('evidence_validated', ValidationSchema),
  entry('action_decided', DecisionSchema),
  entry('verdict_given', VerdictSchema),
  entry('approval_answered', ApprovalSchema),
  entry('action_intended', z.object({ plan: ActionPlanSchema, approval: ApprovalSchema.nullable() })),
  entry('action_applied', AppliedActionSchema),
  entry('outcome_measured', OutcomeSchema),
  entry('action_undone', AppliedActionSchema),
  entry('attempt_explained', z.object({ disposition: DispositionSchema, explanation: z.string() })),
  entry(
    'incident_escalated',
    z.object({ error: z.string(), cause: z.string(), explanation: z.string(), gap: GapSchema.nullable().optional() }),
  ),
]);
export type JournalEntry = z.output<typeof JournalEntrySchema>;
export type JournalKind = JournalEntry['kind'];

/** Where a record stands: its incident's chain, its number in it, and who wrote it when. */
export const JournalPositionSchema = z.object({
  schemaVersion: z.literal(1),
  env: EnvironmentNameSchema,
  incidentId: IncidentIdSchema,
  seq: z.int().min(0),
  attempt: z.int().min(1).max(3),
  at: z.iso.datetime(),
  /** Time the step took, milliseconds. */
  latencyMs: z.number().min(0),
  agent: AgentStampSchema,
  correlationId: z.string().min(1),
  prevHash: z.string().length(64),
});

/** An append-only, hash-chained record: `hash` covers the canonical JSON of everything else in it. */
export const JournalRecordSchema = z.intersection(
  z.intersection(JournalPositionSchema, z.object({ hash: z.string().length(64) })),
  JournalEntrySchema,
);
export type JournalRecord = z.output<typeof JournalRecordSchema>;
