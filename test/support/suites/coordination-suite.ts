import type { GrantRequest } from '../../../core/shared/ports.ts';
import { hours } from '../../../core/shared/units.ts';
import { at, aVerdict, aRecord, RESTART } from '../builders.ts';
import type { Stores } from '../stores.ts';

const incident = (n: number): string => `inc-20261121-053000-payments-0000${String(n).padStart(2, '0')}`;

const verdictRecord = (incidentId: string) =>
  aRecord(null, { kind: 'verdict_given', body: aVerdict() }, { incidentId });
const intentRecord = (incidentId: string) =>
  aRecord(
    verdictRecord(incidentId),
    { kind: 'action_intended', body: { plan: RESTART, approval: null } },
    { incidentId },
  );

/** @param n - incident and, by default, its own workload and hour, so that no test sees another's traces */
const request = (n: number, changes: Partial<GrantRequest> = {}): GrantRequest => ({
  record: verdictRecord(incident(n)),
  workloadId: `workload-${n}`,
  lease: { holder: incident(n), fencingToken: 1, expiresAt: at(n * 3_600 + 900) },
  expectedToken: 0,
  now: at(n * 3_600),
  maxConcurrentActions: 100,
  maxActionsPerHour: 10,
  group: [],
  costMicroUsd: 0,
  maxCostPerDayMicroUsd: 1_000_000,
  ...changes,
});

