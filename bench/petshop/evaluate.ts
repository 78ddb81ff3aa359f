import type { AnalyzeEntry, AnalyzeInput } from '../../core/diagnosis/analyze.ts';
import type { Case } from './dataset.ts';
import { renamed, type Damage } from './damage.ts';
import { seeded } from './random.ts';

/** The function under test, as the judge calls it. */
export type Analyzer = (input: AnalyzeInput) => readonly AnalyzeEntry[];

/** How one case went. */
export interface Verdict {
  readonly caseId: string;
  readonly scenario: string;
  readonly metric: string;
  readonly top1: boolean;
  readonly top3: boolean;
  /** First entry names the root and a metric that counts for it. */
  readonly metricAt1: boolean;
  readonly answered: boolean;
}

/** A share with the interval that 95 % of the resampled case sets fall in. */
export interface Estimate {
  readonly share: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

const RESAMPLES = 1000;

/** Items by key, in order of appearance. */
export const grouped = <T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> => {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
};

const judge = (item: Case, answer: readonly AnalyzeEntry[]): Verdict => {
  const place = answer.findIndex(({ node }) => node === item.root);
  return {
    caseId: item.id,
    scenario: item.scenario,
    metric: item.metric,
    top1: place === 0,
    top3: place >= 0 && place < 3,
    metricAt1: place === 0 && item.rootMetrics.includes(answer[0]?.metric ?? ''),
    answered: answer.length > 0,
  };
};

/** Runs every case, renamed and shuffled, damaged or not, once per seed. */
export const evaluate = (analyze: Analyzer, cases: readonly Case[], damage: Damage, seeds: number): Verdict[] =>
  cases.flatMap((item, index) =>
    Array.from({ length: seeds }, (_, seed) => {
      const random = seeded(seed * 7919 + index);
      const asked = renamed(damage(item, random), random);
      return judge(asked, analyze(asked));
    }),
  );

/**
 * Share of verdicts that hold, with a bootstrap interval.
 *
 * Whole cases are resampled, not runs: seeds of one case are not independent evidence.
 */
export const estimate = (verdicts: readonly Verdict[], holds: (verdict: Verdict) => boolean): Estimate => {
  const byCase = grouped(verdicts, ({ caseId }) => caseId);
  const shares = [...byCase.values()].map((runs) => runs.filter(holds).length / runs.length);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const random = seeded(shares.length);
  const resampled = Array.from({ length: RESAMPLES }, () =>
    mean(shares.map(() => shares[Math.floor(random() * shares.length)] as number)),
  ).sort((a, b) => a - b);
  return {
    share: mean(shares),
    low: resampled[Math.floor(0.025 * RESAMPLES)] as number,
    high: resampled[Math.ceil(0.975 * RESAMPLES) - 1] as number,
    count: shares.length,
  };
};

const WINDOW_ROWS = 5;
const PERIOD_SECONDS = 300;

/** Every gap-free window of five fault-free rows, asked as if an alarm had triggered in its second row. */
export const faultFreeCases = (item: Case, metric: string): Case[] => {
  const { t, series } = item.normal;
  return t.flatMap((start, first) => {
    const last = t[first + WINDOW_ROWS - 1];
    if (last === undefined || last - start !== (WINDOW_ROWS - 1) * PERIOD_SECONDS) return [];
    const rows = <T>(values: readonly T[]): T[] => values.slice(first, first + WINDOW_ROWS);
    return [
      {
        ...item,
        id: `${item.scenario}/fault-free/${first}`,
        metric,
        root: null,
        rootMetrics: [],
        target: { node: item.target.node, metric, stat: 'Average', timestamp: start + 1.5 * PERIOD_SECONDS },
        abnormal: { t: rows(t), series: series.map((one) => ({ ...one, v: one.v === null ? null : rows(one.v) })) },
      },
    ];
  });
};

/** Milliseconds at a share of the sorted calls: on the clock, and of the processor, which other load on the machine does not stretch. */
export interface Timing {
  readonly p50: number;
  readonly p95: number;
  readonly cpuP95: number;
  readonly calls: number;
}

/** Times one call per input, after a warm-up that the just-in-time compiler needs. */
export const time = (run: (index: number) => unknown, calls: number): Timing => {
  for (let index = 0; index < Math.min(calls, 50); index += 1) run(index);
  const taken = Array.from({ length: calls }, (_, index) => {
    const start = performance.now();
    const before = process.cpuUsage();
    run(index);
    const { user, system } = process.cpuUsage(before);
    return { clock: performance.now() - start, cpu: (user + system) / 1000 };
  });
  const at = (values: readonly number[], share: number): number =>
    values.toSorted((a, b) => a - b)[Math.floor(calls * share)] as number;
  const clock = taken.map((one) => one.clock);
  return { p50: at(clock, 0.5), p95: at(clock, 0.95), cpuP95: at(taken.map(({ cpu }) => cpu), 0.95), calls }; // prettier-ignore
};
