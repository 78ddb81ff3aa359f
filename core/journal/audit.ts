import type { JournalRecord } from '../contracts/journal.ts';
import type { Approval } from '../contracts/verdict.ts';

/** One control that ran over one planned action, with what a person and the world said to it: a line of an audit. */
export interface AuditRow {
  readonly incidentId: string;
  readonly env: string;
  readonly workloadId: string;
  readonly attempt: number;
  readonly decidedAt: string;
  readonly action: string;
  readonly planHash: string;
  readonly modelVersion: string;
  readonly control: string;
  readonly controlResult: string;
  readonly controlReason: string;
  readonly limit: string;
  readonly limitSource: string;
  readonly verdict: string;
  readonly answer: string;
  readonly approver: string;
  readonly answeredAt: string;
  readonly answerReason: string;
  readonly applied: string;
  readonly appliedAt: string;
  readonly outcome: string;
  readonly disposition: string;
  /** Number and hash of the record that holds the verdict: where this line can be checked. */
  readonly record: number;
  readonly recordHash: string;
  /** Everybody who said yes, the first one first; `approver` is the last. */
  readonly approvers: string;
}

type Of<K extends JournalRecord['kind']> = Extract<JournalRecord, { readonly kind: K }>;

/**
 * Which controls ran over which action and what they said, who approved it, what was done and how it ended: one row per
 * control, from the records alone.
 *
 * @param records - one incident's chain
 */
export const auditRows = (records: readonly JournalRecord[]): readonly AuditRow[] => {
  const attempts = new Set(records.map(({ attempt }) => attempt));
  return [...attempts].flatMap((attempt) => {
    const inAttempt = records.filter((record) => record.attempt === attempt);
    const of = <K extends JournalRecord['kind']>(kind: K): Of<K> | undefined =>
      inAttempt.find((record): record is Of<K> => record.kind === kind);
    const [decided, given] = [of('action_decided'), of('verdict_given')];
    if (decided === undefined || given === undefined) return [];
    const [intended, applied, measured, ended] = [
      of('action_intended'),
      of('action_applied'),
      of('outcome_measured'),
      of('attempt_explained'),
    ];
    // What was answered with no, or by silence, was never intended.
    const answered = inAttempt.findLast(
      (record): record is Of<'approval_answered'> => record.kind === 'approval_answered',
    );
    const approval = (intended === undefined ? answered?.body : intended.body.approval) ?? null;
    return given.body.guards.map((guard): AuditRow => ({
      incidentId: given.incidentId,
      env: given.env,
      workloadId: of('evidence_gathered')?.body.workload.workloadId ?? '',
      attempt,
      decidedAt: decided.at,
      action: decided.body.plan.actionId,
      planHash: decided.body.planHash,
      modelVersion: decided.body.modelVersion,
      control: guard.guard,
      controlResult: guard.result,
      controlReason: guard.reason,
      limit: guard.limit,
      limitSource: guard.limitSource,
      verdict: given.body.verdict,
      answer: approval?.answer ?? '',
      approver: approval?.approver ?? '',
      answeredAt: approval?.answeredAt ?? '',
      answerReason: approval?.reason ?? '',
      applied: applied?.body.status ?? '',
      appliedAt: applied?.at ?? '',
      outcome: measured?.body.status ?? '',
      disposition: ended?.body.disposition ?? (of('incident_escalated') === undefined ? '' : 'escalated'),
      record: given.seq,
      recordHash: given.hash,
      approvers: approval === null ? '' : approversOf(approval).join('; '),
    }));
  });
};

/** Everybody who approved; nobody, where it was refused, taken over or not answered. */
export const approversOf = ({ answer, approver, approvers }: Approval): readonly string[] =>
  answer === 'approve' ? (approvers ?? (approver === null ? [] : [approver])) : [];

/**
 * Rows as CSV with a header line.
 *
 * A text that a spreadsheet would take for a formula is led by an apostrophe.
 *
 * @see RFC 4180
 */
export const toCsv = (rows: readonly AuditRow[]): string => {
  const columns = COLUMNS;
  const lines = rows.map((row) => columns.map((column) => cell(row[column])).join(','));
  return `${[columns.join(','), ...lines].join('\r\n')}\r\n`;
};

const COLUMNS = [
  'incidentId',
  'env',
  'workloadId',
  'attempt',
  'decidedAt',
  'action',
  'planHash',
  'modelVersion',
  'control',
  'controlResult',
  'controlReason',
  'limit',
  'limitSource',
  'verdict',
  'answer',
  'approver',
  'answeredAt',
  'answerReason',
  'applied',
  'appliedAt',
  'outcome',
  'disposition',
  'record',
  'recordHash',
  'approvers',
] as const satisfies readonly (keyof AuditRow)[];

const cell = (value: string | number): string => {
  const text = String(value).replace(/^(?=[=+\-@\t\r])/, "'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