/** What every coordination store must do: leases, slots and budgets are taken together with the record, or not at all. */
export const coordinationSuite = (open: () => Stores): void => {
  test('nothing is held where nothing was granted', async () => {
    expect(await open().coordination.read('workload-0', at(0), [])).toEqual({
      lease: null,
      history: [],
      actionsThisHour: 0,
      acting: expect.any(Array),
      groupLeases: [],
      spentTodayMicroUsd: expect.any(Number),
      backlog: [],
    });
  });

  test('a grant takes lease, slot, budget and record together', async () => {
    const { coordination, journal } = open();
    expect(await coordination.grant(request(1))).toEqual({ status: 'granted' });
    const held = await coordination.read('workload-1', at(3_600), []);
    expect(held.lease).toEqual(request(1).lease);
    expect(held.actionsThisHour).toBe(1);
    expect(held.acting).toContain(incident(1));
    expect(await journal.read(incident(1))).toHaveLength(1);
  });

  test('the same grant again is answered with the record in force and takes nothing more', async () => {
    const { coordination } = open();
    await coordination.grant(request(2));
    expect(await coordination.grant(request(2))).toEqual({ status: 'exists', record: request(2).record });
    expect((await coordination.read('workload-2', at(7_200), [])).actionsThisHour).toBe(1);
  });

  test('a lease that runs is refused to another incident, and nothing at all is written', async () => {
    const { coordination, journal } = open();
    await coordination.grant(request(3));
    const other = request(4, {
      workloadId: 'workload-3',
      expectedToken: 1,
      now: at(3 * 3_600 + 899),
      lease: { holder: incident(4), fencingToken: 2, expiresAt: at(20_000) },
    });
    expect(await coordination.grant(other)).toEqual({ status: 'conflict' });
    expect(await journal.read(incident(4))).toEqual([]);
    const held = await coordination.read('workload-3', at(3 * 3_600), []);
    expect(held.lease?.holder).toBe(incident(3));
    expect(held.actionsThisHour).toBe(1);
    expect(held.acting).not.toContain(incident(4));
  });

  test('an expired lease is taken at its very expiry, with the next token', async () => {
    const { coordination } = open();
    await coordination.grant(request(5));
    const lease = { holder: incident(6), fencingToken: 2, expiresAt: at(40_000) };
    const later = request(6, { workloadId: 'workload-5', expectedToken: 1, now: at(5 * 3_600 + 900), lease });
    expect(await coordination.grant(later)).toEqual({ status: 'granted' });
    expect((await coordination.read('workload-5', at(0), [])).lease).toEqual(lease);
  });

  test('a token that has moved since it was read is a conflict, even to the holder', async () => {
    const { coordination } = open();
    await coordination.grant(request(7));
    const again = { ...request(7).lease, fencingToken: 2 };
    const record = aRecord(
      verdictRecord(incident(7)),
      { kind: 'verdict_given', body: aVerdict() },
      { incidentId: incident(7) },
    );
    expect(await coordination.grant(request(7, { record, lease: again, expectedToken: 0 }))).toEqual({
      status: 'conflict',
    });
    expect(await coordination.grant(request(7, { record, lease: again, expectedToken: 2 }))).toEqual({
      status: 'conflict',
    });
    expect(await coordination.grant(request(7, { record, lease: again, expectedToken: 1 }))).toEqual({
      status: 'granted',
    });
  });

  test("the hour's budget ends where the limit is, and the next hour begins afresh", async () => {
    const { coordination } = open();
    const now = at(8 * 3_600);
    const grant = (n: number, when = now) => coordination.grant(request(n, { now: when, maxActionsPerHour: 2 }));
    expect([await grant(80), await grant(81), await grant(82)]).toEqual([
      { status: 'granted' },
      { status: 'granted' },
      { status: 'conflict' },
    ]);
    expect((await coordination.read('workload-80', now, [])).actionsThisHour).toBe(2);
    expect(await grant(83, at(8 * 3_600 + hours(1) / 1_000))).toEqual({ status: 'granted' });
  });

  test('of many incidents that want one workload at once exactly one gets it', async () => {
    const { coordination } = open();
    const wanting = Array.from({ length: 8 }, (_, index) =>
      request(60 + index, { workloadId: 'wanted', now: at(10 * 3_600), maxActionsPerHour: 100 }),
    );
    const answers = await Promise.allSettled(wanting.map((one) => coordination.grant(one)));
    const granted = answers.filter((answer) => answer.status === 'fulfilled' && answer.value.status === 'granted');
    expect(granted).toHaveLength(1);
    const held = await coordination.read('wanted', at(10 * 3_600), []);
    expect(held.actionsThisHour).toBe(1);
  });

  test('too many incidents at once are refused a slot; one that has a slot keeps it', async () => {
    const { coordination } = open();
    const { acting } = await coordination.read('workload-90', at(0), []);
    const one = { now: at(11 * 3_600), maxConcurrentActions: acting.length + 1 };
    expect(await coordination.grant(request(90, one))).toEqual({ status: 'granted' });
    expect(await coordination.grant(request(91, one))).toEqual({ status: 'conflict' });
    const again = request(90, {
      ...one,
      record: aRecord(
        verdictRecord(incident(90)),
        { kind: 'verdict_given', body: aVerdict() },
        { incidentId: incident(90) },
      ),
      expectedToken: 1,
      lease: { holder: incident(90), fencingToken: 2, expiresAt: at(60_000) },
    });
    expect(await coordination.grant(again)).toEqual({ status: 'granted' });
  });

  test('an intent is written under the own, running lease only', async () => {
    const { coordination, journal } = open();
    await coordination.grant(request(12));
    const { lease } = request(12);
    const intend = (changes: Partial<typeof lease>, now = at(12 * 3_600 + 1)) =>
      coordination.intend(intentRecord(incident(12)), 'workload-12', { ...lease, ...changes }, now);
    expect(await intend({ fencingToken: 2 })).toEqual({ status: 'lost' });
    expect(await intend({ holder: incident(13) })).toEqual({ status: 'lost' });
    expect(await intend({}, at(12 * 3_600 + 900))).toEqual({ status: 'lost' });
    expect(await journal.read(incident(12))).toHaveLength(1);
    expect(await intend({})).toEqual({ status: 'appended' });
    expect(await intend({})).toEqual({ status: 'exists', record: intentRecord(incident(12)), held: true });
  });

  test('who wrote its intent is told so even after the lease is gone, so that it looks before it acts', async () => {
    const { coordination } = open();
    await coordination.grant(request(14));
    const write = (now: number) =>
      coordination.intend(intentRecord(incident(14)), 'workload-14', request(14).lease, at(14 * 3_600 + now));
    expect(await write(1)).toEqual({ status: 'appended' });
    expect(await write(10_000)).toEqual({ status: 'exists', record: intentRecord(incident(14)), held: false });
  });

  describe('a dependency group', () => {
    const day = 30 * 24;
    const own = (changes: Partial<GrantRequest> = {}) =>
      request(20, { now: at(day * 3_600), group: ['workload-21', 'workload-22'], ...changes });
    const neighbour = request(21, {
      now: at(day * 3_600),
      lease: { holder: incident(21), fencingToken: 1, expiresAt: at(day * 3_600 + 900) },
    });

    test('lets nobody act beside an incident that acts on another of its workloads', async () => {
      const { coordination, journal } = open();
      await coordination.grant(neighbour);
      const read = await coordination.read('workload-20', at(day * 3_600), ['workload-21', 'workload-22']);
      expect(read.groupLeases).toEqual([neighbour.lease]);
      expect(await coordination.grant(own())).toEqual({ status: 'conflict' });
      expect(await journal.read(incident(20))).toEqual([]);
    });

    test('is free again when that lease expires, and for its holder all the time', async () => {
      const { coordination } = open();
      await coordination.grant(neighbour);
      const later = { now: at(day * 3_600 + 900), lease: { ...own().lease, expiresAt: at(day * 3_600 + 1_800) } };
      expect(await coordination.grant(own(later))).toEqual({ status: 'granted' });
      const same = request(21, { workloadId: 'workload-23', group: ['workload-21'], now: at(day * 3_600) });
      const record = aRecord(
        verdictRecord(incident(21)),
        { kind: 'verdict_given', body: aVerdict() },
        { incidentId: incident(21) },
      );
      expect(await coordination.grant({ ...same, record })).toEqual({ status: 'granted' });
    });
  });

  test("the day's money ends where the limit is, and the next day begins afresh", async () => {
    const { coordination } = open();
    const now = at(40 * 86_400);
    const grant = (n: number, costMicroUsd: number, when = now) =>
      coordination.grant(request(n, { now: when, costMicroUsd, maxCostPerDayMicroUsd: 100 }));
    expect([await grant(40, 60), await grant(41, 41), await grant(42, 40), await grant(43, 0)]).toEqual([
      { status: 'granted' },
      { status: 'conflict' },
      { status: 'granted' },
      { status: 'granted' },
    ]);
    expect((await coordination.read('workload-40', now, [])).spentTodayMicroUsd).toBe(100);
    expect((await coordination.read('workload-40', at(41 * 86_400), [])).spentTodayMicroUsd).toBe(0);
  });

  describe('the backlog', () => {
    const hour = at(50 * 86_400);
    const enqueue = (n: number, length: number) =>
      open().coordination.enqueue(verdictRecord(incident(n)), length, hour);

    test('keeps the order of its verdicts, each of which joins once, and writes nothing for one that comes in between', async () => {
      const { coordination, journal } = open();
      expect(await enqueue(50, 0)).toEqual({ status: 'granted' });
      expect(await enqueue(51, 0)).toEqual({ status: 'conflict' });
      expect(await journal.read(incident(51))).toEqual([]);
      expect(await enqueue(51, 1)).toEqual({ status: 'granted' });
      expect(await enqueue(51, 2)).toEqual({ status: 'exists', record: verdictRecord(incident(51)) });
      const { backlog } = await coordination.read('workload-50', hour, []);
      expect(backlog).toEqual([incident(50), incident(51)]);
      expect((await coordination.read('workload-50', at(50 * 86_400 + 3_600), [])).backlog).toEqual([]);
    });
  });
};
