import { createTabularQ, type TabularQ } from '../../../core/learning/tabular-q.ts';
import { randomOf } from '../../../bench/learning/random.ts';
import {
  LAKE_4,
  LAKE_8,
  cliffWalking,
  frozenLake,
  optimalValues,
  policyValues,
  successWithin,
  taxi,
  type Branch,
  type Environment,
} from './environments.ts';

// Looked up once: in jest's sandbox a global costs more than a step, and there are 80 million steps.
const { floor } = Math;

interface Training {
  readonly episodes: number;
  readonly epsilon: number;
  readonly discount: number;
  readonly maxSteps: number;
  readonly learningRate: (visits: number) => number;
  readonly initial?: () => number;
}

const train = (environment: Environment, training: Training, seed: number): TabularQ => {
  const random = randomOf(seed, 17);
  const allowed = Array.from({ length: environment.actions }, (_, action) => action);
  const q = createTabularQ({ ...environment, ...training });
  const following = Array.from({ length: environment.states }, (_, state) => ({ state, allowed }));
  for (let episode = 0; episode < training.episodes; episode++) {
    let state = environment.starts[floor(random() * environment.starts.length)] ?? 0;
    for (let step = 0; step < training.maxSteps; step++) {
      const action = random() < training.epsilon ? floor(random() * environment.actions) : q.best(state, allowed);
      const branches = environment.branches(state, action);
      const branch = branches[floor(random() * branches.length)] as Branch;
      q.update({ state, action, reward: branch.reward, next: branch.done ? null : (following[branch.next] ?? null) });
      if (branch.done) break;
      state = branch.next;
    }
  }
  return q;
};

const greedy = (environment: Environment, q: TabularQ) => {
  const allowed = Array.from({ length: environment.actions }, (_, action) => action);
  return (state: number) => q.best(state, allowed);
};

const startValue = (environment: Environment, values: Float64Array): number =>
  environment.starts.reduce((sum, start) => sum + (values[start] ?? 0), 0) / environment.starts.length;

const learnedStartValue = (environment: Environment, q: TabularQ): number =>
  environment.starts.reduce((sum, start) => sum + q.value(start, greedy(environment, q)(start)), 0) /
  environment.starts.length;

const seeds = Array.from({ length: 10 }, (_, seed) => [seed] as const);
/** max(least, n^-power), looked up: a power at each of 80 million steps would be half of the time. */
const polynomial = (power: number, least: number) => {
  const until = Math.ceil(least ** (-1 / power));
  const rates = Float64Array.from({ length: until + 1 }, (_, visits) => Math.max(least, visits ** -power));
  return (visits: number) => rates[visits] ?? least;
};

describe('the environments have the known optima', () => {
  const lake4 = frozenLake(LAKE_4);
  const lake8 = frozenLake(LAKE_8);
  const bestPolicy = (environment: Environment, discount: number) => {
    const values = optimalValues(environment, discount);
    return (state: number) => {
      const returns = Array.from({ length: environment.actions }, (_, action) =>
        environment
          .branches(state, action)
          .reduce((sum, b) => sum + b.probability * (b.reward + (b.done ? 0 : discount * (values[b.next] ?? 0))), 0),
      );
      return returns.indexOf(Math.max(...returns));
    };
  };

  test('FrozenLake 4x4: V* 0.542026, 100-step success 0.74016', () => {
    expect(startValue(lake4, optimalValues(lake4, 0.99))).toBeCloseTo(0.542026, 6);
    expect(successWithin(lake4, 100, bestPolicy(lake4, 0.99))).toBeCloseTo(0.74016, 4);
  });
  test('FrozenLake 8x8: V* 0.414640, 200-step success 0.86296', () => {
    expect(startValue(lake8, optimalValues(lake8, 0.99))).toBeCloseTo(0.41464, 6);
    expect(successWithin(lake8, 200, bestPolicy(lake8, 0.99))).toBeCloseTo(0.86296, 3);
  });
  test('CliffWalking: -13', () => {
    expect(startValue(cliffWalking(), optimalValues(cliffWalking(), 1))).toBeCloseTo(-13, 9);
  });
  test('Taxi: 7.930 over 300 starts', () => {
    expect(taxi().starts).toHaveLength(300);
    expect(startValue(taxi(), optimalValues(taxi(), 1))).toBeCloseTo(7.93, 3);
  });
});

describe('the learner reaches the optimum', () => {
  const [lake4, lake8, cliff, cab] = [frozenLake(LAKE_4), frozenLake(LAKE_8), cliffWalking(), taxi()];

  const check = (environment: Environment, training: Training, tolerance: number, seed: number) => {
    const optimum = startValue(environment, optimalValues(environment, training.discount));
    const q = train(environment, training, seed);
    const reached = startValue(environment, policyValues(environment, training.discount, greedy(environment, q)));
    expect(Math.abs(learnedStartValue(environment, q) - optimum)).toBeLessThanOrEqual(tolerance);
    expect(optimum - reached).toBeLessThanOrEqual(0.01 * Math.abs(optimum));
  };

  test.each(seeds)('FrozenLake 4x4, seed %i', (seed) => {
    const learningRate = polynomial(0.7, 0.01);
    check(lake4, { episodes: 20_000, epsilon: 0.5, discount: 0.99, maxSteps: 100, learningRate }, 0.03, seed);
  });
  test.each(seeds)('FrozenLake 8x8, seed %i', (seed) => {
    const learningRate = polynomial(0.7, 0.0007);
    // Starting from hope, not from nothing, the far corner is explored too: without it 3 of 10 seeds stay 2 % below.
    const initial = () => 0.5;
    const training = { episodes: 200_000, epsilon: 0.6, discount: 0.99, maxSteps: 200, learningRate, initial };
    check(lake8, training, 0.01, seed);
  });
  test.each(seeds)('CliffWalking, seed %i', (seed) => {
    const learningRate = () => 0.5;
    check(cliff, { episodes: 500, epsilon: 0.1, discount: 1, maxSteps: 1_000, learningRate }, 1e-6, seed);
  });
  test.each(seeds)('Taxi, seed %i', (seed) => {
    const learningRate = () => 1;
    check(cab, { episodes: 12_000, epsilon: 0.5, discount: 1, maxSteps: 200, learningRate }, 1e-6, seed);
  });
});

test('an action that is masked in the next state never enters the bootstrap', () => {
  const q = createTabularQ({ states: 2, actions: 2, discount: 1, learningRate: () => 1 });
  q.update({ state: 1, action: 1, reward: 1_000, next: null });
  q.update({ state: 0, action: 0, reward: -1, next: { state: 1, allowed: [0] } });
  expect(q.value(0, 0)).toBe(-1);
  q.update({ state: 0, action: 0, reward: -1, next: { state: 1, allowed: [0, 1] } });
  expect(q.value(0, 0)).toBe(999);
});

test('the best action is an allowed one, and there is none if nothing is allowed', () => {
  const q = createTabularQ({ states: 1, actions: 3, discount: 1, learningRate: () => 1 });
  q.update({ state: 0, action: 2, reward: 5, next: null });
  expect(q.best(0, [0, 1])).toBe(0);
  expect(q.best(0, [0, 2])).toBe(2);
  expect(q.best(0, [])).toBe(-1);
});
