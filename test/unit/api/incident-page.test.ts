import fc from 'fast-check';
import { decodeCursor, encodeCursor } from '../../../core/api/cursor.ts';
import type { ReadIncidents } from '../../../core/api/incident-page.ts';
import { incidentPage } from '../../../core/api/incident-page.ts';
import type { ListIncidentsQuery } from '../../../core/contracts/api/incidents.ts';
import type { Incident } from '../../../core/contracts/incident.ts';
import { IncidentStatusSchema } from '../../../core/contracts/incident.ts';

const incidentArb = fc
  .record({
    second: fc.integer({ min: 0, max: 40 }),
    workloadId: fc.constantFrom('checkout', 'payments'),
    status: fc.constantFrom(...IncidentStatusSchema.options),
    id: fc.integer({ min: 0, max: 0xffffff }),
  })
  .map(({ second, workloadId, status, id }): Incident => {
    const openedAt = new Date(1_763_700_000_000 + second * 1_000).toISOString();
    return {
      incidentId: `inc-20251121-000000-${workloadId}-${id.toString(16).padStart(6, '0')}`,
      env: 'dev',
      workloadId,
      status,
      openedAt,
      closedAt: null,
      severity: 50,
      summary: id % 2 === 0 ? 'too many requests FAIL' : 'slow',
      correlationId: 'c',
      signalCount: 1,
      attempts: 0,
      lastAction: null,
      outcome: null,
      suspectRevision: null,
      explanation: null,
    };
  });
const incidentsArb = fc.uniqueArray(incidentArb, { selector: ({ incidentId }) => incidentId, maxLength: 120 });

const queryArb = fc.record(
  {
    status: fc.subarray([...IncidentStatusSchema.options], { minLength: 1 }),
    workload: fc.constantFrom('checkout', 'payments'),
    text: fc.constantFrom('fail', 'checkout', 'nothing'),
    since: fc.constant(new Date(1_763_700_010_000).toISOString()),
    until: fc.constantFrom(1_763_700_030_000, 1_763_700_005_000).map((at) => new Date(at).toISOString()),
  },
  { requiredKeys: [] },
);

/** Like the table: one index at a time, equal instants in an order of its own. */
const readFrom =
  (incidents: readonly Incident[]): ReadIncidents =>
  ({ by }, { from, to, limit }) => {
    if (from > to) throw new Error('the table takes no range that ends before it begins');
    const own = incidents
      .filter((one) => ('status' in by ? one.status === by.status : one.workloadId === by.workload))
      .filter(({ openedAt }) => openedAt >= from && openedAt <= to)
      .sort((a, b) => b.openedAt.localeCompare(a.openedAt));
    return Promise.resolve({ incidents: own.slice(0, limit), more: own.length > limit });
  };

const allPages = async (incidents: readonly Incident[], query: ListIncidentsQuery): Promise<Incident[]> => {
  const found: Incident[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < 500; page += 1) {
    const position: ReturnType<typeof decodeCursor> | null = cursor === null ? null : decodeCursor(cursor);
    const next = await incidentPage(query, position?.ok === true ? position.value : null, readFrom(incidents));
    expect(next.incidents.length).toBeLessThanOrEqual(query.limit);
    found.push(...next.incidents);
    cursor = next.nextCursor;
    if (cursor === null) return found;
  }
  throw new Error('the pages do not end');
};

const isWanted = (one: Incident, { status, workload, text, since, until }: Partial<ListIncidentsQuery>): boolean =>
  (status === undefined || status.includes(one.status)) &&
  (workload === undefined || one.workloadId === workload) &&
  (since === undefined || one.openedAt >= since) &&
  (until === undefined || one.openedAt < until) &&
  (text === undefined || `${one.incidentId} ${one.summary}`.toLowerCase().includes(text));

test('pages together are every wanted incident once, newest first, whatever the filter and the size of a page', async () => {
  await fc.assert(
    fc.asyncProperty(incidentsArb, queryArb, fc.integer({ min: 1, max: 30 }), async (incidents, query, limit) => {
      const found = await allPages(incidents, { ...query, limit });
      const wanted = incidents.filter((one) => isWanted(one, query));
      expect(found.map(({ incidentId }) => incidentId).sort()).toEqual(
        wanted.map(({ incidentId }) => incidentId).sort(),
      );
      expect(found.map(({ openedAt }) => openedAt)).toEqual(
        wanted
          .map(({ openedAt }) => openedAt)
          .sort()
          .reverse(),
      );
    }),
    { numRuns: 300 },
  );
});

test.each([
  [{ since: '2025-11-21T04:40:10Z' }, 3],
  [{ since: '2025-11-21T04:40:10.000Z' }, 3],
  [{ since: '2025-11-21T04:40:10.4Z' }, 2],
  [{ since: '2025-11-21T04:40:10.400000Z' }, 2],
  [{ until: '2025-11-21T04:40:10Z' }, 0],
  [{ until: '2025-11-21T04:40:10.4Z' }, 1],
  [{ until: '2025-11-21T04:40:11Z' }, 2],
])('%j is the same instant however precisely it is written', async (query, expected) => {
  const [one] = fc.sample(incidentArb, 1) as [Incident];
  const incidents = ['10.000', '10.400', '11.000'].map((second, index) => ({
    ...one,
    incidentId: `inc-20251121-044010-checkout-00000${index}`,
    openedAt: `2025-11-21T04:40:${second}Z`,
  }));
  expect(await allPages(incidents, { ...query, limit: 25 })).toHaveLength(expected);
});

test('a cursor is a position again; anything else is refused', () => {
  const ascii = fc.string({ unit: fc.constantFrom(...'abc019-:.TZ'), minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(ascii, ascii, (at, id) => {
      expect(decodeCursor(encodeCursor({ at, id }))).toEqual({ ok: true, value: { at, id } });
    }),
  );
  for (const wrong of ['AAAA', 'nonsense', '-_-_', encodeCursor({ at: 'a', id: '' })]) {
    expect(decodeCursor(wrong)).toMatchObject({ ok: false });
  }
});
