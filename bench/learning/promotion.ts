import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import type { PromotionTest } from '../../core/contracts/model.ts';
import { creditIncident } from '../../core/learning/credit.ts';
import { applyDeltas, type QTable } from '../../core/learning/evidence.ts';
import { posteriorOf } from '../../core/learning/posterior.ts';
import type { ModelPolicy, PromotionContext } from '../../core/model/policy.ts';
import {
  PROMOTION,
  coupledReplayTest,
  doublyRobustTest,
  harmTest,
  posteriorModelTest,
  type CoupledReplay,
  type Judge,
  type LoggedIncident,
} from '../../core/model/promotion-tests.ts';
import { MAX_ATTEMPTS, runEpisode, type Episode, type Policy } from './episode.ts';
import { NO_COMPLICATIONS, drawIncident, type Incident } from './incident.ts';
import { creditSteps } from './policies.ts';
import { candidatesFor, frozen, runbook } from './promotion-candidates.ts';
import { hashOf, randomOf } from './random.ts';
import { bootstrap, type Estimate } from './statistics.ts';
import { USUAL_SPREAD, benchCatalogue, drawWorld, tableWorld, type World } from './world.ts';

/**
 * Measures the promotion rule: how many worse policies does it let through, how many better ones. Each world has its
 * champions and its candidates; what a candidate is really worth is measured on thousands of incidents that the rule
 * does not see.
 */
const USAGE = `--worlds N    worlds, each with two champions and eight candidates (default 4)
--first N     number of the first world (default 0); results of other worlds in --out are kept
--out FILE    default bench/learning/results/promotion.json`;

/** A policy is called worse or better beyond these differences of cost. */
const WORSE = -0.03;
const BETTER = 0.05;

const TRUTH_INCIDENTS = 3_000;

/** One candidate against one champion in one world. */
export interface Trial {
  readonly world: number;
  readonly champion: string;
  readonly candidate: string;
  /** Saving against the champion in truth, relative. */
  readonly saving: number;
  readonly savingError: number;
  readonly promoted: boolean;
  readonly tests: readonly Pick<PromotionTest, 'test' | 'passed' | 'figure'>[];
}

const contextOf = ({ seed, view }: Incident): PromotionContext => ({
  id: String(seed),
  tier: 'bench',
  symptoms: view.symptoms,
  allowed: view.allowed,
  label: null,
});

/** Runs a frozen policy; `watch` is told what happened. */
const asPolicy = (policy: ModelPolicy, learn: Policy['learn'] = () => undefined): Policy => ({
  name: 'frozen',
  choose: (incident, tried) => ({ action: policy(contextOf(incident), tried) }),
  learn,
});

const incidentOf = (world: World, seed: number): Incident =>
  drawIncident(world, benchCatalogue, { seed, complications: NO_COMPLICATIONS });

/** The champion with a fifth of its decisions drawn among four allowed actions, as stage does. */
const explore = (policy: ModelPolicy, seed: number) => {
  const propensities: number[] = [];
  const choose: ModelPolicy = (context, tried) => {
    const best = policy(context, tried);
    const among = [best, ...context.allowed.filter((action) => action !== best)].slice(0, 4);
    const random = randomOf(seed, Number(context.id), tried.length);
    const index = random() < EXPLORED ? Math.floor(random() * among.length) : 0;
    propensities.push(EXPLORED / among.length + (index === 0 ? 1 - EXPLORED : 0));
    return among[index] ?? best;
  };
  return { choose, propensities };
};
const EXPLORED = 0.2;

interface Log {
  readonly incidents: readonly LoggedIncident[];
  readonly tables: readonly [QTable, QTable];
}

/** What the environment has seen of its champion: its log, and the evidence of both halves of it. */
const logOf = (world: World, champion: ModelPolicy, size: number, seed: number): Log => {
  const tables: [QTable, QTable] = [new Map(), new Map()];
  const incidents = Array.from({ length: size }, (_, index): LoggedIncident => {
    const incident = incidentOf(world, hashOf(seed, 81, index));
    const { choose, propensities } = explore(champion, seed);
    let logged: LoggedIncident | undefined;
    const fold = index % 2;
    runEpisode(
      benchCatalogue,
      incident,
      asPolicy(choose, ({ symptoms }, attempts, person) => {
        logged = {
          context: contextOf(incident),
          steps: attempts.map((attempt, step) => ({ ...attempt, propensity: propensities[step] ?? 1 })),
          personCost: person?.cost ?? null,
        };
        const table = tables[fold] as QTable;
        tables[fold] = applyDeltas(
          table,
          creditIncident({ catalogue: benchCatalogue, table, symptoms, steps: creditSteps(attempts) }),
        );
      }),
    );
    return logged as LoggedIncident;
  });
  return { incidents, tables };
};

