import { figuresOf, heatMapOf, learningCurveOf } from '../../../core/api/figures.ts';
import type { Incident } from '../../../core/contracts/incident.ts';
import { fromIso } from '../../../core/shared/units.ts';

const incident = (over: Partial<Incident>): Incident => ({
  incidentId: 'inc-20261121-100000-payments-abcdef',
  env: 'dev',
  workloadId: 'payments',
  status: 'recovered',
  openedAt: '2026-11-21T10:00:00.000Z',
  closedAt: '2026-11-21T10:10:00.000Z',
  severity: 50,
  summary: 's',
  correlationId: 'c',
  signalCount: 1,
  attempts: 1,
  lastAction: 'restart',
  outcome: 'recovered',
  suspectRevision: null,
  explanation: null,
  ...over,
});
const costs = (action: string): number => (action === 'restart' ? 2 : 0);

test('rates divide by what could have gone the other way, and are null where nothing could', () => {
  expect(figuresOf([], costs)).toMatchObject({
    incidents: 0,
    healRatePercent: null,
    harmRatePercent: null,
    firstAttemptPercent: null,
    timeToRecover: null,
    costPerIncidentMinutes: null,
  });
  const figures = figuresOf(
    [
      incident({}),
      incident({ attempts: 2, closedAt: '2026-11-21T10:20:00.000Z' }),
      incident({ status: 'escalated', outcome: 'worse' }),
      incident({ status: 'dismissed', lastAction: null }),
      incident({ status: 'open', closedAt: null, lastAction: null }),
    ],
    costs,
  );
  expect(figures).toEqual({
    incidents: 5,
    open: 1,
    recovered: 2,
    escalated: 1,
    dismissed: 1,
    healRatePercent: 66.67,
    harmRatePercent: 33.33,
    firstAttemptPercent: 50,
    timeToRecover: { mean: 900, median: 600, p90: 1200 },
    // (5 + 2) + (10 + 4) + (5 + 2) over three
    costPerIncidentMinutes: 9.33,
  });
});

test('an incident is in every hour in which it was open, and dismissed ones in none', () => {
  const long = incident({ openedAt: '2026-11-21T10:50:00.000Z', closedAt: '2026-11-21T12:15:00.000Z' });
  const cells = heatMapOf([long, incident({ status: 'dismissed' })], fromIso('2026-11-21T13:00:00.000Z'));
  expect(cells.map(({ hour, minutes }) => [hour.slice(11, 13), minutes])).toEqual([
    ['10', 10],
    ['11', 60],
    ['12', 15],
  ]);
});

test.each([
  ['10:00', '11:00', [['10', 60]]],
  ['10:30', '11:00', [['10', 30]]],
  ['11:00', '11:00', [['11', 0]]],
  [
    '10:59',
    '11:01',
    [
      ['10', 1],
      ['11', 1],
    ],
  ],
])('an incident from %s to %s is in no hour that began when it ended', (from, to, expected) => {
  const one = incident({ openedAt: `2026-11-21T${from}:00.000Z`, closedAt: `2026-11-21T${to}:00.000Z` });
  const cells = heatMapOf([one], fromIso('2026-11-21T13:00:00.000Z'));
  expect(cells.map(({ hour, minutes }) => [hour.slice(11, 13), minutes])).toEqual(expected);
});

test('the curve has a point for each full block, oldest first', () => {
  const incidents = Array.from({ length: 11 }, (_, index) =>
    incident({
      openedAt: `2026-11-21T10:${String(59 - index).padStart(2, '0')}:00.000Z`,
      closedAt: '2026-11-21T11:00:00.000Z',
      status: index < 5 ? 'recovered' : 'escalated',
    }),
  );
  const curve = learningCurveOf(incidents, 5, costs);
  expect(curve.map(({ incidents: count, healRatePercent }) => [count, healRatePercent])).toEqual([
    [5, 0],
    [5, 80],
  ]);
});
