import type { AgentName } from '../contracts/agent.ts';
import type { BusEvent, EventName } from '../contracts/event.ts';
import type { JournalRecord } from '../contracts/journal.ts';

interface Announcement {
  readonly event: EventName;
  readonly status: string;
  readonly action: string | null;
}

/**
 * The one event that announces a record on the environment's bus. Every record is announced, so that the journal is
 * the bus's only source and no event can exist without its record.
 */
export const toBusEvent = (record: JournalRecord): BusEvent => {
  const { event, status, action } = announce(record);
  return {
    source: `kintsugi.${agentOf(record)}`,
    detailType: event,
    detail: {
      schema_version: 1,
      event,
      env: record.env,
      status,
      latency: record.latencyMs,
      timestamp: record.at,
      action_type: action,
      worker_id: null,
      dataset: null,
      incident_id: record.incidentId,
      agent_id: record.agent.agent_id,
      agent_state: record.agent.agent_state,
      last_decision: record.agent.last_decision,
      correlation_id: record.correlationId,
    },
  };
};

const agentOf = (record: JournalRecord): AgentName =>
  record.kind === 'incident_opened' ? 'issue-monitor' : 'auto-healer';

const announce = (record: JournalRecord): Announcement => {
  const action = record.agent.last_decision;
  switch (record.kind) {
    case 'incident_opened':
      return { event: 'IncidentOpened', status: 'open', action: null };
    case 'evidence_gathered':
      return { event: 'EvidenceGathered', status: 'ok', action: null };
    case 'evidence_validated':
      return { event: 'EvidenceValidated', status: record.body.result, action: null };
    case 'action_decided':
      return { event: 'ActionDecided', status: 'ok', action: record.body.plan.actionId };
    case 'verdict_given':
      return { event: VERDICT_EVENT[record.body.verdict], status: record.body.verdict, action };
    case 'approval_answered':
      return { event: 'ApprovalAnswered', status: record.body.answer, action: record.body.actionId ?? action };
    case 'action_intended':
      return { event: 'ActionStarted', status: 'intended', action: record.body.plan.actionId };
    case 'action_applied':
      return { event: 'ActionApplied', status: record.body.status, action: record.body.actionId };
    case 'action_undone':
      return { event: 'ActionUndone', status: record.body.status, action: record.body.actionId };
    case 'outcome_measured':
      return { event: 'OutcomeMeasured', status: record.body.status, action };
    case 'attempt_explained':
      return { event: DISPOSITION_EVENT[record.body.disposition], status: record.body.disposition, action };
    case 'incident_escalated':
      return { event: 'IncidentEscalated', status: record.body.error, action };
  }
};

const VERDICT_EVENT = { allow: 'ActionAllowed', ask: 'ApprovalRequested', deny: 'ActionRefused' } as const;

const DISPOSITION_EVENT = {
  recovered: 'IncidentResolved',
  escalated: 'IncidentEscalated',
  dismissed: 'IncidentDismissed',
  retry: 'AttemptExplained',
} as const;
