/** Uniform numbers in [0, 1): chance comes into the core as an argument, so that everything can be repeated. */
export type Random = () => number;

// Looked up once: in a test runner's sandbox each access to a global costs more than the multiplication.
const { imul } = Math;

const mix = (hash: number, value: number): number => {
  let h = imul(hash ^ value, 0x85ebca6b);
  h ^= h >>> 13;
  h = imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

/** 32-bit hash of a sequence of integers (MurmurHash3's finaliser, chained). */
export const hashOf = (...parts: readonly number[]): number =>
  parts.reduce((hash, part) => mix(hash, part + 0x9e37), 0x51ed270b);

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
export const randomOf = (...seed: readonly number[]): Random => {
  let state = hashOf(...seed);
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = imul(t ^ (t >>> 15), t | 1);
    t ^= t + imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** Standard normal (Box and Muller). */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Gamma with scale 1 (Marsaglia and Tsang 2000; shapes below 1 by their boost). */
export const gamma = (random: Random, shape: number): number => {
  if (shape < 1) return gamma(random, shape + 1) * (1 - random()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
};

/** Beta with a given mean and weight (the sum of its two parameters). */
export const beta = (random: Random, mean: number, weight: number): number => {
  const a = gamma(random, mean * weight);
  const b = gamma(random, (1 - mean) * weight);
  return a + b > 0 ? a / (a + b) : mean;
};
