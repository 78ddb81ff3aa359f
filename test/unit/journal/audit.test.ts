import { auditRows, toCsv } from '../../../core/journal/audit.ts';
import { entries } from '../../contract/records.ts';
import { aChain } from '../../support/builders.ts';

const rows = auditRows(aChain(entries));

test('an incident that was decided has a row per control, which names its record', () => {
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) expect(row.recordHash).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(rows.map(({ control }) => control)).size).toBe(rows.length);
});

test('an incident without a decision has no row', () => expect(auditRows(aChain(entries.slice(0, 2)))).toEqual([]));

test.each(['=1+1', '+1', '-1', '@x'])('a spreadsheet does not run %s', (controlReason) => {
  const [row] = rows;
  if (row === undefined) throw new Error('no rows');
  expect(toCsv([{ ...row, controlReason }])).toContain(`,'${controlReason},`);
});

test('commas, quotes and line breaks stay in their cell', () => {
  const [row] = rows;
  if (row === undefined) throw new Error('no rows');
  expect(toCsv([{ ...row, answerReason: 'no, "not now"\nlater' }])).toContain(',"no, ""not now""\nlater",');
});
