import type { Evaluation, ModelPointer, ModelRef, ModelSnapshot, PromotionTest } from '../../core/contracts/model.ts';
import { LIVE } from '../../core/contracts/model.ts';
import { HANDED_ON, countOf, type EvidenceRow } from '../../core/learning/evidence.ts';
import type { RowDifference } from '../../core/model/diff.ts';
import { percent } from '../../core/shared/units.ts';
import type { Context } from '../context.ts';
import { hang, padEnd, table } from './text.ts';
import { ago } from './words.ts';

/** A version with its newest evaluation. */
export interface Version {
  readonly snapshot: ModelSnapshot;
  readonly evaluation: Evaluation | null;
}

type Style = Pick<Context, 'colours' | 'look'>;

const named = (version: ModelRef): string => (version === LIVE ? 'the live table' : version);

/** Which version decides, and since when. */
export const pointerLines = (env: string, pointer: ModelPointer, { colours, look }: Style): string[] => {
  const { champion, canary, changedAt, changedBy, reason } = pointer;
  const trial =
    canary === null
      ? []
      : [
          `  on trial: ${colours.bold(canary.candidate)}, ${percent(canary.share)} of incidents, ${ago(canary.since, look().now)}`,
        ];
  const last = changedAt === null ? [] : [`  changed ${ago(changedAt, look().now)} by ${changedBy}: ${reason}`];
  return [`In ${env} decides ${colours.bold(named(champion))}`, ...trial, ...last.map((line) => colours.dim(line))];
};

const stateOf = (version: string, { champion, canary, previous }: ModelPointer): string => {
  if (champion === version) return 'champion';
  if (canary?.candidate === version) return `trial ${percent(canary.share)}`;
  return previous.some((earlier) => earlier === version) ? 'earlier' : '-';
};

const verdictOf = (evaluation: Evaluation | null): string => {
  if (evaluation === null) return 'not judged';
  const failed = evaluation.tests.filter(({ passed }) => !passed).map(({ test }) => test);
  return evaluation.passed ? `passed all ${evaluation.tests.length}` : `failed ${failed.join(', ')}`;
};

export const listLines = (versions: readonly Version[], pointer: ModelPointer, { colours, look }: Style): string[] => {
  if (versions.length === 0) return ['No version yet: the optimizer freezes one a day when there is something new.'];
  const { width, now } = look();
  const rows = versions.map(({ snapshot, evaluation }) => [
    snapshot.version,
    stateOf(snapshot.version, pointer),
    ago(snapshot.createdAt, now),
    String(snapshot.lineage.data.experiences),
    snapshot.lineage.parents.join(', ') || '-',
    evaluation?.passed === true ? colours.green(verdictOf(evaluation)) : verdictOf(evaluation),
  ]);
  const columns = [
    { title: 'VERSION' },
    { title: 'STATE' },
    { title: 'FROZEN' },
    { title: 'SEEN', align: 'right' as const },
    { title: 'PARENTS', flexible: true },
    { title: 'TESTS', flexible: true },
  ];
  return table(columns, rows, width, colours.dim);
};

const mark = ({ passed }: PromotionTest, { colours }: Style): string =>
  passed ? colours.green('pass') : colours.red('FAIL');

/** Every test with its figure, what was asked for, and in words. */
export const evaluationLines = (evaluation: Evaluation, style: Style): string[] => {
  const { width } = style.look();
  const widest = Math.max(...evaluation.tests.map(({ test }) => test.length));
  return [
    `${evaluation.candidate} against ${named(evaluation.champion)}`,
    ...evaluation.tests.flatMap((test) =>
      hang(`  ${mark(test, style)}  ${padEnd(test.test, widest)}  `, test.detail, Math.min(width, 120)),
    ),
  ];
};

/** How much a version knows about a tier: outcomes of actions, as they count today. */
const knownOf = ([tier, rows]: readonly [string, Readonly<Record<string, EvidenceRow>>]): string => {
  const outcomes = (prefix: string): string => {
    const counted = Object.values(rows).flatMap((row) =>
      Object.keys(row).flatMap((name) =>
        ['fixed.', 'failed.'].some((count) => name.startsWith(prefix + count)) ? [countOf(row, name)] : [],
      ),
    );
    return counted.reduce((sum, count) => sum + count, 0).toFixed(1);
  };
  return `${tier}: ${Object.keys(rows).length} hypotheses, ${outcomes('')} outcomes of its own, ${outcomes(HANDED_ON)} handed on`;
};

export const showLines = ({ snapshot, evaluation }: Version, judging: string, style: Style): string[] => {
  const { lineage, tables } = snapshot;
  return [
    style.colours.bold(snapshot.version),
    `  frozen     ${snapshot.createdAt} in ${snapshot.env}`,
    `  catalogue  ${snapshot.catalogueVersion}, code ${snapshot.codeVersion}`,
    `  data       ${lineage.data.experiences} experiences until ${lineage.data.until ?? '-'}, sha256 ${lineage.data.hash}`,
    `  parents    ${lineage.parents.join(', ') || 'none'}`,
    `  content    sha256 ${snapshot.sha256}`,
    `  rows       ${Object.entries(tables).map(knownOf).join('; ') || 'none'}`,
    `  earned     ${
      snapshot.autonomy
        .filter(({ earned }) => earned)
        .map(({ actionId, tier }) => `${actionId} (${tier})`)
        .join(', ') || 'nothing yet'
    }`,
    '',
    ...(evaluation === null ? [`Not judged yet; this judges it: ${judging}`] : evaluationLines(evaluation, style)),
  ];
};

/** Changed choices first; under each row its actions with probability of a cure and expected minutes. */
export const diffLines = (
  before: ModelRef,
  after: ModelRef,
  rows: readonly RowDifference[],
  { colours, look }: Style,
): string[] => {
  if (rows.length === 0) return [`${named(before)} and ${named(after)} choose and expect the same.`];
  const cells = rows.flatMap(({ tier, hypothesis, choice, cells: changed }) => {
    const isNew = choice.before !== choice.after;
    const chosen = isNew ? colours.yellow(`${choice.before} -> ${choice.after}`) : choice.after;
    const lead = [tier, hypothesis, chosen];
    const list = changed.map(({ action, before: was, after: is }, index) => [
      ...(index === 0 ? lead : ['', '', '']),
      action,
      `${percent(was.cure)} -> ${percent(is.cure)}`,
      `${was.minutes.toFixed(1)} -> ${is.minutes.toFixed(1)}`,
    ]);
    return list.length === 0 ? [[...lead, '-', '', '']] : list;
  });
  const columns = [
    { title: 'TIER' },
    { title: 'IF IT IS' },
    { title: 'CHOICE' },
    { title: 'ACTION' },
    { title: 'CURES', align: 'right' as const },
    { title: 'MINUTES', align: 'right' as const },
  ];
  return [
    `${named(before)} -> ${named(after)}: ${rows.filter(({ choice }) => choice.before !== choice.after).length} changed choices, ${rows.length} changed rows`,
    '',
    ...table(columns, cells, look().width, colours.dim),
  ];
};
