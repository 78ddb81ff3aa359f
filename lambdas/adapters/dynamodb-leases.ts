import * as z from 'zod';
import { ActionIdSchema } from '../../core/contracts/action.ts';
import { OutcomeStatusSchema } from '../../core/contracts/outcome.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { epochMs, toIso } from '../../core/shared/units.ts';

/** Keys of the Leases table: everything of which there may be only one, or only so many. */
export const leaseKeys = {
  /** The right to act on a workload. */
  lease: (workloadId: string) => `workload#${workloadId}`,
  /** What was done to a workload lately. */
  history: (workloadId: string) => `history#${workloadId}`,
  /** The open (or last closed) incident of a workload. */
  incident: (workloadId: string) => `incident#${workloadId}`,
  /** A signal that was seen. */
  signal: (signalId: string) => `signal#${signalId}`,
  /** Actions of one clock hour, UTC. */
  budget: (now: EpochMs) => `budget#${toIso(now).slice(0, 13)}`,
  /** Money of one day, UTC. */
  cost: (now: EpochMs) => `cost#${toIso(now).slice(0, 10)}`,
  /** Incidents that waited in a queue, by the clock hour of their verdict, UTC. */
  backlog: (now: EpochMs) => `backlog#${toIso(now).slice(0, 13)}`,
  /** Incidents that act right now. */
  slots: 'slots',
  /** The newest checkpoint of the records. */
  checkpoint: 'checkpoint',
} as const;

/** A workload's history is kept until it has been left alone for this long; guards look back a day at most. */
export const HISTORY_TTL_SECONDS = 7 * 86_400;

/** Copies of a signal are recognised for this long; SQS delivers none later than after 14 days, CloudWatch none after one. */
export const SIGNAL_TTL_SECONDS = 14 * 86_400;

export const PastActionSchema = z.object({
  incidentId: z.string(),
  actionId: ActionIdSchema,
  at: z.number().transform(epochMs),
  outcome: OutcomeStatusSchema,
  changeIds: z.array(z.string()),
});
