import { BusEventSchema } from '../../../core/contracts/event.ts';
import type { JournalEntry } from '../../../core/contracts/journal.ts';
import { heartbeatEvent } from '../../../core/journal/heartbeat.ts';
import { toBusEvent } from '../../../core/journal/events.ts';
import { durationMs } from '../../../core/shared/units.ts';
import { entries } from '../../contract/records.ts';
import { anApproval } from '../../support/approvals.ts';
import { AGENT_ID, aRecord, aValidation, aVerdict, RESTART } from '../../support/builders.ts';

const eventOf = (entry: JournalEntry) => toBusEvent(aRecord(null, entry));
const said = (entry: JournalEntry): string => {
  const { detailType, detail } = eventOf(entry);
  return `${detailType} ${detail.status} ${detail.action_type ?? '-'}`;
};

test.each(entries.map((entry) => [entry.kind, entry] as const))(
  '%s becomes one valid event of the unified schema',
  (_, entry) => {
    const agent = { agent_id: AGENT_ID, agent_state: 'ACTING', last_decision: 'restart' } as const;
    const record = aRecord(null, entry, { agent, latency: durationMs(1_250), env: 'stage' });
    const event = toBusEvent(record);
    expect(BusEventSchema.parse(event)).toEqual(event);
    expect(event.detail).toMatchObject({
      ...agent,
      event: event.detailType,
      env: 'stage',
      latency: 1_250,
      timestamp: record.at,
      incident_id: record.incidentId,
      correlation_id: record.correlationId,
      worker_id: null,
      dataset: null,
    });
  },
);

test('each record is announced by its own event, with what it says and the action that it is about', () => {
  const announced = entries.map((entry) => {
    const agent = { agent_id: AGENT_ID, agent_state: 'ACTING', last_decision: 'redeploy' } as const;
    const { detailType, detail } = toBusEvent(aRecord(null, entry, { agent }));
    return `${entry.kind}: ${detailType} ${detail.status} ${detail.action_type ?? '-'}`;
  });
  expect(announced).toEqual([
    'incident_opened: IncidentOpened open -',
    'evidence_gathered: EvidenceGathered ok -',
    'evidence_validated: EvidenceValidated proceed -',
    'action_decided: ActionDecided ok restart',
    'verdict_given: ActionAllowed allow redeploy',
    'approval_answered: ApprovalAnswered approve restart',
    'action_intended: ActionStarted intended restart',
    'action_applied: ActionApplied applied restart',
    'outcome_measured: OutcomeMeasured worse redeploy',
    'action_undone: ActionUndone undone restart',
    'attempt_explained: AttemptExplained retry redeploy',
    'incident_escalated: IncidentEscalated TypeError redeploy',
  ]);
});

test('an answer of before answers named their action is about the last decision', () => {
  const { actionId: _, ...body } = anApproval();
  const agent = { agent_id: AGENT_ID, agent_state: 'ACTING', last_decision: 'redeploy' } as const;
  const record = aRecord(null, { kind: 'approval_answered', body }, { agent });
  expect(toBusEvent(record).detail.action_type).toBe('redeploy');
});

test('the Issue Monitor opens, the Auto Healer does the rest', () => {
  expect(entries.map((entry) => eventOf(entry).source)).toEqual([
    'kintsugi.issue-monitor',
    ...entries.slice(1).map(() => 'kintsugi.auto-healer'),
  ]);
});

test.each([
  ['allow', 'ActionAllowed allow -'],
  ['ask', 'ApprovalRequested ask -'],
  ['deny', 'ActionRefused deny -'],
] as const)('the verdict %s is announced as %s', (verdict, expected) => {
  expect(said({ kind: 'verdict_given', body: aVerdict(RESTART, { verdict }) })).toBe(expected);
});

test.each([
  ['recovered', 'IncidentResolved'],
  ['escalated', 'IncidentEscalated'],
  ['dismissed', 'IncidentDismissed'],
  ['retry', 'AttemptExplained'],
] as const)('an attempt that ends %s is announced as %s', (disposition, event) => {
  const entry: JournalEntry = { kind: 'attempt_explained', body: { disposition, explanation: 'So it was.' } };
  expect(said(entry)).toBe(`${event} ${disposition} -`);
});

test('what was dismissed says so in its status', () => {
  expect(said({ kind: 'evidence_validated', body: aValidation({ result: 'dismiss' }) })).toBe(
    'EvidenceValidated dismiss -',
  );
});

test('a heartbeat is a valid event about no incident', () => {
  const event = heartbeatEvent('auto-healer', AGENT_ID, 'prod', '2026-11-21T05:30:00.000Z');
  expect(BusEventSchema.parse(event)).toEqual(event);
  expect(event.detail.incident_id).toBeNull();
});
