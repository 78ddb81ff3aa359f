import type { PromotionTest } from '../../core/contracts/model.ts';
import { creditIncident } from '../../core/learning/credit.ts';
import { applyDeltas, atClockOf, type EvidenceDelta, type QTable } from '../../core/learning/evidence.ts';
import { posteriorOf } from '../../core/learning/posterior.ts';
import { LOOKS, coupledReplayTest, harmTest, proofOf, type CoupledReplay } from '../../core/model/coupled-replay.ts';
import type { ModelPolicy, PromotionContext } from '../../core/model/policy.ts';
import {
  doublyRobustTest,
  mean,
  posteriorModelTest,
  standardError,
  type Contestants,
  type Judge,
  type LoggedIncident,
} from '../../core/model/promotion-tests.ts';
import { MAX_ATTEMPTS, runEpisode, type Episode, type Policy } from './episode.ts';
import { NO_COMPLICATIONS, drawIncident, type Incident } from './incident.ts';
import { creditSteps } from './policies.ts';
import { candidatesFor, frozen, runbook } from './promotion-candidates.ts';
import { hashOf, randomOf } from './random.ts';
import { USUAL_SPREAD, benchCatalogue, drawWorld, tableWorld, type World } from './world.ts';

/** Incidents on which the true worth of a policy is measured; the rule sees none of them. */
const TRUTH_INCIDENTS = 3_000;

/** As many as the last look asks for. */
const MOST_INCIDENTS = Math.max(...LOOKS.map(({ replays }) => replays));

/** Saving against the champion and its standard error, relative to the champion's cost. */
interface Saving {
  readonly saving: number;
  readonly savingError: number;
}

/** How a candidate was judged when there were so many incidents. */
export interface Round {
  readonly incidents: number;
  readonly promoted: boolean;
  /** What replays alone prove, whatever else is said. */
  readonly proved: boolean;
  readonly replay: Saving;
  readonly tests: readonly Pick<PromotionTest, 'test' | 'passed' | 'figure' | 'bound'>[];
}

/** One candidate against one champion in one world, with what it is truly worth. */
export interface Trial extends Saving {
  readonly world: number;
  readonly champion: string;
  readonly candidate: string;
  /** A candidate that is not promoted is judged again when there are more incidents. */
  readonly rounds: readonly Round[];
}

const contextOf = ({ seed, view }: Incident): PromotionContext => ({
  id: String(seed),
  tier: 'bench',
  symptoms: view.symptoms,
  allowed: view.allowed,
  label: null,
});

/** Runs a frozen policy; `learn` is told what happened. */
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

/** What the environment sees of its champion, and what each incident teaches it. */
interface Log {
  readonly incidents: readonly LoggedIncident[];
  readonly lessons: readonly (readonly EvidenceDelta[])[];
}

const logOf = (world: World, champion: ModelPolicy, seed: number): Log => {
  let table: QTable = new Map();
  const incidents: LoggedIncident[] = [];
  const lessons: EvidenceDelta[][] = [];
  for (let index = 0; index < MOST_INCIDENTS; index++) {
    const incident = incidentOf(world, hashOf(seed, 81, index));
    const { choose, propensities } = explore(champion, seed);
    const policy = asPolicy(choose, ({ symptoms }, attempts, person) => {
      incidents.push({
        context: contextOf(incident),
        steps: attempts.map((attempt, step) => ({ ...attempt, propensity: propensities[step] ?? 1 })),
        personCost: person?.cost ?? null,
      });
      const steps = creditSteps(attempts);
      const lesson = creditIncident({ catalogue: benchCatalogue, table, symptoms, steps });
      lessons.push(lesson);
      table = applyDeltas(table, lesson);
    });
    runEpisode(benchCatalogue, incident, policy);
  }
  return { incidents, lessons };
};

const judgeBy = (table: QTable): Judge => {
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

/** A frozen policy answers the same question the same way: it is asked once. */
const remembered = (policy: ModelPolicy): ModelPolicy => {
  const answers = new Map<string, ReturnType<ModelPolicy>>();
  return (context, tried) => {
    const question = `${context.id}/${tried.map(({ action, outcome }) => action + outcome).join('/')}`;
    const answer = answers.get(question) ?? policy(context, tried);
    answers.set(question, answer);
    return answer;
  };
};

/** Judges a candidate as often as the rule does: whenever there are enough incidents for its next look. */
const roundsOf = (log: Log, replays: readonly CoupledReplay[], both: Contestants, seed: number): Round[] =>
  LOOKS.map(({ replays: incidents }): Round => {
    const logged = log.incidents.slice(0, incidents);
    const lessons = log.lessons.slice(0, incidents);
    const table = applyDeltas(new Map(), lessons.flat());
    const folds = [0, 1].map((fold) => {
      const others = lessons.filter((_, index) => index % 2 !== fold).flat();
      return {
        incidents: logged.filter((_, index) => index % 2 === fold),
        judge: judgeBy(atClockOf(table, applyDeltas(new Map(), others))),
      };
    });
    const seen = replays.slice(0, incidents);
    const proof = proofOf(incidents, (first) => replays.slice(0, first));
    const contexts = logged.map(({ context }) => context);
    const tests = [
      posteriorModelTest(contexts, both, judgeBy(table), { random: randomOf(seed, 95), proof }),
      coupledReplayTest(seen),
      harmTest(seen),
      doublyRobustTest(folds, both),
    ];
    return {
      incidents,
      promoted: tests.every(({ passed }) => passed),
      proved: proof !== null,
      replay: savingIn(seen),
      tests: tests.map(({ test, passed, figure, bound }) => ({ test, passed, figure, bound })),
    };
  });

/** Every candidate against every champion of a world; `done` is called after each of them. */
export const runWorld = (number: number, done: () => void): Trial[] => {
  const seed = hashOf(number, 91);
  const world = drawWorld(tableWorld(benchCatalogue, 'prod'), benchCatalogue, USUAL_SPREAD, seed);
  const champions = {
    runbook: remembered(runbook(benchCatalogue, 0, seed)),
    catalogue: remembered(frozen(benchCatalogue, new Map())),
  };
  const candidates = candidatesFor(world, benchCatalogue, seed).map(({ kind, policy }) => {
    const asked = remembered(policy);
    return { kind, policy: asked, truth: play(world, policy, hashOf(seed, 92), TRUTH_INCIDENTS) };
  });
  return Object.entries(champions).flatMap(([name, champion]) => {
    const log = logOf(world, champion, hashOf(seed, 93));
    const truth = play(world, champion, hashOf(seed, 92), TRUTH_INCIDENTS);
    const replays = play(world, champion, hashOf(seed, 94), MOST_INCIDENTS);
    const contestants = [...candidates, { kind: 'identical', policy: champion, truth }];
    return contestants.map(({ kind, policy, truth: ours }): Trial => {
      const replayed = pairs(play(world, policy, hashOf(seed, 94), MOST_INCIDENTS), replays);
      const rounds = roundsOf(log, replayed, { candidate: policy, champion }, seed);
      done();
      return { world: number, champion: name, candidate: kind, ...savingIn(pairs(ours, truth)), rounds };
    });
  });
};

const savingIn = (replays: readonly CoupledReplay[]): Saving => {
  const base = mean(replays.map(({ championCost }) => championCost));
  const savings = replays.map(({ championCost, candidateCost }) => championCost - candidateCost);
  return { saving: mean(savings) / base, savingError: standardError(savings) / base };
};
