import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { verifyChain } from '../../../core/journal/chain.ts';
import { aChain, aDecision, aRecord, anEvidence, OPENED } from '../builders.ts';
import type { Stores } from '../stores.ts';

/** What every journal must do, whatever it is kept in. */
export const journalSuite = (open: () => Stores): void => {
  const gathered = { kind: 'evidence_gathered', body: anEvidence() } as const;
  const decided = { kind: 'action_decided', body: aDecision() } as const;

  test('an unknown incident has an empty chain', async () => {
    expect(await open().journal.read('inc-20261121-053000-nobody-000000')).toEqual([]);
  });

  test('a chain is read back by number, exactly as written, and verifies', async () => {
    const { journal } = open();
    const chain = aChain([OPENED, gathered, decided], { incidentId: 'inc-20261121-053000-journal-000001' });
    for (const record of chain.toReversed()) expect(await journal.append(record)).toEqual({ status: 'appended' });
    const read = await journal.read('inc-20261121-053000-journal-000001');
    expect(read).toEqual(chain);
    expect(verifyChain(read, sha256)).toEqual([]);
  });

  test('a place is taken once: who comes second gets what is there, and nothing changes', async () => {
    const { journal } = open();
    const incidentId = 'inc-20261121-053000-journal-000002';
    const [first] = aChain([OPENED], { incidentId });
    if (first === undefined) throw new Error('no record');
    const evidence = aRecord(first, gathered, { incidentId });
    const decision = aRecord(first, decided, { incidentId });
    await journal.append(first);
    await journal.append(evidence);
    expect(await journal.append(decision)).toEqual({ status: 'exists', record: evidence });
    expect(await journal.append(evidence)).toEqual({ status: 'exists', record: evidence });
    expect(await journal.read(incidentId)).toEqual([first, evidence]);
  });

  test('of many writers of one place exactly one wins, and all learn who', async () => {
    const { journal } = open();
    const incidentId = 'inc-20261121-053000-journal-000003';
    const writers = Array.from({ length: 12 }, (_, index) =>
      aRecord(null, OPENED, { incidentId, correlationId: `writer-${index}` }),
    );
    const answers = await Promise.all(writers.map((record) => journal.append(record)));
    expect(answers.filter(({ status }) => status === 'appended')).toHaveLength(1);
    const [kept] = await journal.read(incidentId);
    for (const answer of answers) if (answer.status === 'exists') expect(answer.record).toEqual(kept);
  });
};
