import type { AppliedAction } from '../../core/contracts/action.ts';
import type { JournalEntry } from '../../core/contracts/journal.ts';
import { anApproval } from '../support/approvals.ts';
import {
  aDecision,
  anEvidence,
  anExhaustion,
  anOutcome,
  aReading,
  aTask,
  aValidation,
  aVerdict,
  healthyReading,
  isoAt,
  OPENED,
  RESTART,
} from '../support/builders.ts';

const action: AppliedAction = {
  actionId: 'restart',
  status: 'applied',
  startedAt: isoAt(18),
  endedAt: isoAt(19),
  changeIds: [aTask('t1').taskArn],
  detail: 'stopped 1 of 1 planned tasks',
};

/** One entry per kind, as the present code writes it; the frozen ones in `fixtures/` are as past versions wrote them. */
export const entries: readonly JournalEntry[] = [
  OPENED,
  {
    kind: 'evidence_gathered',
    body: anEvidence({
      earlierIncidents: [
        {
          incidentId: 'inc-20261120-101500-payments-0a1b2c',
          openedAt: isoAt(-68_400),
          status: 'recovered',
          suspectRevision: null,
        },
      ],
      neighbours: [{ workloadId: 'web', relation: 'dependant', alarmed: true }],
      forecast: anExhaustion(),
      diagnosis: {
        answer: 'causes',
        alarmed: 'web',
        causes: [{ workloadId: 'payments', metric: 'availability', share: 0.93, reason: 'payments: it fails' }],
        victims: ['web'],
      },
      sameCauseAs: 'inc-20261121-052900-ledger-0a1b2c',
    }),
  },
  { kind: 'evidence_validated', body: aValidation() },
  { kind: 'action_decided', body: aDecision() },
  { kind: 'verdict_given', body: aVerdict() },
  { kind: 'approval_answered', body: anApproval() },
  {
    kind: 'action_intended',
    body: {
      plan: RESTART,
      approval: {
        answer: 'approve',
        approver: 'ada',
        planHash: aDecision().planHash,
        answeredAt: isoAt(17),
        reason: null,
      },
    },
  },
  { kind: 'action_applied', body: action },
  {
    kind: 'outcome_measured',
    body: anOutcome({ status: 'worse', before: aReading(), after: healthyReading(60), reason: 'worse than before' }),
  },
  { kind: 'action_undone', body: { ...action, status: 'undone', detail: 'nothing has to be put back' } },
  { kind: 'attempt_explained', body: { disposition: 'retry', explanation: 'It did not recover: worse than before.' } },
  {
    kind: 'incident_escalated',
    body: {
      error: 'TypeError',
      cause: 'a bug',
      explanation: 'The healing of payments stopped: a person has to take over.',
    },
  },
];
