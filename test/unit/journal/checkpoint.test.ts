import { generateKeyPairSync, sign as signWith } from 'node:crypto';
import fc from 'fast-check';
import { signatureCheck } from '../../../cli/system/checkpoints.ts';
import type { Checkpoint, CheckpointHead } from '../../../core/contracts/checkpoint.ts';
import type { JournalRecord } from '../../../core/contracts/journal.ts';
import { canonicalJson } from '../../../core/journal/canonical-json.ts';
import { GENESIS_HASH, verifyChain } from '../../../core/journal/chain.ts';
import type { CheckpointStore, CheckpointTip, UnsignedCheckpoint } from '../../../core/journal/checkpoint.ts';
import { nextCheckpoint, verifyCheckpoints } from '../../../core/journal/checkpoint.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { keepCheckpoint } from '../../../lambdas/checkpointer/checkpointer.ts';
import { entries } from '../../contract/records.ts';
import { aChain, at } from '../../support/builders.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/records';
const isSigned = signatureCheck(publicKey.export({ type: 'spki', format: 'pem' }).toString());

/** Signs as KMS does: the digest is of the same text that `hash` is of. */
const signed = (unsigned: UnsignedCheckpoint): Checkpoint => {
  const { hash: _, ...content } = unsigned;
  const value = signWith('sha256', Buffer.from(canonicalJson(content)), privateKey).toString('base64');
  return { ...unsigned, signature: { keyArn: KEY, algorithm: 'ECDSA_SHA_256', value } };
};

const idOf = (index: number): string => `inc-20261121-053000-payments-${index.toString(16).padStart(6, '0')}`;
const chainOf = (index: number): JournalRecord[] =>
  aChain(entries.slice(0, 3 + (index % (entries.length - 2))), { incidentId: idOf(index) });
const headOf = (chain: readonly JournalRecord[]): CheckpointHead => {
  const last = chain.at(-1) as JournalRecord;
  return { incidentId: last.incidentId, seq: last.seq, hash: last.hash };
};

type Stored = Readonly<Record<string, unknown>>;
const numbered = (checkpoints: readonly Checkpoint[]) =>
  checkpoints.map((content) => ({ number: content.number, content: content as unknown }));

const verify = (
  chains: ReadonlyMap<string, readonly Stored[]>,
  checkpoints: readonly { number: number; content: unknown }[],
  tip: CheckpointTip | null,
) => ({
  records: [...chains].flatMap(([incidentId, records]) =>
    verifyChain(records, sha256).map(({ seq }) => ({ incidentId, seq })),
  ),
  checkpoints: verifyCheckpoints(
    {
      checkpoints,
      tip,
      hashOf: (id, seq) => chains.get(id)?.find((record) => record['seq'] === seq)?.['hash'] as string | undefined,
      isSigned,
    },
    sha256,
  ),
});

/** A tenth of it is enough for the mutation run. */
const JOURNALS = Number(process.env.JOURNALS ?? 1_000);
const PER_CHECKPOINT = JOURNALS / 20;

