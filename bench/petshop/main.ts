import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { analyze, baseline } from '../../core/diagnosis/analyze.ts';
import { helpIfAsked, orEnd, wholeNumber } from '../shared/options.ts';
import { combined, noisy, withoutEdges, withoutRequests, withoutSamples, type Damage } from './damage.ts';
import { loadScenario, SCENARIOS, type Case } from './dataset.ts';
import { estimate, evaluate, faultFreeCases, time, type Estimate, type Verdict } from './evaluate.ts';
import { drawGraph } from './graph-plot.ts';
import { injectedCases } from './inject.ts';
import { PUBLISHED } from './published.ts';

const USAGE = `bench:petshop [--data DIR] [--out DIR] [--seeds N] [--plot ISSUE]
Root-cause ranking on the PetShop data, which is not in the repository: files DIR/petshop/low_traffic.json and
temporal_traffic1.json, in the format that README.md describes (default ../shared/data).
--out DIR      where result and plot go (default reports/petshop)
--seeds N      damages of each kind per issue (default 10)
--plot ISSUE   whose graph is drawn (default low_traffic/test/issue_1)`;

helpIfAsked(USAGE);
const { values: options } = orEnd(() =>
  parseArgs({
    options: {
      data: { type: 'string', default: '../shared/data' },
      out: { type: 'string', default: 'reports/petshop' },
      seeds: { type: 'string', default: '10' },
      plot: { type: 'string', default: 'low_traffic/test/issue_1' },
    },
  }),
);
const seeds = orEnd(() => wholeNumber('seeds', options.seeds));

const none: Damage = (item) => item;
const DAMAGES: Readonly<Record<string, Damage>> = {
  'none (renamed, shuffled)': none,
  '30 % of nodes lack requests': withoutRequests(0.3),
  '30 % of edges missing': withoutEdges(0.3),
  '20 % of samples lost': withoutSamples(0.2),
  '5 % noise on every sample': noisy(0.05),
  'all mild: 15 % requests, 15 % edges, 10 % samples, 5 % noise': combined(
    withoutRequests(0.15),
    withoutEdges(0.15),
    withoutSamples(0.1),
    noisy(0.05),
  ),
};

const percent = ({ share, low, high }: Estimate): string =>
  `${share.toFixed(3)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): void => {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  console.log([line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line), ''].join('\n'));
};
const summary = (verdicts: readonly Verdict[]) => ({
  top1: estimate(verdicts, ({ top1 }) => top1),
  top3: estimate(verdicts, ({ top3 }) => top3),
  metricAt1: estimate(verdicts, ({ metricAt1 }) => metricAt1),
});

const cases = orEnd(() => SCENARIOS.flatMap((scenario) => loadScenario(options.data, scenario)));
const groups = SCENARIOS.flatMap((scenario) => ['latency', 'availability'].map((metric) => ({ scenario, metric })));

const open = evaluate(analyze, cases, none, 1);
const recall = groups.map(({ scenario, metric }) => ({
  scenario,
  metric,
  ...summary(open.filter((verdict) => verdict.scenario === scenario && verdict.metric === metric)),
}));
console.log(
  `PetShop, open set: ${cases.length} issues, every node renamed, every order shuffled; intervals: 95 % bootstrap over issues\n`,
);
table(
  ['scenario', 'metric', 'issues', 'top-1', 'top-3', 'node+metric@1'],
  recall.map((row) => [
    row.scenario,
    row.metric,
    String(row.top1.count),
    percent(row.top1),
    percent(row.top3),
    percent(row.metricAt1),
  ]),
);

console.log('Top-1 beside the published methods (theirs: all 68 issues, both temporal scenarios)\n');
table(
  ['method', 'low latency', 'low availability', 'temporal latency', 'temporal availability'],
  [
    ['kintsugi (open set)', ...recall.map(({ top1 }) => top1.share.toFixed(2))],
    ...PUBLISHED.map(({ name, top1 }) => [name, ...top1.map((share) => share.toFixed(2))]),
  ],
);

const damaged = Object.entries(DAMAGES).map(([name, damage]) => ({
  name,
  ...summary(evaluate(analyze, cases, damage, seeds)),
}));
console.log(`Damaged telemetry, ${seeds} seeds an issue\n`);
table(
  ['damage', 'top-1', 'top-3'],
  damaged.map(({ name, top1, top3 }) => [name, percent(top1), percent(top3)]),
);

const scenarioCase = (scenario: string): Case => cases.find((item) => item.scenario === scenario) as Case;
const injected = injectedCases(scenarioCase('low_traffic')).map((group) => ({
  name: group.name,
  ...summary(evaluate(analyze, group.cases, none, 1)),
}));
console.log(
  'Roots the open set does not have: latency or failures added to a node and its callers in fault-free windows (inject.ts)\n',
);
table(
  ['root', 'cases', 'top-1', 'top-3'],
  injected.map(({ name, top1, top3 }) => [name, String(top1.count), percent(top1), percent(top3)]),
);

// A scenario whose normal rows have gaps everywhere has no window to ask about.
const specificity = groups
  .filter(({ scenario, metric }) => faultFreeCases(scenarioCase(scenario), metric).length > 0)
  .map(({ scenario, metric }) => ({
    scenario,
    metric,
    quiet: estimate(
      evaluate(analyze, faultFreeCases(scenarioCase(scenario), metric), none, 1),
      ({ answered }) => !answered,
    ),
  }));
console.log('Specificity: fault-free windows of five rows answered with nothing\n');
table(
  ['scenario', 'metric', 'windows', 'specificity'],
  specificity.map(({ scenario, metric, quiet }) => [scenario, metric, String(quiet.count), percent(quiet)]),
);

const stored = new Map(SCENARIOS.map((scenario) => [scenario as string, baseline(scenarioCase(scenario).normal)]));
const storedBytes = JSON.stringify(stored.get('low_traffic')).length;
const largest = cases.filter(({ scenario }) => scenario === 'low_traffic');
const at = (index: number): Case => largest[index % largest.length] as Case;
const timing = {
  cold: time((index) => analyze(at(index)), 300),
  storedBaseline: time((index) => analyze({ ...at(index), baseline: stored.get('low_traffic') }), 300),
};
console.log(`Time per analysis, low_traffic (589 normal rows); stored baseline ${Math.round(storedBytes / 1024)} KB\n`);
table(
  ['baseline', 'p50 ms', 'p95 ms', 'p95 processor ms', 'calls'],
  Object.entries(timing).map(([name, { p50, p95, cpuP95, calls }]) => [
    name,
    p50.toFixed(2),
    p95.toFixed(2),
    cpuP95.toFixed(2),
    String(calls),
  ]),
);

const plotted = cases.find(({ id }) => id === options.plot);
if (plotted === undefined)
  throw new RangeError(`--plot is "${options.plot}"; allowed are ${cases.map(({ id }) => id).join(', ')}`);
mkdirSync(options.out, { recursive: true });
const plotFile = join(options.out, `${plotted.id.replaceAll('/', '-')}.svg`);
writeFileSync(plotFile, drawGraph(plotted, analyze(plotted)));
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const resultFile = join(options.out, 'result.json');
writeFileSync(
  resultFile,
  JSON.stringify(
    {
      dataSet: 'petshop open set',
      commit,
      node: process.version,
      seeds,
      recall,
      damaged,
      injected,
      specificity,
      timing,
    },
    null,
    2,
  ),
);
console.log(`${resultFile}\n${plotFile}`);
