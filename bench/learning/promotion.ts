import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { betaQuantile } from '../../core/learning/beta.ts';
import { LOOKS } from '../../core/model/coupled-replay.ts';
import { PROMOTION } from '../../core/model/promotion-tests.ts';
import { wholeNumber } from '../shared/options.ts';
import { measuredBy } from './measured-by.ts';
import { runWorld, type Round, type Trial } from './promotion-trial.ts';
import { bootstrap, type Estimate } from './statistics.ts';

/**
 * Measures the promotion rule: how many worse policies does it let through, how many better ones. Each world has its
 * champions and its candidates; what a candidate is really worth is measured on thousands of incidents that the rule
 * does not see. A candidate that is not promoted is judged again when there are more incidents, at each look.
 */
const USAGE = `--worlds N    worlds, each with two champions and nine candidates (default 4)
--first N     number of the first world (default 0); results of other worlds in --out are kept
--merge FILE  only add what another run has measured (repeatable): worlds may be measured side by side
--out FILE    JSON, with a table beside it (default bench/learning/results/promotion.json)`;

/** A policy is called worse or better beyond these differences of cost. */
const WORSE = -0.03;
const BETTER = 0.05;

type Rule = (trial: Trial) => boolean;

const DOUBT = 0.025;

/** Exact interval of a share (Clopper and Pearson 1934). */
const exactInterval = (hits: number, all: number): readonly [low: number, high: number] => [
  hits === 0 ? 0 : betaQuantile(DOUBT, hits, all - hits + 1),
  hits === all ? 1 : betaQuantile(1 - DOUBT, hits + 1, all - hits),
];

/**
 * Share of the trials that were promoted. Trials of one world share its luck, which a bootstrap over worlds shows; but it
 * shows no doubt where nothing was ever promoted, so the interval is the wider one of it and the exact binomial one.
 */
const promotedShare = (trials: readonly Trial[], ofInterest: (trial: Trial) => boolean, rule: Rule): Estimate => {
  const worlds = [...new Set(trials.map(({ world }) => world))];
  const counts = worlds.map((world) => {
    const mine = trials.filter((trial) => trial.world === world && ofInterest(trial));
    return { all: mine.length, promoted: mine.filter(rule).length };
  });
  const sum = (indexes: readonly number[], of: 'all' | 'promoted') =>
    indexes.reduce((total, index) => total + (counts[index]?.[of] ?? 0), 0);
  const byWorld = bootstrap(worlds.length, (indexes) => sum(indexes, 'promoted') / sum(indexes, 'all'));
  const all = [...worlds.keys()];
  const [low, high] = exactInterval(sum(all, 'promoted'), sum(all, 'all'));
  return { value: byWorld.value, low: Math.min(low, byWorld.low), high: Math.max(high, byWorld.high) };
};

const figureOf = (round: Round, name: string): number => round.tests.find(({ test }) => test === name)?.figure ?? NaN;

const passed = (round: Round, ...names: readonly string[]): boolean =>
  round.tests.every(({ test, passed: yes }) => yes || !names.includes(test));

const modelIsSure = (round: Round): boolean => figureOf(round, 'posteriorModel') >= PROMOTION.probabilityBetter;

/** Promoted in one of the first so many rounds. */
const within =
  (rounds: number, promoted: (round: Round) => boolean): Rule =>
  (trial) =>
    trial.rounds.slice(0, rounds).some(promoted);

const RULES: Readonly<Record<string, Rule>> = Object.fromEntries([
  ...LOOKS.map(({ replays }, index) => {
    const incidents = replays.toLocaleString('en');
    return [`the rule, up to ${incidents} incidents`, within(index + 1, (round) => round.promoted)] as const;
  }),
  [
    'without a proof by replays alone, 200 incidents',
    within(1, (round) => modelIsSure(round) && passed(round, 'coupledReplay', 'harm', 'doublyRobust')),
  ],
  ['the posterior model alone, every look', within(LOOKS.length, modelIsSure)],
  [
    'not 10 % worse in replays, no more harm, every look',
    within(LOOKS.length, (one) => passed(one, 'coupledReplay', 'harm')),
  ],
  ['a proof by replays alone, every look', within(LOOKS.length, (round) => round.proved)],
]);

const promotedAt = (trial: Trial): number | null => trial.rounds.find(({ promoted }) => promoted)?.incidents ?? null;

