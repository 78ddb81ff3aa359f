import type { IncidentId } from '../contracts/loop-state.ts';
import { IncidentIdSchema } from '../contracts/loop-state.ts';
import type { Signal } from '../contracts/signal.ts';
import type { Sha256 } from '../shared/ports.ts';

/**
 * The id of the incident that a signal opens. The same signal always gives the same id, and the workflow's execution
 * carries it as its name, so a redelivered signal cannot start a second execution.
 */
export const incidentIdFor = (signal: Signal, sha256: Sha256): IncidentId => {
  // What was taken up late has another time at each delivery.
  const [date, time] = (signal.waitedSince ?? signal.occurredAt).split('T') as [string, string];
  const day = date.replaceAll('-', '');
  const clock = time.slice(0, 8).replaceAll(':', '');
  return IncidentIdSchema.parse(
    `inc-${day}-${clock}-${signal.workloadId.slice(0, 41)}-${sha256(signal.signalId).slice(0, 6)}`,
  );
};
