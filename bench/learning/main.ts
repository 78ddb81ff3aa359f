import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { wholeNumber } from '../shared/options.ts';
import { BAD_PRIOR_GATED, BAD_PRIOR_INJECTED, LEARNER, runWorld, type WorldResult } from './experiment.ts';
import { measuredBy } from './measured-by.ts';
import { calibrationPlot, linePlot } from './plot.ts';
import { qHeatMap } from './q-heat-map.ts';
import {
  baseGoals,
  driftGoals,
  goalTable,
  reportTable,
  scenarioReport,
  type Goal,
  type ScenarioReport,
} from './report.ts';
import { scenarios, type Scenario } from './scenarios.ts';
import { writeSummary } from './summary.ts';

/**
 * Measures Decide on simulated incidents: `node bench/learning/main.ts --worlds 100`. A few worlds are a smoke test only;
 * the goals ask for at least 100. Everything is a function of the world's number: a run can be repeated.
 */
const USAGE = `--worlds N        worlds per scenario (default 4)
--scenario NAME   only this one, repeatable: ${scenarios.map(({ name }) => name).join(', ')}
--out DIR         where JSON, tables and plots go (default bench/learning/results); other scenarios' results there stay`;

const PERCENT = 100;

/** On a terminal a line that is written over; in a log, silence. */
const progress = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r${text.padEnd(72)}`);
};

const bar = (done: number, all: number): string => {
  const filled = Math.round((24 * done) / all);
  return `${'#'.repeat(filled)}${'.'.repeat(24 - filled)} ${String(Math.round((PERCENT * done) / all)).padStart(3)} %`;
};

const runScenario = (scenario: Scenario, worlds: number): WorldResult[] => {
  const isBase = scenario.name === 'base';
  const results = Array.from({ length: worlds }, (_, number) => {
    progress(`${scenario.name.padEnd(9)} ${bar(number, worlds)}`);
    return runWorld(scenario, number, { baselines: scenario.driftAt === null, badPriors: isBase });
  });
  progress('');
  return results;
};

/** Policies that a plot can show without hiding the learner: the worst ones are in the table. */
const plotted = (report: ScenarioReport) =>
  report.policies.filter(
    ({ policy }) => !['random', 'plain Q', 'warm Q', BAD_PRIOR_GATED, BAD_PRIOR_INJECTED].includes(policy),
  );

const plotsOf = (report: ScenarioReport, results: readonly WorldResult[]): readonly (readonly [string, string])[] => {
  const series = (key: 'change' | 'regret') =>
    plotted(report).map(({ policy, curve }) => ({
      name: policy,
      points: curve.map((point) => ({ x: point.incident, estimate: point[key] })),
    }));
  const { scenario } = report;
  const learner = report.policies.find(({ policy }) => policy === LEARNER)?.calibration;
  const title = (text: string) => `${text} (${scenario}, ${String(report.worlds)} worlds)`;
  const first = results[0];
  return [
    [
      `${scenario}-cost.svg`,
      linePlot(title('Cost against the runbook'), ['incidents', 'difference'], series('change')),
    ],
    [`${scenario}-regret.svg`, linePlot(title('Regret to the oracle'), ['incidents', 'regret'], series('regret'))],
    ...(learner ? [[`${scenario}-calibration.svg`, calibrationPlot(title('Calibration'), learner.bins)] as const] : []),
    ...(first
      ? [
          [
            `${scenario}-q-table.svg`,
            qHeatMap(
              `Q in impact-minutes after ${String(report.incidents)} incidents (${scenario}, world 0)`,
              first.table,
            ),
          ] as const,
        ]
      : []),
  ];
};

const parseOptions = () => {
  const { values } = parseArgs({
    options: {
      worlds: { type: 'string', default: '4' },
      scenario: { type: 'string', multiple: true },
      out: { type: 'string', default: 'bench/learning/results' },
      help: { type: 'boolean', default: false },
    },
  });
  const worlds = wholeNumber('worlds', values.worlds);
  const unknown = values.scenario?.find((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown !== undefined) throw new Error(`--scenario ${unknown}: there is no such scenario\n${USAGE}`);
  return { ...values, worlds };
};

const main = async (): Promise<void> => {
  const options = parseOptions();
  if (options.help) return void process.stdout.write(`${USAGE}\n`);
  await mkdir(options.out, { recursive: true });
  const goals: Goal[] = [];
  for (const scenario of scenarios.filter(({ name }) => options.scenario?.includes(name) ?? true)) {
    const results = runScenario(scenario, options.worlds);
    const report = scenarioReport(scenario, results);
    if (scenario.name === 'base') goals.push(...baseGoals(report));
    if (scenario.driftAt !== null) goals.push(...driftGoals(report));
    process.stdout.write(`${reportTable(report)}\n\n`);
    const measured = { ...measuredBy(), worlds: options.worlds };
    await writeFile(join(options.out, `${scenario.name}.json`), `${JSON.stringify({ measured, ...report })}\n`);
    for (const [name, plot] of plotsOf(report, results)) await writeFile(join(options.out, name), plot);
    // Rewritten after each scenario: a long run can be read, or stopped, before its end.
    await writeSummary(options.out);
  }
  process.stdout.write(`${goalTable(goals)}\n`);
};

await main();
