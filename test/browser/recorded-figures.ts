import type { AnswerOf } from '../../core/contracts/api/routes.ts';
import { isoAt } from '../support/builders.ts';
import { WORKLOADS } from './recorded-answers.ts';

/** What an API would answer about how often the small shop breaks, how well it heals, and what was measured meanwhile. */

const HOUR_MS = 3_600_000;

export const theHeatMap = (): AnswerOf<'showHeatMap'> => {
  const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const cells = WORKLOADS.flatMap(({ workloadId }, row) =>
    [1, 4, 7, 15, 22, 31, 40].map((back, index) => ({
      workloadId,
      hour: new Date(hour - (back + row * 2) * HOUR_MS).toISOString(),
      incidents: 1 + (index % 3),
      minutes: [0.4, 3, 12, 44][(index + row) % 4] ?? 1,
    })),
  );
  return { since: isoAt(-172_800), until: isoAt(0), cells, truncated: false };
};

export const theCurve = (): AnswerOf<'showLearningCurve'> => ({
  since: isoAt(-2_592_000),
  until: isoAt(0),
  points: [40, 52, 61, 66, 78, 81, 84, 90].map((percent, index) => ({
    from: isoAt(-900_000 + index * 100_000),
    to: isoAt(-800_000 + index * 100_000),
    incidents: 10,
    healRatePercent: Math.min(100, percent + 8),
    firstAttemptPercent: percent,
    costPerIncidentMinutes: 9 - index,
  })),
  truncated: false,
});

export const theSummary = (): AnswerOf<'summariseMetrics'> => {
  const all = {
    incidents: 84,
    open: 2,
    recovered: 71,
    escalated: 5,
    dismissed: 6,
    healRatePercent: 93.4,
    harmRatePercent: 0,
    firstAttemptPercent: 84.5,
    timeToRecover: { mean: 24.2, median: 17.9, p90: 53.6 },
    costPerIncidentMinutes: 1.7,
  };
  return { since: isoAt(-2_592_000), until: isoAt(0), all, byWorkload: [], truncated: false };
};

/** Fails three minutes after the window begins; in one that has long been over it is healed. */
export const theSeries = (workloadId: string, query: URLSearchParams): AnswerOf<'showSeries'> => {
  const since = query.get('since') ?? isoAt(-180);
  const until = query.get('until') ?? isoAt(180);
  const onset = Date.parse(since) + 180_000;
  const healedAfter = Date.parse(until) - onset > 120_000 ? 35 : Infinity;
  const samples = (value: (t: number) => number) =>
    Array.from({ length: 60 }, (_, index) => -120 + index * 5)
      .map((t, index) => ({ at: new Date(onset + t * 1_000).toISOString(), value: value(t) + ((index * 7) % 5) / 5 }))
      .filter(({ at }) => at <= until && Date.parse(at) <= Date.now());
  const broken = (t: number, low: number, high: number): number => (t > -3 && t < healedAfter ? high : low);
  return {
    workloadId: workloadId as 'payments',
    since,
    until,
    periodSeconds: 5,
    series: [
      { role: 'errorRate', samples: samples((t) => broken(t, 0.4, 42)) },
      { role: 'latencyP95', samples: samples((t) => broken(t, 120, 610)) },
      { role: 'cpuUtilization', samples: samples((t) => broken(t, 22, 35)) },
      { role: 'requestCount', samples: [] },
    ],
  };
};
