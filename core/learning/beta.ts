/** Coefficients of the Lanczos approximation (g = 5, n = 6; Press et al., Numerical Recipes, 6.1). */
const LANCZOS = [
  76.18009172947146, -86.50532032941678, 24.01409824083091, -1.231739572450155, 0.001208650973866179,
  -5.395239384953e-6,
];

/** Natural logarithm of the gamma function, x > 0. */
const logGamma = (x: number): number => {
  const shifted = x + 5.5;
  const series = LANCZOS.reduce((sum, coefficient, index) => sum + coefficient / (x + 1 + index), 1.000000000190015);
  return (x + 0.5) * Math.log(shifted) - shifted + Math.log((2.506628274631 * series) / x);
};

/** Continued fraction of the incomplete beta function (Lentz's method; Numerical Recipes, 6.4). */
const continuedFraction = (x: number, a: number, b: number): number => {
  const tiny = 1e-30;
  const away = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= 200; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    const change = d * c;
    result *= change;
    if (Math.abs(change - 1) < 1e-10) break;
  }
  return result;
};

/** P(X <= x) for X ~ Beta(a, b), with 0 <= x <= 1 and a, b > 0. */
export const betaCdf = (x: number, a: number, b: number): number => {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x));
  return x < (a + 1) / (a + b + 2)
    ? (front * continuedFraction(x, a, b)) / a
    : 1 - (front * continuedFraction(1 - x, b, a)) / b;
};

/** The x with P(X <= x) = probability for X ~ Beta(a, b), by bisection to 1e-4: enough for a percentage. */
export const betaQuantile = (probability: number, a: number, b: number): number => {
  let [low, high] = [0, 1];
  while (high - low > 1e-4) {
    const middle = (low + high) / 2;
    if (betaCdf(middle, a, b) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
};

/** A probability with the interval in which it lies with probability 0.9. */
export interface Probability {
  readonly mean: number;
  readonly low90: number;
  readonly high90: number;
}

/** The Beta distribution with this mean and variance, as mean and 90 % interval. A variance of 0 gives a point. */
export const betaInterval = (mean: number, variance: number): Probability => {
  const spread = mean * (1 - mean);
  if (!(variance > 0) || !(spread > variance)) return { mean, low90: mean, high90: mean };
  const weight = spread / variance - 1;
  const [a, b] = [mean * weight, (1 - mean) * weight];
  return { mean, low90: betaQuantile(0.05, a, b), high90: betaQuantile(0.95, a, b) };
};
