import type { Incident } from '../../core/contracts/incident.ts';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import { attemptsOf } from '../../core/explanation/timeline.ts';

/** One thing that happened in an incident, as a line of output. */
export interface IncidentEvent {
  /** ISO 8601. */
  readonly at: string;
  readonly incidentId: string;
  readonly workloadId: string;
  readonly event: 'opened' | 'phase' | 'ended';
  readonly attempt: number;
  /** Null for the beginning and the end. */
  readonly phase: string | null;
  readonly state: string;
  readonly fact: string;
}

/** What is worth a line: a phase that runs is told when it has ended, or when it waits for somebody. */
const TOLD: ReadonlySet<string> = new Set(['done', 'failed', 'waiting_for_person']);

/** What happened in an incident, in its order; each event is equal to itself when it is read again. */
export const incidentEvents = (incident: Incident, records: readonly JournalRecord[]): IncidentEvent[] => {
  const { incidentId, workloadId, openedAt, closedAt, status, summary, attempts, explanation } = incident;
  const whose = { incidentId, workloadId };
  const phases = attemptsOf(records).flatMap((one) =>
    one.phases
      .filter(({ state }) => TOLD.has(state))
      .map((phase): IncidentEvent => ({
        at: phase.endedAt ?? phase.startedAt ?? openedAt,
        ...whose,
        event: 'phase',
        attempt: one.attempt,
        phase: phase.name,
        state: phase.state,
        fact: phase.fact,
      })),
  );
  const opened = {
    at: openedAt,
    ...whose,
    event: 'opened',
    attempt: 1,
    phase: null,
    state: 'open',
    fact: summary,
  } as const;
  if (closedAt === null) return [opened, ...phases];
  const fact = explanation ?? '';
  return [
    opened,
    ...phases,
    { at: closedAt, ...whose, event: 'ended', attempt: attempts, phase: null, state: status, fact },
  ];
};

/** What tells one event from another: what it is about, not what is said of it. */
export const eventKey = ({ incidentId, event, attempt, phase, state }: IncidentEvent): string =>
  [incidentId, event, attempt, phase, state].join('/');
