import fc from 'fast-check';
import type { JournalRecord } from '../../../core/contracts/journal.ts';
import { GENESIS_HASH, hashOf, headOf, nextRecord, verifyChain } from '../../../core/journal/chain.ts';
import { durationMs } from '../../../core/shared/units.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { entries } from '../../contract/records.ts';
import { aChain, AGENT_ID, aRecord, at, OPENED } from '../../support/builders.ts';

const chain = aChain(entries);
const verify = (records: readonly unknown[]) => verifyChain(records as readonly JournalRecord[], sha256);
const seqs = (records: readonly unknown[]): number[] => [...new Set(verify(records).map(({ seq }) => seq))];

describe('nextRecord', () => {
  test('the first record comes after nothing, each further one after the one before', () => {
    expect(chain[0]).toMatchObject({ seq: 0, prevHash: GENESIS_HASH });
    for (const [index, record] of chain.entries()) {
      expect(record.seq).toBe(index);
      if (index > 0) expect(record.prevHash).toBe(chain[index - 1]?.hash);
    }
  });

  test('says who, when and how long, in whole milliseconds', () => {
    const agent = { agent_id: AGENT_ID, agent_state: 'ACTING', last_decision: 'restart' } as const;
    expect(aRecord(null, OPENED, { agent, at: at(7), latency: durationMs(12.6), attempt: 2 })).toMatchObject({
      agent,
      at: '2026-11-21T05:30:07.000Z',
      latencyMs: 13,
      attempt: 2,
    });
  });

  test('same input, same record', () => expect(aRecord(null, OPENED)).toEqual(aRecord(null, OPENED)));

  test('refuses what the schema of records does not take', () => {
    const record = () =>
      nextRecord(
        headOf(chain[0] as JournalRecord),
        {
          env: 'dev',
          incidentId: 'not an id',
          correlationId: 'c',
          attempt: 1,
          agent: { agent_id: AGENT_ID, agent_state: 'IDLE', last_decision: null },
          at: at(0),
          latency: durationMs(0),
        },
        OPENED,
        sha256,
      );
    expect(record).toThrow(/must look like inc-/);
  });
});

describe('verifyChain', () => {
  test('finds nothing in a sound chain, whatever the order in which it comes', () => {
    expect(verify(chain)).toEqual([]);
    expect(verify(chain.toReversed())).toEqual([]);
    expect(verify([])).toEqual([]);
    for (let length = 1; length < chain.length; length += 1) expect(verify(chain.slice(0, length))).toEqual([]);
  });

  /** One bit of one byte of the stored text, as a disk or a person might change it. */
  const flip = (record: JournalRecord, byte: number, bit: number): unknown => {
    const bytes = Buffer.from(JSON.stringify(record), 'utf8');
    const index = byte % bytes.length;
    bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
    try {
      return JSON.parse(bytes.toString('utf8')) as unknown;
    } catch {
      // No longer JSON: nobody can read it as a record at all.
      return null;
    }
  };

  test('names the record of which any bit of any byte was flipped', () => {
    fc.assert(
      fc.property(fc.nat(chain.length - 1), fc.nat(10_000), fc.nat(7), (index, byte, bit) => {
        const damaged = flip(chain[index] as JournalRecord, byte, bit);
        fc.pre(typeof damaged === 'object' && damaged !== null);
        expect(seqs(chain.with(index, damaged as JournalRecord))).toContain(index);
      }),
      { numRuns: 300 },
    );
  });

  test('every single byte of a record counts', () => {
    const short = chain.slice(0, 1);
    const length = Buffer.byteLength(JSON.stringify(short[0]));
    for (let byte = 0; byte < length; byte += 1) {
      const damaged = flip(short[0] as JournalRecord, byte, 0);
      if (damaged !== null) expect({ byte, seqs: seqs([damaged]) }).toEqual({ byte, seqs: [0] });
    }
  });

  test('names the place of a record that was taken out of the middle', () => {
    for (let index = 0; index < chain.length - 1; index += 1) {
      expect(seqs(chain.toSpliced(index, 1))).toContain(index);
    }
  });

  test('names the place where a record was put in', () => {
    for (let index = 1; index < chain.length; index += 1) {
      const previous = chain[index - 1] as JournalRecord;
      const forged = aRecord(previous, OPENED, { correlationId: 'forged' });
      expect(seqs(chain.toSpliced(index, 0, forged)).some((seq) => seq === index || seq === index + 1)).toBe(true);
    }
  });

  test('names records whose numbers were swapped', () => {
    const [second, third] = [chain[1] as JournalRecord, chain[2] as JournalRecord];
    const swapped = chain.with(1, { ...third, seq: 1 }).with(2, { ...second, seq: 2 });
    expect(seqs(swapped)).toEqual(expect.arrayContaining([1, 2]));
  });

  test('names the successor of a record that was changed and hashed again', () => {
    for (let index = 0; index < chain.length - 1; index += 1) {
      const changed = { ...(chain[index] as JournalRecord), correlationId: 'somebody else' };
      const forged = { ...changed, hash: hashOf(changed, sha256) };
      expect(seqs(chain.with(index, forged as JournalRecord))).toEqual([index + 1]);
    }
  });

  test('names a record of another incident', () => {
    const other = { ...(chain[3] as JournalRecord), incidentId: 'inc-20261121-053000-web-000000' };
    const forged = { ...other, hash: hashOf(other, sha256) } as JournalRecord;
    expect(verify(chain.with(3, forged))).toContainEqual({
      seq: 3,
      problem: `belongs to incident ${other.incidentId}`,
    });
  });

  test('says what is wrong, and where', () => {
    const link = 'does not continue from the record before it';
    expect(verify(chain.toSpliced(2, 1))).toEqual([
      { seq: 2, problem: 'expected record number 2, found 3' },
      { seq: 2, problem: link },
    ]);
    expect(verify(chain.slice(1))).toEqual([
      { seq: 0, problem: 'expected record number 0, found 1' },
      { seq: 0, problem: link },
    ]);
    expect(verify(chain.with(1, { ...(chain[1] as JournalRecord), correlationId: 'x' }))).toEqual([
      { seq: 1, problem: 'content does not match its hash' },
    ]);
    expect(verify([{ seq: 'zero', hash: null, body: { value: Infinity } }]).map(({ problem }) => problem)).toEqual([
      'expected record number 0, found zero',
      'does not match the record schema',
      link,
    ]);
  });

  test.each([[{}], [{ seq: 0 }], [{ seq: 'zero' }], [{ seq: 0, hash: NaN, body: { value: Infinity } }]])(
    'says of %p that it is no record, and does not throw',
    (garbage) => expect(verify([garbage]).map(({ problem }) => problem)).toContain('does not match the record schema'),
  );
});
