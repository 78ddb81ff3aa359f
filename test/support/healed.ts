import type { JournalEntry } from '../../core/contracts/journal.ts';
import { aDecision, anEvidence, anOutcome, aValidation, aVerdict, OPENED } from './builders.ts';

/** An incident that its first action healed, from its opening to its explanation. */
export const HEALED: readonly JournalEntry[] = [
  OPENED,
  { kind: 'evidence_gathered', body: anEvidence() },
  { kind: 'evidence_validated', body: aValidation() },
  { kind: 'action_decided', body: aDecision() },
  { kind: 'verdict_given', body: aVerdict() },
  { kind: 'outcome_measured', body: anOutcome() },
  { kind: 'attempt_explained', body: { disposition: 'recovered', explanation: 'It was restarted and it recovered.' } },
];
