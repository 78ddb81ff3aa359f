import { auditRows, toCsv } from '../../../core/journal/audit.ts';
import type { JournalRecord } from '../../../core/contracts/journal.ts';
import { entries } from '../../contract/records.ts';
import { anApproval } from '../../support/approvals.ts';
import { aChain, aDecision, isoAt } from '../../support/builders.ts';

const chain = aChain(entries);
const rows = auditRows(chain);

test('a row says which control ran over which action, who approved it, what was done and how it ended', () => {
  const verdict = chain[4] as JournalRecord;
  expect(rows).toEqual([
    {
      incidentId: verdict.incidentId,
      env: 'dev',
      workloadId: 'payments',
      attempt: 1,
      decidedAt: isoAt(3),
      action: 'restart',
      planHash: aDecision().planHash,
      modelVersion: 'catalogue 1, live evidence',
      control: 'mode',
      controlResult: 'allow',
      controlReason: 'the mode is auto',
      limit: 'auto acts',
      limitSource: 'mode parameter',
      verdict: 'allow',
      answer: 'approve',
      approver: 'ada',
      answeredAt: isoAt(17),
      answerReason: '',
      applied: 'applied',
      appliedAt: isoAt(7),
      outcome: 'worse',
      disposition: 'retry',
      record: 4,
      recordHash: verdict.hash,
      approvers: 'ada',
    },
  ]);
});

test('an attempt that ended before anything was done has empty cells, and says when it was escalated', () => {
  const upTo = (kinds: readonly string[]) => auditRows(aChain(entries.filter(({ kind }) => kinds.includes(kind))));
  const cells = {
    workloadId: '',
    answer: '',
    approver: '',
    answeredAt: '',
    answerReason: '',
    approvers: '',
    applied: '',
    outcome: '',
  };
  const [open] = upTo(['action_decided', 'verdict_given']);
  expect(open).toMatchObject({ ...cells, appliedAt: '', disposition: '' });
  const [escalated] = upTo(['action_decided', 'verdict_given', 'incident_escalated']);
  expect(escalated).toMatchObject({ ...cells, disposition: 'escalated' });
});

test('what was not approved by anybody names nobody, and a reason that was given is told', () => {
  const [, , , , , , intended] = entries;
  if (intended?.kind !== 'action_intended') throw new Error('no intent');
  const withApproval = (approval: (typeof intended)['body']['approval']) =>
    auditRows(aChain(entries.with(6, { ...intended, body: { ...intended.body, approval } })))[0];
  expect(withApproval(null)).toMatchObject({ answer: '', approver: '' });
  const declined = { ...anApproval(), answer: 'expired', approver: null, reason: 'nobody was there' } as const;
  expect(withApproval(declined)).toMatchObject({ answer: 'expired', approver: '', answerReason: 'nobody was there' });
});

test.each(['decline', 'expired', 'takeover'] as const)(
  'who answered with %s is told, though nothing was intended',
  (answer) => {
    const approver = answer === 'expired' ? null : 'ada';
    const body = { ...anApproval(), answer, approver, reason: 'not now' };
    const kept = entries.filter(({ kind }) => ['evidence_gathered', 'action_decided', 'verdict_given'].includes(kind));
    const [row] = auditRows(aChain([...kept, { kind: 'approval_answered', body }]));
    expect(row).toMatchObject({
      answer,
      approver: approver ?? '',
      answerReason: 'not now',
      approvers: '',
      applied: '',
    });
    expect(row?.answeredAt).toBe(body.answeredAt);
  },
);

test('two people who approved are both named', () => {
  const body = { ...anApproval(), approver: 'bob', approvers: ['ada', 'bob'] };
  const [row] = auditRows(
    aChain(
      entries.map((entry) =>
        entry.kind === 'action_intended' ? { ...entry, body: { ...entry.body, approval: body } } : entry,
      ),
    ),
  );
  expect(row).toMatchObject({ approver: 'bob', approvers: 'ada; bob' });
});

test('each attempt is told from its own records', () => {
  const [first, second] = [aChain(entries), aChain(entries, { attempt: 2 })];
  const told = auditRows([...first, ...second]);
  expect(told.map(({ attempt, recordHash }) => [attempt, recordHash])).toEqual([
    [1, first[4]?.hash],
    [2, second[4]?.hash],
  ]);
});

test('a table has a line of column names, then one line per row, each ended as RFC 4180 has it', () => {
  const [row] = rows;
  if (row === undefined) throw new Error('no rows');
  const names =
    'incidentId,env,workloadId,attempt,decidedAt,action,planHash,modelVersion,control,controlResult,controlReason,' +
    'limit,limitSource,verdict,answer,approver,answeredAt,answerReason,applied,appliedAt,outcome,disposition,record,' +
    'recordHash,approvers';
  expect(toCsv([])).toBe(`${names}\r\n`);
  const line = names.split(',').map((name) => String(row[name as keyof typeof row]));
  line[7] = '"catalogue 1, live evidence"';
  expect(toCsv([row, row])).toBe(`${names}\r\n${line.join(',')}\r\n${line.join(',')}\r\n`);
});

test('an incident that was decided has a row per control, which names its record', () => {
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) expect(row.recordHash).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(rows.map(({ control }) => control)).size).toBe(rows.length);
});

test('an attempt without a decision, or without a verdict, has no row', () => {
  expect(auditRows(aChain(entries.slice(0, 2)))).toEqual([]);
  for (const kind of ['action_decided', 'verdict_given']) {
    expect(auditRows(aChain(entries.filter((entry) => entry.kind === kind)))).toEqual([]);
  }
});

test.each(['=1+1', '+1', '-1', '@x', '\tx'])('a spreadsheet does not run %j', (controlReason) => {
  const [row] = rows;
  if (row === undefined) throw new Error('no rows');
  expect(toCsv([{ ...row, controlReason }])).toContain(`,'${controlReason},`);
});

test.each([
  ['no, "not now"\nlater', '"no, ""not now""\nlater"'],
  ['no, later', '"no, later"'],
  ['"no"', '"""no"""'],
  ['no\nlater', '"no\nlater"'],
  ['no\rlater', '"no\rlater"'],
  ['\rno', '"\'\rno"'],
  ['2 = 1+1 - @x', '2 = 1+1 - @x'],
])('commas, quotes and line breaks stay in their cell, and nothing else is quoted: %j', (answerReason, cell) => {
  const [row] = rows;
  if (row === undefined) throw new Error('no rows');
  expect(toCsv([{ ...row, answerReason }])).toContain(`,${cell},applied,`);
});
