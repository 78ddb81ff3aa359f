import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BusEventSchema } from '../../core/contracts/event.ts';
import { JournalEntrySchema, JournalRecordSchema } from '../../core/contracts/journal.ts';
import { hashOf, verifyChain } from '../../core/journal/chain.ts';
import { toBusEvent } from '../../core/journal/events.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import { aChain } from '../support/builders.ts';
import { entries } from './records.ts';

/**
 * Records and events as version 1 wrote them, frozen: whatever the code becomes, they must still parse, hash and
 * announce the same. A fixture is never edited; a new version of the schema gets its own files.
 */
const read = (name: string): readonly Readonly<Record<string, unknown>>[] =>
  JSON.parse(readFileSync(join(process.cwd(), 'test', 'contract', 'fixtures', name), 'utf8')) as never;

/** Kinds that came later have a chain of their own, so that the first one stays as it was written. */
const chains = ['journal-v1.json', 'journal-v1-approvals.json'].map(read);
const records = chains.flat();
const events = ['bus-events-v1.json', 'bus-events-v1-approvals.json'].flatMap(read);
const kinds = JournalEntrySchema.options.map(({ shape }) => shape.kind.value);

test('there is a frozen record of every kind', () => {
  expect(new Set(records.map(({ kind }) => kind))).toEqual(new Set(kinds));
  expect(events).toHaveLength(records.length);
});

describe.each(records.map((record, index) => ({ kind: String(record['kind']), record, event: events[index] })))(
  '$kind',
  ({ record, event }) => {
    test('still parses, and parsing neither adds nor drops anything', () => {
      expect(JournalRecordSchema.parse(record)).toEqual(record);
    });

    test('still has its hash', () => expect(hashOf(record, sha256)).toBe(record['hash']));

    test('is still announced by the same event', () => {
      expect(toBusEvent(JournalRecordSchema.parse(record))).toEqual(event);
    });

    test('has an event that still parses', () => expect(BusEventSchema.parse(event)).toEqual(event));
  },
);

test.each(chains)('the frozen chains still verify', (...chain) => expect(verifyChain(chain, sha256)).toEqual([]));

test('the present code writes every kind so that its own schema reads it back unchanged', () => {
  expect(entries.map(({ kind }) => kind)).toEqual(kinds);
  for (const record of aChain(entries))
    expect(JournalRecordSchema.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
});
