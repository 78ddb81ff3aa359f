import { decodeCursor } from '../../core/api/cursor.ts';
import type { ReadIncidents } from '../../core/api/incident-page.ts';
import { incidentPage } from '../../core/api/incident-page.ts';
import type { Feedback } from '../../core/contracts/api/incidents.ts';
import type { ApprovalRequest, Incident } from '../../core/contracts/incident.ts';
import { attemptsOf } from '../../core/explanation/timeline.ts';
import { verifyChain } from '../../core/journal/chain.ts';
import type { Clock, Journal, Sha256 } from '../../core/shared/ports.ts';
import { toIso } from '../../core/shared/units.ts';
import type { Handlers } from '../api/gate.ts';
import { HttpProblem } from '../api/http.ts';

export interface IncidentReads {
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly readIncidents: ReadIncidents;
  readonly getIncident: (incidentId: string) => Promise<Incident | null>;
  readonly journal: Pick<Journal, 'read'>;
  /** The records as they are stored, for whoever does not trust them. */
  readonly storedRecords: (incidentId: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  readonly pendingApproval: (incidentId: string) => Promise<ApprovalRequest | null>;
  readonly feedbackOf: (incidentId: string) => Promise<Feedback[]>;
}

const MOST_APPROVALS = 100;

/** @throws HttpProblem 400 */
export const positionIn = (cursor: string | undefined): ReturnType<typeof valueOf> =>
  cursor === undefined ? null : valueOf(cursor);

const valueOf = (cursor: string): { readonly at: string; readonly id: string } | null => {
  const decoded = decodeCursor(cursor);
  if (decoded.ok) return decoded.value;
  throw new HttpProblem(400, `query.cursor: ${decoded.error}`, {
    errors: [{ field: 'query.cursor', message: decoded.error }],
  });
};

export const incidentHandlers = (
  deps: IncidentReads,
): Handlers<'listIncidents' | 'showIncident' | 'verifyIncident' | 'listApprovals'> => ({
  listIncidents: ({ query }) => incidentPage(query, positionIn(query.cursor), deps.readIncidents),
  showIncident: async ({ params: { id } }) => {
    const [incident, journal, approval, feedback] = await Promise.all([
      deps.getIncident(id),
      deps.journal.read(id),
      deps.pendingApproval(id),
      deps.feedbackOf(id),
    ]);
    if (incident === null) throw unknownIncident(id);
    return {
      incident,
      attempts: attemptsOf(journal),
      journal: [...journal],
      approval: approval === null ? null : withoutToken(approval),
      feedback,
    };
  },
  verifyIncident: async ({ params: { id } }) => {
    const records = await deps.storedRecords(id);
    if (records.length === 0) throw unknownIncident(id);
    const faults = verifyChain(records, deps.sha256);
    const newest = [...records].sort((a, b) => Number(b['seq']) - Number(a['seq']))[0];
    return {
      incidentId: id,
      sound: faults.length === 0,
      records: records.length,
      head: typeof newest?.['hash'] === 'string' ? newest['hash'] : null,
      faults,
      checkedAt: toIso(deps.clock.now()),
    };
  },
  listApprovals: async () => {
    const range = { from: '0000', to: '9999', limit: MOST_APPROVALS };
    const { incidents } = await deps.readIncidents({ by: { status: 'awaiting_approval' } }, range);
    const approvals = await Promise.all(
      incidents.map(async (incident) => ({ incident, approval: await deps.pendingApproval(incident.incidentId) })),
    );
    return {
      approvals: approvals.flatMap(({ incident, approval }) =>
        approval === null ? [] : [{ incident, approval: withoutToken(approval) }],
      ),
    };
  },
});

export const unknownIncident = (id: string): HttpProblem => new HttpProblem(404, `path.id: there is no incident ${id}`);

const withoutToken = ({ taskToken: _, ...approval }: ApprovalRequest): Omit<ApprovalRequest, 'taskToken'> => approval;
