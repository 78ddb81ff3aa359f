import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { REPORT_THRESHOLD } from '../../core/detection/anomaly-detector.ts';
import { helpIfAsked, orEnd } from '../shared/options.ts';
import { type Benchmark, loadBenchmark, type Profile } from './data.ts';
import { plotSeries } from './plot.ts';
import { PUBLISHED } from './published.ts';
import { type DetectorRun, runDetector, type Transform } from './run-detector.ts';
import {
  bestThreshold,
  probationRows,
  type ScoredSeries,
  scoreSeries,
  sweepThresholds,
  total,
  toScoredSeries,
} from './scoring.ts';
import { bootstrapInterval, leaveOneOut } from './statistics.ts';

const USAGE = `bench:nab [--data DIR] [--out DIR]
The anomaly detector on the series of NAB, which are not in the repository: DIR/nab holds <category>/*.csv and labels/ of
https://github.com/numenta/NAB, and profiles.json (default ../shared/data).
--out DIR   where result and plots go (default reports/nab)`;

const SEED = 20_260_101;
const MOVED: Transform = { factor: 1_000, offset: 5, shiftSeconds: 3 * 86_400 };

const format = (score: number | null): string => (score === null ? '-' : score.toFixed(1)).padStart(7);

const scoreRuns = ({ series, probation }: Benchmark, runs: readonly DetectorRun[]): ScoredSeries[] =>
  series.map((one, i) => toScoredSeries(one, runs[i]?.scores ?? [], probation));

const summarise = (scored: readonly ScoredSeries[], profile: Profile) => {
  const shipped = scored.map((one) => scoreSeries(one, REPORT_THRESHOLD, profile));
  const threshold = bestThreshold(sweepThresholds(scored, profile));
  return {
    shipped: total(shipped, profile),
    interval95: bootstrapInterval(shipped, profile, { seed: SEED }),
    best: {
      threshold,
      ...total(
        scored.map((one) => scoreSeries(one, threshold, profile)),
        profile,
      ),
    },
    leaveOneOut: leaveOneOut(scored, profile),
  };
};

type Summary = ReturnType<typeof summarise>;

const byCategory = (scored: readonly ScoredSeries[], profile: Profile) =>
  [...new Set(scored.map(({ series }) => series.category))].map((category) => {
    const own = scored.filter(({ series }) => series.category === category);
    return {
      category,
      files: own.length,
      ...total(
        own.map((one) => scoreSeries(one, REPORT_THRESHOLD, profile)),
        profile,
      ),
    };
  });

const printComparison = (summaries: Readonly<Record<string, Summary>>): void => {
  const names = Object.keys(summaries);
  const rows = [
    ...PUBLISHED.map(({ detector, scores }) => ({ detector, scores: [...scores] as (number | null)[] })),
    { detector: 'Kintsugi, threshold per profile', scores: names.map((name) => summaries[name]?.best.score ?? null) },
    { detector: 'Kintsugi, shipped threshold', scores: names.map((name) => summaries[name]?.shipped.score ?? null) },
  ].toSorted((a, b) => (b.scores[0] ?? 0) - (a.scores[0] ?? 0));
  console.log(`${'detector'.padEnd(34)}${names.map((name) => name.replace('reward_', '').padStart(14)).join('')}`);
  for (const { detector, scores } of rows) {
    console.log(`${detector.padEnd(34)}${scores.map((score) => format(score).padStart(14)).join('')}`);
  }
  console.log('\nshipped threshold, 95 % bootstrap interval over files, and threshold chosen on all other files:');
  for (const [name, { shipped, interval95, leaveOneOut: others, best }] of Object.entries(summaries)) {
    const interval = `${interval95[0].toFixed(1)} to ${interval95[1].toFixed(1)}`;
    console.log(
      `  ${name.padEnd(20)}${format(shipped.score)}  [${interval}]  leave one out${format(others)}` +
        `  found ${shipped.found}, missed ${shipped.missed}, false ${shipped.falseReports}; best at ${best.threshold.toFixed(3)}`,
    );
  }
};

const printCategories = (categories: ReturnType<typeof byCategory>): void => {
  console.log(`\n${'category, standard profile'.padEnd(30)}files windows  found  false  score`);
  for (const { category, files, found, missed, falseReports, score } of categories) {
    const numbers = [files, found + missed, found, falseReports].map((n) => String(n).padStart(7)).join('');
    console.log(`${category.padEnd(28)}${numbers}${format(score)}`);
  }
};

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor(share * (sorted.length - 1))] ?? 0;

const measureCost = (runs: readonly DetectorRun[]) => {
  const sorted = runs.flatMap(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  return {
    samples: sorted.length,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    maxStateBytes: Math.max(...runs.map(({ stateBytes }) => stateBytes)),
  };
};

const commit = (): string | null => {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null; // a copy without history: the result says that its commit is unknown
  }
};

const run = (dataDir: string, outDir: string): void => {
  const benchmark = loadBenchmark(dataDir);
  const { series, profiles, probation } = benchmark;
  const runs = series.map((one) => runDetector(one));
  const scored = scoreRuns(benchmark, runs);
  const summaries = Object.fromEntries(
    Object.entries(profiles).map(([name, profile]) => [name, summarise(scored, profile)]),
  );
  const standard = profiles['standard'];
  if (standard === undefined) throw new Error("profiles.json has no profile 'standard'");
  const categories = byCategory(scored, standard);
  const moved = scoreRuns(
    benchmark,
    series.map((one) => runDetector(one, MOVED)),
  );
  const movedScore = total(
    moved.map((one) => scoreSeries(one, REPORT_THRESHOLD, standard)),
    standard,
  ).score;
  const cost = measureCost(runs);
  console.log(`NAB open set: ${series.length} files, ${series.flatMap(({ windows }) => windows).length} windows\n`);
  printComparison(summaries);
  printCategories(categories);
  console.log(`\nstandard after value x 1000 + 5 and three days later: ${format(movedScore).trim()}`);
  console.log(
    `p50 ${cost.p50Ms.toFixed(3)} ms, p99 ${cost.p99Ms.toFixed(3)} ms of processor time a sample; state at most ${cost.maxStateBytes} bytes`,
  );

  mkdirSync(join(outDir, 'plots'), { recursive: true });
  for (const [i, one] of series.entries()) {
    const rows = probationRows(one.values.length, probation);
    const svg = plotSeries(one, runs[i]?.scores ?? [], { threshold: REPORT_THRESHOLD, probation: rows });
    writeFileSync(join(outDir, 'plots', `${one.name.replaceAll('/', '-').replace('.csv', '')}.svg`), svg);
  }
  const dataSet = 'NAB v1.1 ea702d7, open part';
  const result = { commit: commit(), node: process.version, seed: SEED, dataSet, threshold: REPORT_THRESHOLD };
  writeFileSync(
    join(outDir, 'results.json'),
    `${JSON.stringify({ ...result, profiles: summaries, categories, moved: movedScore, cost, published: PUBLISHED }, null, 2)}\n`,
  );
  console.log(`\n${join(outDir, 'results.json')} and ${series.length} plots written`);
};

helpIfAsked(USAGE);
const { values: options } = orEnd(() =>
  parseArgs({
    options: {
      data: { type: 'string', default: '../shared/data' },
      out: { type: 'string', default: 'reports/nab' },
    },
  }),
);
try {
  run(options.data, options.out);
} catch (error) {
  console.error(`bench:nab: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