const judgeBy = (tables: readonly QTable[]): Judge => {
  const table = tables.reduce<QTable>(
    (sum, one) =>
      applyDeltas(
        sum,
        [...one].map(([hypothesis, add]) => ({ hypothesis, add })),
      ),
    new Map(),
  );
  const posterior = posteriorOf(benchCatalogue, 'prod', table);
  return { posteriorOf: () => posterior, maxAttempts: MAX_ATTEMPTS };
};

const play = (world: World, policy: ModelPolicy, seed: number, count: number): Episode[] =>
  Array.from({ length: count }, (_, index) =>
    runEpisode(benchCatalogue, incidentOf(world, hashOf(seed, index)), asPolicy(policy)),
  );

const pairs = (candidate: readonly Episode[], champion: readonly Episode[]): CoupledReplay[] =>
  candidate.map((episode, index) => ({
    candidateCost: episode.cost,
    candidateHarm: episode.harmful,
    championCost: champion[index]?.cost ?? 0,
    championHarm: champion[index]?.harmful ?? 0,
  }));

const runWorld = (number: number, done: () => void): Trial[] => {
  const seed = hashOf(number, 91);
  const world = drawWorld(tableWorld(benchCatalogue, 'prod'), benchCatalogue, USUAL_SPREAD, seed);
  const champions = {
    runbook: runbook(benchCatalogue, 0, seed),
    catalogue: frozen(benchCatalogue, new Map()),
  };
  const candidates = candidatesFor(world, benchCatalogue, seed);
  const truth = new Map(
    candidates.map(({ kind, policy }) => [kind, play(world, policy, hashOf(seed, 92), TRUTH_INCIDENTS)]),
  );
  return Object.entries(champions).flatMap(([name, champion]) => {
    const log = logOf(world, champion, PROMOTION.leastSamples, hashOf(seed, 93));
    const judge = judgeBy(log.tables);
    const folds = [0, 1].map((fold) => ({
      incidents: log.incidents.filter((_, index) => index % 2 === fold),
      judge: judgeBy([log.tables[1 - fold] as QTable]),
    }));
    const championTruth = play(world, champion, hashOf(seed, 92), TRUTH_INCIDENTS);
    const championReplays = play(world, champion, hashOf(seed, 94), PROMOTION.leastSamples);
    const contestants = [...candidates, { kind: 'identical', policy: champion }];
    return contestants.map(({ kind, policy }): Trial => {
      const both = { candidate: policy, champion };
      const replays = pairs(play(world, policy, hashOf(seed, 94), PROMOTION.leastSamples), championReplays);
      const contexts = log.incidents.map(({ context }) => context);
      const tests = [
        posteriorModelTest(contexts, both, judge, randomOf(seed, 95)),
        coupledReplayTest(replays),
        harmTest(replays),
        doublyRobustTest(folds, both),
      ];
      done();
      return {
        world: number,
        champion: name,
        candidate: kind,
        ...trueSaving(truth.get(kind) ?? championTruth, championTruth),
        promoted: tests.every(({ passed }) => passed),
        tests: tests.map(({ test, passed, figure }) => ({ test, passed, figure })),
      };
    });
  });
};

const trueSaving = (candidate: readonly Episode[], champion: readonly Episode[]) => {
  const base = champion.reduce((sum, { cost }) => sum + cost, 0) / champion.length;
  const savings = candidate.map(({ cost }, index) => (champion[index]?.cost ?? 0) - cost);
  const mean = savings.reduce((sum, saving) => sum + saving, 0) / savings.length;
  const variance = savings.reduce((sum, saving) => sum + (saving - mean) ** 2, 0) / (savings.length - 1);
  return { saving: mean / base, savingError: Math.sqrt(variance / savings.length) / base };
};

