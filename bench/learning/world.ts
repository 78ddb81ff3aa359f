import {
  CURE_PROBABILITY,
  RELAPSE_PROBABILITY,
  WORSENED_PROBABILITY,
  type Catalogue,
  type MixName,
} from '../../core/learning/catalogue.ts';
import { defaultCatalogue } from '../../core/learning/default-catalogue.ts';
import { restrictCatalogue } from '../../core/learning/restrict.ts';
import { beta, dirichlet, randomOf, type Random } from './random.ts';

/** The simulator's symptoms and actions; the product's catalogue has more of each. */
const SYMPTOMS =
  'taskExit memHigh cpuHigh latHigh errHigh recentDeploy recentConfig depErr dbConnSat azSkew diskHigh authErr healthFail throttle429 trafficHigh lowUtil';
const ACTIONS = 'wait restart redeploy scaleOut scaleIn rollback shiftAZ recyclePool rotateSecret breaker freeDisk';

/** The product's catalogue as far as the simulator knows it: 14 faults, 16 symptoms, 11 actions. */
export const benchCatalogue: Catalogue = restrictCatalogue(defaultCatalogue, {
  symptoms: SYMPTOMS.split(' '),
  actions: ACTIONS.split(' '),
});

/** What is true in one company's environment, and what no policy but the oracle is told. One row per fault. */
export interface World {
  readonly faults: readonly FaultTruth[];
  /** P(fault), one per row. */
  readonly mix: readonly number[];
}

/** Arrays are in the order of the catalogue's actions or symptoms. */
export interface FaultTruth {
  readonly id: string;
  readonly impact: number;
  readonly cure: readonly number[];
  readonly relapse: readonly number[];
  readonly worsened: readonly number[];
  readonly symptoms: readonly number[];
  /** True for a fault that the catalogue has no row for. */
  readonly novel: boolean;
}

/** How far a world may be from the table it is drawn around. */
export interface WorldSpread {
  /** Weight of the Beta distributions of cures; the larger, the closer. */
  readonly cure: number;
  /** The same for symptoms. */
  readonly symptom: number;
  /** Probability that a fault's usual best cure works badly there, and another one well. */
  readonly surprise: number;
  /** What a symptom says above the background is divided by this. */
  readonly symptomEdge: number;
  /** Weight of the Dirichlet distribution of the mix. */
  readonly mix: number;
}

export const USUAL_SPREAD: WorldSpread = { cure: 10, symptom: 12, surprise: 0.2, symptomEdge: 1, mix: 40 };

/** Weight of the Beta distributions of relapse and worsening. */
const SIDE_EFFECT_WEIGHT = 15;

/** The catalogue's own table as if it were a world: what all worlds are drawn around. */
export const tableWorld = (catalogue: Catalogue, mix: MixName): World => {
  const total = catalogue.hypotheses.reduce((sum, row) => sum + row.mix[mix], 0);
  return {
    mix: catalogue.hypotheses.map((row) => row.mix[mix] / total),
    faults: catalogue.hypotheses.map((row) => ({
      id: row.id,
      impact: row.impact,
      cure: catalogue.actions.map(({ id }) => CURE_PROBABILITY[row.cures[id] ?? 'none']),
      relapse: catalogue.actions.map(({ id }) => RELAPSE_PROBABILITY[row.relapse[id] ?? 'rarely']),
      worsened: catalogue.actions.map(({ id }) => WORSENED_PROBABILITY[row.worsened[id] ?? 'rarely']),
      symptoms: catalogue.symptoms.map(({ id, background }) => row.symptoms[id] ?? background),
      novel: false,
    })),
  };
};

/** Faults whose best cure is never a surprise: a blip heals by itself, too much capacity is taken away. */
const NEVER_SURPRISING = ['blip', 'costWaste'];

/** The usual best cure works badly here, and another action (half the time the second best) works well. */
const surprised = (random: Random, cure: readonly number[]): number[] => {
  const order = [...cure.keys()].sort((a, b) => (cure[b] ?? 0) - (cure[a] ?? 0));
  const [best = 0, second = 1, ...others] = order;
  const raised = random() < 0.5 ? second : (others[Math.floor(random() * others.length)] ?? second);
  const level = 0.6 + 0.35 * random();
  return cure.map((p, a) => (a === best ? p * 0.25 : a === raised ? level : p));
};

/** Draws a world around another one. */
export const drawWorld = (around: World, catalogue: Catalogue, spread: WorldSpread, seed: number): World => {
  const random = randomOf(seed, 1);
  const faults = around.faults.map((fault): FaultTruth => {
    const cure = fault.cure.map((p) => beta(random, p, spread.cure));
    const isSurprise = random() < spread.surprise && !NEVER_SURPRISING.includes(fault.id);
    return {
      ...fault,
      cure: isSurprise ? surprised(random, cure) : cure,
      relapse: fault.relapse.map((p) => beta(random, p, SIDE_EFFECT_WEIGHT)),
      worsened: fault.worsened.map((p) => beta(random, p, SIDE_EFFECT_WEIGHT)),
      symptoms: fault.symptoms.map((p, s) => {
        const background = catalogue.symptoms[s]?.background ?? 0;
        return beta(random, background + (p - background) / spread.symptomEdge, spread.symptom);
      }),
    };
  });
  // The random stream's tail, so that a new fault row does not change the draws before it.
  return {
    faults,
    mix: dirichlet(
      random,
      around.mix.map((share) => spread.mix * share),
    ),
  };
};

/** A related environment: the same company, another stage. */
export const relatedWorld = (world: World, catalogue: Catalogue, mix: MixName, seed: number): World => {
  const random = randomOf(seed, 2);
  const weight = 30 + 30 * random();
  const spread = { ...USUAL_SPREAD, cure: weight, symptom: weight, surprise: 0.05 + 0.15 * random() };
  const around = { faults: world.faults, mix: tableWorld(catalogue, mix).mix };
  return drawWorld(around, catalogue, spread, seed);
};

/** Adds a fault that the catalogue does not know: its own symptoms, one action that often helps, the others hardly. */
export const withNovelFault = (world: World, catalogue: Catalogue, share: number, seed: number): World => {
  const random = randomOf(seed, 3);
  const cure = Math.floor(random() * catalogue.actions.length);
  const shown = new Set(Array.from({ length: 4 }, () => Math.floor(random() * catalogue.symptoms.length)));
  const novel: FaultTruth = {
    id: 'novel',
    impact: 0.7,
    cure: catalogue.actions.map((_, a) => (a === cure ? 0.7 : 0.03)),
    relapse: catalogue.actions.map(() => RELAPSE_PROBABILITY.rarely),
    worsened: catalogue.actions.map(() => WORSENED_PROBABILITY.sometimes),
    symptoms: catalogue.symptoms.map(({ background }, s) => (shown.has(s) ? 0.85 : background)),
    novel: true,
  };
  return { faults: [...world.faults, novel], mix: [...world.mix.map((p) => p * (1 - share)), share] };
};
