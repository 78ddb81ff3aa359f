import type { Incident } from '../../core/contracts/incident.ts';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import type { LoopState } from '../../core/contracts/loop-state.ts';
import type { Signal } from '../../core/contracts/signal.ts';
import type { WorkloadId } from '../../core/contracts/workload.ts';
import { incidentIdFor } from '../../core/incident/incident-id.ts';
import { headOf, nextRecord } from '../../core/journal/chain.ts';
import { fromIso, seconds } from '../../core/shared/units.ts';
import type { RecorderDeps } from './recorder.ts';

/** An incident in the making: its first record and its view. */
export interface Opening {
  readonly record: JournalRecord;
  readonly incident: Incident;
}

/** Nothing in it depends on the delivery: every copy of the signal makes the same incident. */
export const openingOf = (signal: Signal, members: readonly WorkloadId[], deps: RecorderDeps): Opening => {
  const incidentId = incidentIdFor(signal, deps.sha256);
  // By the task's id whoever hears of a wish's progress knows whose it is.
  const correlationId = signal.request?.taskId ?? signal.signalId.slice(0, 16);
  const { workloadId } = signal;
  const record = nextRecord(
    null,
    {
      env: deps.env,
      incidentId,
      correlationId,
      attempt: 1,
      agent: { agent_id: deps.agentId, agent_state: 'OBSERVING', last_decision: null },
      at: fromIso(signal.occurredAt),
      latency: seconds(0),
    },
    { kind: 'incident_opened', body: { workloadId, members: [...members], signal } },
    deps.sha256,
  );
  const incident: Incident = {
    incidentId,
    env: deps.env,
    workloadId,
    status: 'open',
    openedAt: signal.occurredAt,
    closedAt: null,
    severity: signal.severity,
    summary: signal.summary,
    correlationId,
    signalCount: 1,
    attempts: 0,
    lastAction: null,
    outcome: null,
    suspectRevision: null,
    explanation: null,
    ...marksOf(signal),
  };
  return { record, incident };
};

/** What sets an incident apart from others, by the signal that opened it. */
export const marksOf = ({ forecast, request }: Signal): Pick<Incident, 'foretold' | 'taskId'> => ({
  ...(forecast === undefined ? {} : { foretold: true }),
  ...(request === undefined ? {} : { taskId: request.taskId }),
});

/** The loop's input: what the incident's first record says, whoever wrote it. */
export const inputOf = (first: JournalRecord): LoopState => {
  if (first.kind !== 'incident_opened') throw new Error(`journal ${first.incidentId} begins with ${first.kind}`);
  const { incidentId, correlationId, body } = first;
  return {
    incidentId,
    correlationId,
    workloadId: body.workloadId,
    members: body.members.length === 0 ? [body.workloadId] : [...body.members],
    openedAt: body.signal.occurredAt,
    ...(body.signal.waitedSince === undefined ? {} : { waitedSince: body.signal.waitedSince }),
    ...(body.signal.request === undefined ? {} : { request: body.signal.request }),
    attempt: 1,
    head: headOf(first),
    tried: [],
  };
};