/** Share of the trials that were promoted, with a bootstrap over worlds: trials of one world share its luck. */
const promotedShare = (trials: readonly Trial[], ofInterest: (trial: Trial) => boolean, rule: Rule): Estimate => {
  const worlds = [...new Set(trials.map(({ world }) => world))];
  const counts = worlds.map((world) => {
    const mine = trials.filter((trial) => trial.world === world && ofInterest(trial));
    return { all: mine.length, promoted: mine.filter(rule).length };
  });
  return bootstrap(worlds.length, (indexes) => {
    const all = indexes.reduce((sum, index) => sum + (counts[index]?.all ?? 0), 0);
    return indexes.reduce((sum, index) => sum + (counts[index]?.promoted ?? 0), 0) / all;
  });
};
type Rule = (trial: Trial) => boolean;

const passes =
  (...names: readonly PromotionTest['test'][]): Rule =>
  ({ tests }) =>
    tests.every(({ test, passed }) => passed || !names.includes(test));

const RULES: Readonly<Record<string, Rule>> = {
  'all tests (the rule)': ({ promoted }) => promoted,
  'posterior model alone': passes('posteriorModel'),
  'coupled replay and harm alone': passes('coupledReplay', 'harm'),
  'posterior model and coupled replay': passes('posteriorModel', 'coupledReplay'),
};

const summarise = (trials: readonly Trial[]) => {
  const worse = (trial: Trial) => trial.saving < WORSE;
  const better = (trial: Trial) => trial.saving > BETTER;
  const kinds = [...new Set(trials.map(({ champion, candidate }) => `${champion} <- ${candidate}`))];
  return {
    worlds: new Set(trials.map(({ world }) => world)).size,
    trials: trials.length,
    worse: trials.filter(worse).length,
    better: trials.filter(better).length,
    rules: Object.entries(RULES).map(([rule, passed]) => ({
      rule,
      worsePromoted: promotedShare(trials, worse, passed),
      betterPromoted: promotedShare(trials, better, passed),
    })),
    kinds: kinds.map((kind) => {
      const mine = trials.filter(({ champion, candidate }) => `${champion} <- ${candidate}` === kind);
      return {
        kind,
        trials: mine.length,
        saving: mine.reduce((sum, { saving }) => sum + saving, 0) / mine.length,
        promoted: mine.filter(({ promoted }) => promoted).length / mine.length,
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
    '| champion <- candidate | true saving | promoted |',
    '| --- | --- | --- |',
    ...kinds.map(({ kind, saving, promoted }) => `| ${kind} | ${percent(saving)} | ${percent(promoted)} |`),
  ].join('\n');

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      worlds: { type: 'string', default: '4' },
      first: { type: 'string', default: '0' },
      out: { type: 'string', default: 'bench/learning/results/promotion.json' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(`${USAGE}\n`);
  const [worlds, first] = [Number(values.worlds), Number(values.first)];
  if (!Number.isInteger(worlds) || worlds < 1) throw new Error(`--worlds ${values.worlds}: a whole number from 1 on`);
  if (!Number.isInteger(first) || first < 0) throw new Error(`--first ${values.first}: a whole number from 0 on`);
  const total = worlds * 18;
  let finished = 0;
  const progress = (): void => {
    finished += 1;
    const filled = Math.round((30 * finished) / total);
    if (process.stderr.isTTY) {
      process.stderr.write(`\r${'#'.repeat(filled)}${'.'.repeat(30 - filled)} ${finished}/${total} candidates`);
    }
  };
  const fresh = Array.from({ length: worlds }, (_, index) => runWorld(first + index, progress)).flat();
  if (process.stderr.isTTY) process.stderr.write('\n');
  const before = await readFile(values.out, 'utf8').catch(() => '{"results":[]}');
  const kept = (JSON.parse(before) as { readonly results: readonly Trial[] }).results.filter(
    ({ world }) => world < first || world >= first + worlds,
  );
  const results = [...kept, ...fresh].sort((a, b) => a.world - b.world);
  const summary = summarise(results);
  await mkdir(dirname(values.out), { recursive: true });
  await writeFile(values.out, `${JSON.stringify({ summary, results })}\n`);
  process.stdout.write(`${tableOf(summary)}\n`);
};

await main();