describe('a thousand journals with their checkpoints', () => {
  const chains = Array.from({ length: JOURNALS }, (_, index) => chainOf(index));
  const whole = new Map<string, readonly Stored[]>(
    chains.map((chain) => [(chain[0] as JournalRecord).incidentId, chain]),
  );
  const checkpoints: Checkpoint[] = [];
  for (let from = 0; from < JOURNALS; from += PER_CHECKPOINT) {
    const heads = chains.slice(from, from + PER_CHECKPOINT).map(headOf);
    checkpoints.push(signed(nextCheckpoint(checkpoints.at(-1) ?? null, 'dev', heads, at(from), sha256)));
  }
  const tip = checkpoints.at(-1) as Checkpoint;

  /** What is found in one journal after it was tampered with, and what its own checkpoint says. */
  const tampered = (index: number, change: (chain: readonly JournalRecord[]) => readonly Stored[]) => {
    const chain = change(chains[index] as JournalRecord[]);
    const own = checkpoints[Math.floor(index / PER_CHECKPOINT)] as Checkpoint;
    const faults = verifyCheckpoints(
      {
        checkpoints: numbered([own]),
        tip: null,
        hashOf: (_, seq) => chain.find((record) => record['seq'] === seq)?.['hash'] as string | undefined,
        isSigned: () => true,
      },
      sha256,
      new Set([idOf(index)]),
    );
    const ofChain = faults.filter(({ incidentId }) => incidentId !== null); // the checkpoints before it are not looked at
    return { seqs: verifyChain(chain, sha256).map(({ seq }) => seq), faults: ofChain, own };
  };
  const everyJournal = Array.from({ length: JOURNALS }, (_, index) => index);
  const random = (index: number, below: number): number => parseInt(sha256(`${index}`).slice(0, 8), 16) % below;

  test('are sound', () => {
    expect(verify(whole, numbered(checkpoints), tip)).toEqual({ records: [], checkpoints: [] });
    expect(verify(whole, numbered(checkpoints).toReversed(), tip).checkpoints).toEqual([]);
  });

  test('a flipped byte of any record is found at its number', () => {
    for (const index of everyJournal) {
      const seq = random(index, (chains[index] as JournalRecord[]).length);
      const { seqs } = tampered(index, (chain) =>
        chain.map((record) => {
          if (record.seq !== seq) return record;
          const text = JSON.stringify(record);
          const place = text.search(/"latencyMs":\d/) + '"latencyMs":'.length;
          const digit = (Number(text[place]) + 1) % 10 || 1;
          return JSON.parse(`${text.slice(0, place)}${digit}${text.slice(place + 1)}`) as Stored;
        }),
      );
      expect(seqs).toContain(seq);
    }
  });

  test('a deleted record is found at its number, also the last', () => {
    for (const index of everyJournal) {
      const { length } = chains[index] as JournalRecord[];
      const seq = random(index, length);
      const { seqs, faults, own } = tampered(index, (chain) => chain.filter((record) => record.seq !== seq));
      if (seq < length - 1) expect(seqs).toContain(seq);
      else
        expect(faults).toEqual([
          { number: own.number, incidentId: idOf(index), problem: expect.any(String) as string },
        ]);
    }
  });

  test('a chain that was cut, or deleted, is missed by its checkpoint', () => {
    for (const index of everyJournal) {
      const { length } = chains[index] as JournalRecord[];
      const kept = random(index, length);
      const { faults, own } = tampered(index, (chain) => chain.slice(0, kept));
      expect(faults).toEqual([
        {
          number: own.number,
          incidentId: idOf(index),
          problem: `record ${length - 1} is missing: the chain was longer`,
        },
      ]);
    }
  });

  test('an inserted record is found at its number', () => {
    for (const index of everyJournal) {
      const seq = random(index, (chains[index] as JournalRecord[]).length);
      const other = (chains[(index + 1) % JOURNALS] as JournalRecord[])[0] as JournalRecord;
      const { seqs } = tampered(index, (chain) => [...chain, { ...other, incidentId: idOf(index), seq }]);
      expect(seqs.some((found) => found === seq || found === seq + 1)).toBe(true);
    }
  });

  test('two records that changed places are found at the first of them', () => {
    for (const index of everyJournal) {
      const { length } = chains[index] as JournalRecord[];
      const seq = random(index, length - 1);
      const { seqs } = tampered(index, (chain) =>
        chain.map((record) =>
          record.seq === seq ? { ...record, seq: seq + 1 } : record.seq === seq + 1 ? { ...record, seq } : record,
        ),
      );
      expect(seqs).toContain(seq);
    }
  });

  test('a chain that was written anew from a forged record on does not end as it was signed', () => {
    for (const index of everyJournal) {
      const forged = aChain(
        (chains[index] as JournalRecord[]).map(({ kind, body }) => ({ kind, body }) as (typeof entries)[number]),
        { incidentId: idOf(index), correlationId: 'forged' },
      );
      const { seqs, faults, own } = tampered(index, () => forged);
      expect(seqs).toEqual([]);
      const problem = `record ${forged.length - 1} is another one than was signed`;
      expect(faults).toEqual([{ number: own.number, incidentId: idOf(index), problem }]);
    }
  });

  test.each([
    ['one in the middle', 8, ['9: checkpoint 8 is missing: 9 comes after 7', '9: does not continue from']],
    ['the first', 1, ['2: checkpoint 1 is missing: 2 comes after 0', '2: does not continue from']],
    ['the last', 20, ['20: checkpoint 20 is missing at the end']],
  ])('a checkpoint that is missing is missed: %s', (_, gone, told) => {
    const { checkpoints: faults } = verify(whole, numbered(checkpoints.filter(({ number }) => number !== gone)), tip);
    expect(faults.map(({ incidentId }) => incidentId)).toEqual(told.map(() => null));
    expect(faults.map(({ number, problem }) => `${number}: ${problem}`)).toEqual(
      told.map((line) => line.replace(/ from$/, ' from the checkpoint before it')),
    );
  });

  test('where the writer never wrote, or has more than its tip says, none is missed', () => {
    expect(verify(whole, numbered(checkpoints), null).checkpoints).toEqual([]);
    expect(verify(whole, numbered(checkpoints), checkpoints[3] as Checkpoint).checkpoints).toEqual([]);
    expect(verify(whole, [], tip).checkpoints.map(({ problem }) => problem)).toEqual([
      'checkpoint 20 is missing at the end',
    ]);
  });

  test('a checkpoint that was changed, or signed by somebody else, is named', () => {
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const changed = numbered(checkpoints);
    const third = checkpoints[2] as Checkpoint;
    const { hash: _, signature, ...content } = { ...third, at: '2030-01-01T00:00:00.000Z' };
    const text = canonicalJson(content);
    changed[2] = {
      number: 3,
      content: {
        ...content,
        hash: sha256(text),
        signature: { ...signature, value: signWith('sha256', Buffer.from(text), stranger).toString('base64') },
      },
    };
    const link = { number: 4, incidentId: null, problem: 'does not continue from the checkpoint before it' };
    expect(verify(whole, changed, tip).checkpoints).toEqual([
      { number: 3, incidentId: null, problem: `is not signed by ${KEY}` },
      link,
    ]);
    changed[2] = { number: 3, content: { ...third, at: '2030-01-01T00:00:00.000Z' } };
    expect(verify(whole, changed, tip).checkpoints).toEqual([
      { number: 3, incidentId: null, problem: 'content does not match its hash' },
    ]);
    changed[2] = { number: 3, content: null };
    expect(verify(whole, changed, tip).checkpoints).toEqual([
      { number: 3, incidentId: null, problem: 'does not match the schema of checkpoints' },
      link,
    ]);
  });
});

