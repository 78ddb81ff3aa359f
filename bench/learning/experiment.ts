import type { Catalogue } from '../../core/learning/catalogue.ts';
import type { QTable } from '../../core/learning/evidence.ts';
import { runEpisode, type Episode, type Policy } from './episode.ts';
import { drawIncident } from './incident.ts';
import { handedOn, injectFaults } from './injection.ts';
import { learnerPolicy, oraclePolicy, randomPolicy, runbookPolicy } from './policies.ts';
import { banditPolicy, plainQPolicy, warmQPolicy } from './q-baselines.ts';
import { hashOf } from './random.ts';
import { drawCourse, type Course, type Scenario } from './scenarios.ts';
import { shuffleCures } from './bad-prior.ts';
import { benchCatalogue, relatedWorld } from './world.ts';

/** Names of the two learners whose figures the goals are about. */
export const LEARNER = 'kintsugi';
export const PRETRAINED = 'kintsugi + injection';
export const BAD_PRIOR_GATED = 'bad prior, gate';
export const BAD_PRIOR_INJECTED = 'bad prior + injection';

/** Runs per fault and action in dev. */
export const INJECTIONS_PER_CELL = 2;

/**
 * Impact-minutes by which an unproven catalogue must beat the runbook, before evidence has taken its place. Not a
 * fixed 4: a shrinking 8 costs a bad catalogue less at first, and a good one nothing later.
 */
export const UNVALIDATED_GATE = 8;

export interface WorldResult {
  /** Per policy: one episode per incident. */
  readonly episodes: ReadonlyMap<string, readonly Episode[]>;
  /** What the learner without pre-training knew in the end. */
  readonly table: QTable;
}

const injected = (course: Course, catalogue: Catalogue, seed: number): QTable => {
  const dev = relatedWorld(course.first, benchCatalogue, 'dev', hashOf(seed, 31));
  return handedOn(injectFaults(dev, catalogue, INJECTIONS_PER_CELL, hashOf(seed, 32)));
};

/** All incidents of one policy; the oracle changes with the world. */
const runPolicy = (
  scenario: Scenario,
  course: Course,
  seed: number,
  policyAt: (incident: number) => Policy,
): Episode[] =>
  Array.from({ length: scenario.incidents }, (_, index) => {
    const { complications } = scenario;
    const world = course.at(index);
    const incident = drawIncident(world, benchCatalogue, { seed: hashOf(seed, 41, index), complications });
    return runEpisode(benchCatalogue, incident, policyAt(index));
  });

/** Which policies a run compares; the bad priors only where they are asked for, they double its time. */
export interface ExperimentOptions {
  readonly baselines: boolean;
  readonly badPriors: boolean;
}

/** Runs every policy through the n-th world of a scenario, all of them with the same luck. */
export const runWorld = (scenario: Scenario, number: number, options: ExperimentOptions): WorldResult => {
  const seed = hashOf(number, 7);
  const course = drawCourse(scenario, benchCatalogue, number);
  const learner = learnerPolicy({ name: LEARNER, catalogue: benchCatalogue });
  const shuffled = shuffleCures(benchCatalogue, hashOf(seed, 51));
  const policies: Policy[] = [
    runbookPolicy(benchCatalogue),
    learner,
    learnerPolicy({ name: PRETRAINED, catalogue: benchCatalogue, table: injected(course, benchCatalogue, seed) }),
    ...(options.baselines
      ? [
          randomPolicy(seed),
          plainQPolicy(benchCatalogue, scenario.incidents, seed),
          warmQPolicy(benchCatalogue, scenario.incidents, seed),
          banditPolicy(benchCatalogue, seed),
        ]
      : []),
    ...(options.badPriors
      ? [
          learnerPolicy({ name: BAD_PRIOR_GATED, catalogue: shuffled, gateMinutes: UNVALIDATED_GATE }),
          learnerPolicy({ name: BAD_PRIOR_INJECTED, catalogue: shuffled, table: injected(course, shuffled, seed) }),
        ]
      : []),
  ];
  const episodes = new Map(policies.map((policy) => [policy.name, runPolicy(scenario, course, seed, () => policy)]));
  const oracles = new Map(
    [course.first, course.at(scenario.incidents)].map((world) => [world, oraclePolicy(world, benchCatalogue)]),
  );
  episodes.set(
    'oracle',
    runPolicy(scenario, course, seed, (index) => oracles.get(course.at(index)) as Policy),
  );
  return { episodes, table: learner.table() };
};
