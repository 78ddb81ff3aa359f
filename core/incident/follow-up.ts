import * as z from 'zod';
import type { AlarmState } from '../contracts/evidence.ts';
import type { JournalRecord } from '../contracts/journal.ts';
import type { Disposition } from '../contracts/loop-state.ts';
import { IncidentIdSchema } from '../contracts/loop-state.ts';
import type { Signal } from '../contracts/signal.ts';
import type { MetricRole, Workload } from '../contracts/workload.ts';
import { WorkloadIdSchema } from '../contracts/workload.ts';
import { parseJson } from '../shared/parse-json.ts';
import type { Sha256 } from '../shared/ports.ts';
import type { DurationMs, EpochMs } from '../shared/units.ts';
import { after, toIso } from '../shared/units.ts';

/** A second look at the workloads of an incident that is over: an alarm that is still there has another cause. */
export const FollowUpSchema = z.object({
  kintsugi: z.literal('follow-up'),
  incidentId: IncidentIdSchema,
  workloadIds: z.array(WorkloadIdSchema).min(1),
  /** When to look. */
  at: z.iso.datetime(),
});
export type FollowUp = z.output<typeof FollowUpSchema>;

/**
 * The second look that an incident's end asks for; null where none is due.
 *
 * An alarm speaks only when it changes. Signals of a second fault that came while the incident was open were attached to
 * it, and nobody would speak of that fault again. A person who was called looks anyway, and what a second look opened and
 * found well is not looked at a third time: an alarm that is stuck must not open incidents for ever.
 *
 * @param opened - the incident's first record
 */
export const followUpOf = (
  opened: JournalRecord | undefined,
  disposition: Disposition,
  end: { readonly workloadIds: readonly string[]; readonly now: EpochMs; readonly delay: DurationMs },
): FollowUp | null => {
  // A wish holds no workload: signals that came meanwhile had an incident of their own.
  if (opened?.kind !== 'incident_opened' || opened.body.signal.request !== undefined) return null;
  const isSecondLook = opened.body.signal.source === 'patrol';
  const isDue = disposition === 'recovered' || (disposition === 'dismissed' && !isSecondLook);
  if (!isDue) return null;
  const at = toIso(after(end.now, end.delay));
  return { kintsugi: 'follow-up', incidentId: opened.incidentId, workloadIds: [...end.workloadIds], at };
};

/** The second look that a message asks for; null when it is another message. */
export const followUpIn = (body: string): FollowUp | null => {
  // Most messages are not: they are spared the parsing.
  if (!body.startsWith('{"kintsugi":"follow-up"')) return null;
  return FollowUpSchema.safeParse(parseJson(body)).data ?? null;
};

/**
 * One signal for each alarm that is still there, the same one at every delivery.
 *
 * @param states - of all alarms of the follow-up's workloads
 * @param severityOf - how bad a breach of a role is, 0-100
 */
export const followUpSignals = (
  { incidentId, at }: FollowUp,
  workloads: readonly Workload[],
  states: readonly AlarmState[],
  severityOf: Readonly<Record<MetricRole, number>>,
  sha256: Sha256,
): readonly Signal[] =>
  states
    .filter(({ state }) => state === 'ALARM')
    .flatMap(({ alarmName, role }) => {
      const owner = workloads.find(({ alarms }) => alarms.some((alarm) => alarm.alarmName === alarmName));
      if (owner === undefined) return [];
      return [
        {
          signalId: sha256(`follow-up|${incidentId}|${alarmName}`),
          workloadId: owner.workloadId,
          source: 'patrol' as const,
          status: 'firing' as const,
          role,
          severity: severityOf[role],
          occurredAt: at,
          summary: `${alarmName} is still in alarm after ${incidentId} was closed`,
          changeIds: [],
        },
      ];
    });