describe('keeping a checkpoint', () => {
  const memory = () => {
    const kept = new Map<number, Checkpoint>();
    let tip: CheckpointTip | null = null;
    const store: CheckpointStore = {
      tip: () => Promise.resolve(tip),
      put: (checkpoint) => {
        const by = kept.get(checkpoint.number);
        if (by !== undefined) return Promise.resolve({ status: 'taken', by });
        kept.set(checkpoint.number, checkpoint);
        return Promise.resolve({ status: 'stored' });
      },
      advance: (to) => {
        if (to.number > (tip?.number ?? 0)) tip = to;
        return Promise.resolve();
      },
    };
    return { kept, store, tipNow: () => tip };
  };
  const deps = (store: CheckpointStore) => ({
    clock: simulatedClock(),
    env: 'dev' as const,
    sha256,
    store,
    sign: () => Promise.resolve({ keyArn: KEY, algorithm: 'ECDSA_SHA_256' as const, value: 'AA==' }),
  });
  const heads = [headOf(chainOf(1)), headOf(chainOf(2))];

  test('of nothing keeps nothing', async () => {
    const { kept, store } = memory();
    expect(await keepCheckpoint([], deps(store))).toBeNull();
    expect(kept.size).toBe(0);
  });

  test('names incidents in one order, whatever the order in which they come', () => {
    const all = [1, 2, 3, 4].map((index) => headOf(chainOf(index)));
    for (const order of [all, all.toReversed(), [all[2]!, all[0]!, all[3]!, all[1]!]]) {
      expect(nextCheckpoint(null, 'dev', order, at(0), sha256).heads).toEqual(all);
    }
  });

  test('names also a chain of one record, and of two that are as long the later one', () => {
    const one = { ...headOf(chainOf(1)), seq: 0 };
    const other = { ...one, hash: sha256('other') };
    expect(nextCheckpoint(null, 'dev', [one], at(0), sha256).heads).toEqual([one]);
    expect(nextCheckpoint(null, 'dev', [one, other], at(0), sha256).heads).toEqual([other]);
    expect(nextCheckpoint(null, 'dev', [other, one], at(0), sha256).heads).toEqual([one]);
  });

  test('that says another number than its key is named', () => {
    const only = signed(nextCheckpoint({ number: 1, hash: GENESIS_HASH }, 'dev', heads, at(0), sha256));
    expect(verify(new Map(), [{ number: 1, content: only }], null).checkpoints).toContainEqual({
      number: 1,
      incidentId: null,
      problem: 'says that it is number 2',
    });
  });

  test('of one incident keeps its longest chain', () => {
    const short = { ...headOf(chainOf(1).slice(0, 2)) };
    const order = fc.shuffledSubarray([short, headOf(chainOf(1))], { minLength: 2 });
    fc.assert(
      fc.property(order, (some) => {
        expect(nextCheckpoint(null, 'dev', some, at(0), sha256).heads).toEqual([headOf(chainOf(1))]);
      }),
    );
  });

  test('ten writers at once take ten numbers in one chain', async () => {
    const { kept, store, tipNow } = memory();
    await Promise.all(Array.from({ length: 10 }, () => keepCheckpoint(heads, deps(store))));
    const numbers = [...kept.keys()].sort((a, b) => a - b);
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(tipNow()?.number).toBe(10);
    for (const [number, { prevHash }] of kept) {
      if (number > 1) expect(prevHash).toBe(kept.get(number - 1)?.hash);
    }
  });

  test('goes on behind a checkpoint whose writer died before it moved the tip', async () => {
    const { kept, store, tipNow } = memory();
    const died = await keepCheckpoint(heads, deps({ ...store, advance: () => Promise.resolve() }));
    expect(tipNow()).toBeNull();
    const next = await keepCheckpoint(heads, deps(store));
    expect(next).toMatchObject({ number: 2, prevHash: died?.hash });
    expect([kept.size, tipNow()?.number]).toEqual([2, 2]);
  });
});
