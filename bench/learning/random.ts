import { gamma, normal, type Random } from '../../core/shared/sampling.ts';

/**
 * Randomness of the simulator. Everything is a function of numbers that name what is drawn (world, incident, action,
 * repeat), so that two policies meet exactly the same luck: common random numbers, comparable in pairs.
 */
export { beta, gamma, hashOf, normal, randomOf, type Random } from '../../core/shared/sampling.ts';

/** Lognormal with a given mean and a standard deviation of the logarithm. */
export const lognormal = (random: Random, mean: number, sigma: number): number =>
  mean * Math.exp(sigma * normal(random) - (sigma * sigma) / 2);

export const dirichlet = (random: Random, weights: readonly number[]): number[] => {
  const draws = weights.map((weight) => gamma(random, weight));
  const sum = draws.reduce((a, b) => a + b, 0);
  return draws.map((draw) => draw / sum);
};

/** An index, with probability proportional to the weights. */
export const pick = (random: Random, weights: readonly number[]): number => {
  let left = random() * weights.reduce((a, b) => a + b, 0);
  return Math.max(
    weights.findIndex((weight) => (left -= weight) < 0),
    0,
  );
};