const summarise = (trials: readonly Trial[]) => {
  const worse = (trial: Trial) => trial.saving < WORSE;
  const better = (trial: Trial) => trial.saving > BETTER;
  const kinds = [...new Set(trials.map(({ champion, candidate }) => `${champion} <- ${candidate}`))];
  return {
    worlds: new Set(trials.map(({ world }) => world)).size,
    trials: trials.length,
    worse: trials.filter(worse).length,
    better: trials.filter(better).length,
    rules: Object.entries(RULES).map(([rule, promoted]) => ({
      rule,
      worsePromoted: promotedShare(trials, worse, promoted),
      betterPromoted: promotedShare(trials, better, promoted),
    })),
    kinds: kinds.map((kind) => {
      const mine = trials.filter(({ champion, candidate }) => `${champion} <- ${candidate}` === kind);
      return {
        kind,
        trials: mine.length,
        saving: mine.reduce((sum, { saving }) => sum + saving, 0) / mine.length,
        promotedBy: LOOKS.map(
          ({ replays }) => mine.filter((trial) => (promotedAt(trial) ?? Infinity) <= replays).length,
        ),
      };
    }),
  };
};

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const shown = ({ value, low, high }: Estimate): string => `${percent(value)} (${percent(low)} to ${percent(high)})`;

const tableOf = ({ worlds, trials, worse, better, rules, kinds }: ReturnType<typeof summarise>): string =>
  [
    `${trials} trials in ${worlds} worlds: ${worse} candidates truly worse (by more than 3 %), ${better} truly better (by more than 5 %)`,
    '',
    '| rule | worse promoted | better promoted |',
    '| --- | --- | --- |',
    ...rules.map((row) => `| ${row.rule} | ${shown(row.worsePromoted)} | ${shown(row.betterPromoted)} |`),
    '',
    `| champion <- candidate | true saving | trials | promoted by ${LOOKS.map(({ replays }) => replays).join(', ')} incidents |`,
    '| --- | --- | --- | --- |',
    ...kinds.map((row) => `| ${row.kind} | ${percent(row.saving)} | ${row.trials} | ${row.promotedBy.join(', ')} |`),
  ].join('\n');

/** Four digits are more than anything here is known to. */
const rounded = (_key: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toFixed(4)) : value;

const trialsIn = (text: string): readonly Trial[] =>
  (JSON.parse(text) as { readonly results: readonly Trial[] }).results;

/** Judges every candidate of some worlds; on a terminal with a bar. */
const measure = (first: number, worlds: number): readonly Trial[] => {
  const total = worlds * 18;
  let finished = 0;
  const progress = (): void => {
    finished += 1;
    const filled = Math.round((30 * finished) / total);
    if (process.stderr.isTTY) {
      process.stderr.write(`\r${'#'.repeat(filled)}${'.'.repeat(30 - filled)} ${finished}/${total} candidates`);
    }
  };
  const trials = Array.from({ length: worlds }, (_, index) => runWorld(first + index, progress)).flat();
  if (process.stderr.isTTY) process.stderr.write('\n');
  return trials;
};

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      worlds: { type: 'string', default: '4' },
      first: { type: 'string', default: '0' },
      merge: { type: 'string', multiple: true },
      out: { type: 'string', default: 'bench/learning/results/promotion.json' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(`${USAGE}\n`);
  const worlds = wholeNumber('worlds', values.worlds);
  const first = wholeNumber('first', values.first, 0);
  const fresh =
    values.merge === undefined
      ? measure(first, worlds)
      : (await Promise.all(values.merge.map(async (file) => trialsIn(await readFile(file, 'utf8'))))).flat();
  const renewed = new Set(fresh.map(({ world }) => world));
  const before = trialsIn(await readFile(values.out, 'utf8').catch(() => '{"results":[]}'));
  const results = [...before.filter(({ world }) => !renewed.has(world)), ...fresh].sort((a, b) => a.world - b.world);
  const summary = summarise(results);
  await mkdir(dirname(values.out), { recursive: true });
  await writeFile(values.out, `${JSON.stringify({ measured: measuredBy(), summary, results }, rounded)}\n`);
  await writeFile(
    values.out.replace(/(\.json)?$/, '.md'),
    `# Measured: the rule of promotion\n\n${tableOf(summary)}\n`,
  );
  process.stdout.write(`${tableOf(summary)}\n`);
};

await main();
