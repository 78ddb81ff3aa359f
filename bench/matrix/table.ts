import type { FaultName } from '../../local/faults/fault.ts';
import { median } from '../../core/evidence/metric-summary.ts';
import type { RunResult } from './run.ts';

const HEADER = [
  'fault',
  'passed',
  'detect s',
  'decide s',
  'recover s',
  'actions',
  'no help',
  'undone',
  'what was done',
];

/** The matrix as a Markdown table: medians of the times, sums of the counts. */
export const renderMatrix = (names: readonly FaultName[], results: readonly RunResult[]): string => {
  const rows = names.map((name) =>
    rowOf(
      name,
      results.filter(({ fault }) => fault === name),
    ),
  );
  return [HEADER, HEADER.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
};

const rowOf = (name: FaultName, runs: readonly RunResult[]): string[] => {
  const sum = (of: (run: RunResult) => number): string => String(runs.reduce((total, run) => total + of(run), 0));
  return [
    runs[0]?.kind === 'control' ? `${name} (control)` : name,
    `${runs.filter(({ passed }) => passed).length}/${runs.length}`,
    middle(runs.map(({ detected }) => detected)),
    middle(runs.map(({ decided }) => decided)),
    middle(runs.map(({ recovered }) => recovered)),
    sum(({ actions }) => actions.length),
    sum(({ actionsThatDidNotHelp }) => actionsThatDidNotHelp),
    sum(({ undone }) => undone),
    [
      ...new Set(runs.map(({ actions, dispositions }) => actions.join('+') || dispositions.join('+') || 'nothing')),
    ].join('; '),
  ];
};

const middle = (values: readonly (number | null)[]): string =>
  median(values.filter((value) => value !== null))?.toFixed(1) ?? '-';
