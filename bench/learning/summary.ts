import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { baseGoals, driftGoals, goalTable, reportTable, type Goal, type ScenarioReport } from './report.ts';
import { scenarios } from './scenarios.ts';

type Measured = ScenarioReport & { readonly measured: { readonly commit: string } };

const readReports = async (dir: string): Promise<readonly Measured[]> => {
  const files = await readdir(dir);
  const known = scenarios.map(({ name }) => `${name}.json`).filter((file) => files.includes(file));
  return Promise.all(known.map(async (file) => JSON.parse(await readFile(join(dir, file), 'utf8')) as Measured));
};

/** One line per goal, one column per scenario; the goals are set for base, elsewhere they say how far it carries. */
const goalsByScenario = (reports: readonly Measured[]): string => {
  const columns = reports.map((report) => ({ name: report.scenario, goals: baseGoals(report) }));
  const rows = [...new Set(columns.flatMap(({ goals }) => goals.map(({ id, goal }) => `${id} | ${goal}`)))];
  const cell = (goals: readonly Goal[], row: string): string => {
    const found = goals.find(({ id, goal }) => `${id} | ${goal}` === row);
    if (found === undefined) return '';
    const point = found.measured.replace(/ \[.*/, '');
    return found.met ? point : `**no**: ${point}`;
  };
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(['goal', '', ...columns.map(({ name }) => name)]),
    line(['---', '---', ...columns.map(() => '---')]),
    ...rows.map((row) => line([row, ...columns.map(({ goals }) => cell(goals, row))])),
  ].join('\n');
};

/** Tells everything that was measured in a folder, whenever it was measured: one page from the scenarios' JSON files. */
export const writeSummary = async (dir: string): Promise<void> => {
  const reports = await readReports(dir);
  const goals = reports.flatMap((report) =>
    report.scenario === 'base' ? baseGoals(report) : report.scenario === 'drift' ? driftGoals(report) : [],
  );
  const lasting = reports.filter(({ scenario }) => scenario !== 'drift');
  const commits = reports.map(({ scenario, measured }) => `${scenario} ${measured.commit.slice(0, 7)}`).join(', ');
  const parts = [
    '# Measured: Decide on simulated incidents',
    `By \`node bench/learning/main.ts --worlds 100\`; commits: ${commits}. What \`bench:promotion\` measured is in [promotion.md](promotion.md).`,
    goalTable(goals),
    '## The same goals in harder and easier worlds',
    goalsByScenario(lasting),
    ...reports.map(reportTable),
  ];
  await writeFile(join(dir, 'README.md'), `${parts.join('\n\n')}\n`);
};
