import * as z from 'zod';
import { RiskSchema } from './action.ts';
import { EnvironmentNameSchema } from './workload.ts';

export const ModeSchema = z.enum(['auto', 'manual', 'shadow', 'off']);
export type Mode = z.output<typeof ModeSchema>;

/**
 * How the learner may choose in an environment, and what an action must have shown before it is taken there without a
 * person.
 */
export const LearningLimitsSchema = z.strictObject({
  /** Standard deviations by which a cure is believed more likely than its mean: what is little known gets tried. */
  optimismSd: z.number().min(0),
  /** Share of decisions that are drawn among so many of the best allowed actions, with their probability; null: none. */
  randomise: z.strictObject({ rate: z.number().gt(0).max(0.5), among: z.int().min(2).max(8) }).nullable(),
  /** Impact-minutes by which an action must beat the runbook's to replace it; 0 for a catalogue that has proven itself. */
  gateMinutes: z.number().min(0),
  /** A cure that held no longer than this, until the same breaks again, did not last. */
  relapseMinutes: z.number().positive(),
  /**
   * Verified heals, and the lower 95 % bound of the success rate, from which an action is taken unattended; null: every
   * action that the other guards allow is.
   */
  earn: z.strictObject({ heals: z.int().positive(), lowerBound: z.number().gt(0).lt(1) }).nullable(),
});
export type LearningLimits = z.output<typeof LearningLimitsSchema>;
/** Limits of more critical workloads; what is laxer than the environment's own has no effect. */
export const StricterLimitsSchema = z.strictObject({
  minHealthyPercent: z.int().min(0).max(100).optional(),
  confidenceFloor: z.number().min(0).max(1).optional(),
  askFromRisk: RiskSchema.optional(),
});

/** What an environment allows, handed to every phase as data so that no code asks which environment it runs in. */
export const LimitsSchema = z.object({
  env: EnvironmentNameSchema,
  /** Severity (0-100) from which a signal opens an incident. */
  issueThreshold: z.number().min(0).max(100),
  maxAttempts: z.int().min(1).max(3),
  /** Evidence older than this is stale when Enforce or Act look at it. */
  freshnessSeconds: z.int().positive(),
  /** A signal older than this does not open an incident, unless it comes from an alarm that still fires. */
  signalMaxAgeSeconds: z.int().positive(),
  /** A breach must still be there this long after it was first looked at, or it was a blip. The workflow's step lasts seven minutes at most. */
  confirmSeconds: z.int().min(0).max(360),
  /** Pause before the same workload is acted on again after the first action; doubles with each further one. */
  cooldownSeconds: z.int().min(0),
  /** Consecutive actions that did not help after which a person takes over. */
  maxConsecutiveFailures: z.int().positive(),
  /** Applied actions without a recovery, within four hours, after which a person takes over. */
  maxIneffectiveSuccesses: z.int().positive(),
  /** Incidents of one workload within a day after which a person takes over. */
  maxRecurrences: z.int().positive(),
  /** Share of a workload's tasks that must be healthy before it may be touched. */
  minHealthyPercent: z.int().min(0).max(100),
  maxConcurrentActions: z.int().positive(),
  maxActionsPerHour: z.int().positive(),
  /** Lowest probability of recovery with which an action is taken without asking. */
  confidenceFloor: z.number().min(0).max(1),
  /** Actions of this risk and above need a person; null: none does. */
  askFromRisk: RiskSchema.nullable(),
  /** By a workload's criticality. */
  byCriticality: z.partialRecord(z.enum(['0', '1', '2', '3']), StricterLimitsSchema),
  /** Money that changes may cost in one day (UTC), US dollars; what a change costs is an estimate. */
  maxCostPerDayUsd: z.number().min(0).max(1_000_000),
  /** What one task costs in an hour, US dollars. */
  taskHourUsd: z.number().min(0).max(1_000),
  /** An incident whose first verdict comes this long after its first signal waited in a queue. */
  backlogAfterSeconds: z.int().positive(),
  /** Of the incidents that waited, so many are planned and recorded only, within an hour. */
  backlogDryRuns: z.int().min(0),
  /** So many of the others are put before a person, within an hour; all further ones are escalated. */
  backlogMaxAsked: z.int().min(0),
  approvalTtlSeconds: z.int().positive(),
  /** Whether two different people must approve what changes a workload of criticality 0. */
  fourEyes: z.boolean(),
  leaseSeconds: z.int().positive(),
  actionTimeoutSeconds: z.int().positive(),
  /** How long recovery must hold before it counts. */
  holdSeconds: z.int().positive(),
  /** How long one Observe call watches before it hands back to the workflow. */
  observeWindowSeconds: z.int().positive(),
  /** How long after an incident's end its workloads are looked at once more: as long as their alarms need to calm down. */
  followUpSeconds: z.int().min(1).max(900),
  /** How long an action is given to show its effect. */
  effectDeadlineSeconds: z.int().positive(),
  learning: LearningLimitsSchema,
});
export type Limits = z.output<typeof LimitsSchema>;
