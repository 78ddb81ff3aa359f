import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An anomaly window as sample indices, both inclusive. */
export interface LabelWindow {
  readonly first: number;
  readonly last: number;
}

/** One labelled stream: times in seconds since the epoch (UTC), values in the metric's own unit. */
export interface LabelledSeries {
  readonly name: string;
  readonly category: string;
  readonly times: readonly number[];
  readonly values: readonly number[];
  readonly windows: readonly LabelWindow[];
}

export interface Profile {
  readonly tpWeight: number;
  readonly fpWeight: number;
  readonly fnWeight: number;
}

export interface Benchmark {
  readonly series: readonly LabelledSeries[];
  readonly profiles: Readonly<Record<string, Profile>>;
  readonly probation: { readonly share: number; readonly maxRows: number };
}

const parseTime = (text: string): number => Date.parse(`${text.trim().replace(' ', 'T').slice(0, 19)}Z`) / 1_000;

const parseRows = (path: string): { times: number[]; values: number[] } => {
  const rows = readFileSync(path, 'utf8').trim().split('\n').slice(1);
  const times: number[] = [];
  const values: number[] = [];
  for (const [index, row] of rows.entries()) {
    const [time = '', value = ''] = row.split(',');
    if (!Number.isFinite(parseTime(time)) || value.trim() === '' || !Number.isFinite(Number(value))) {
      throw new Error(`${path} line ${index + 2}: expected 'YYYY-MM-DD HH:MM:SS,number', got '${row}'`);
    }
    times.push(parseTime(time));
    values.push(Number(value));
  }
  return { times, values };
};

const toWindow = (times: readonly number[], [from = '', to = '']: readonly string[]): LabelWindow => ({
  first: times.findIndex((time) => time >= parseTime(from)),
  last: times.findLastIndex((time) => time <= parseTime(to)),
});

/**
 * Reads every labelled series below `<dataDir>/nab`.
 *
 * @throws Error when the folder is missing, saying where the data comes from, or when a row does not parse
 */
export const loadBenchmark = (dataDir: string): Benchmark => {
  const root = join(dataDir, 'nab');
  const labelsPath = join(root, 'labels', 'combined_windows.json');
  if (!existsSync(labelsPath)) {
    throw new Error(
      `no NAB data in '${root}' (expected labels/combined_windows.json). Pass --data DIR with a folder nab/ in it: ` +
        `<category>/*.csv from data/ and labels/ of https://github.com/numenta/NAB (commit ea702d7), and profiles.json.`,
    );
  }
  const labels = JSON.parse(readFileSync(labelsPath, 'utf8')) as Record<string, string[][]>;
  const series = Object.keys(labels)
    .filter((name) => existsSync(join(root, name)))
    .map((name) => {
      const { times, values } = parseRows(join(root, name));
      const windows = (labels[name] ?? []).map((bounds) => toWindow(times, bounds));
      return { name, category: name.split('/')[0] ?? name, times, values, windows };
    });
  if (series.length === 0)
    throw new Error(`'${root}' has labels but none of the series, only ${readdirSync(root).join(', ')}`);
  const config = JSON.parse(readFileSync(join(root, 'profiles.json'), 'utf8')) as Pick<
    Benchmark,
    'profiles' | 'probation'
  >;
  return { series, profiles: config.profiles, probation: config.probation };
};
