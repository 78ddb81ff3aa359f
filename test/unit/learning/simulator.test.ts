import { runWorld, LEARNER } from '../../../bench/learning/experiment.ts';
import { NO_COMPLICATIONS, drawIncident, takeAction } from '../../../bench/learning/incident.ts';
import { beta, dirichlet, lognormal, randomOf } from '../../../bench/learning/random.ts';
import { scenarios } from '../../../bench/learning/scenarios.ts';
import { shuffleCures } from '../../../bench/learning/bad-prior.ts';
import { calibration, calibrationError, relativeChange, slope } from '../../../bench/learning/statistics.ts';
import { USUAL_SPREAD, benchCatalogue, drawWorld, tableWorld } from '../../../bench/learning/world.ts';
import { linePlot } from '../../../bench/learning/plot.ts';
import type { Scenario } from '../../../bench/learning/scenarios.ts';
import type { FaultTruth } from '../../../bench/learning/world.ts';

const base = scenarios[0] as Scenario;
const world = drawWorld(tableWorld(benchCatalogue, 'prod'), benchCatalogue, USUAL_SPREAD, 1);
const mean = (draw: () => number, count = 4_000) =>
  Array.from({ length: count }, draw).reduce((a, b) => a + b, 0) / count;

test('the simulator has the 14 faults, 16 symptoms and 11 actions of its specification', () => {
  expect(benchCatalogue.hypotheses).toHaveLength(14);
  expect(benchCatalogue.symptoms).toHaveLength(16);
  expect(benchCatalogue.actions).toHaveLength(11);
});

test('the distributions have their means', () => {
  const random = randomOf(1);
  expect(mean(() => lognormal(random, 7, 0.4))).toBeCloseTo(7, 0);
  expect(mean(() => beta(random, 0.3, 10))).toBeCloseTo(0.3, 1);
  expect(mean(() => dirichlet(random, [1, 2, 1])[1] ?? 0)).toBeCloseTo(0.5, 1);
});

test('two policies that take the same action in the same incident have the same luck', () => {
  const incident = drawIncident(world, benchCatalogue, { seed: 5, complications: NO_COMPLICATIONS });
  const restart = (repeats: number) =>
    takeAction(benchCatalogue, incident, incident.faults, { action: 'restart', repeats }).attempt;
  expect(restart(0)).toEqual(restart(0));
  expect(restart(0).minutes).not.toBe(restart(1).minutes);
});

test('an action cures as often as the world says', () => {
  const fault = world.faults.findIndex(({ id }) => id === 'deadlock');
  const truth = world.faults[fault] as FaultTruth;
  const a = benchCatalogue.actions.findIndex(({ id }) => id === 'redeploy');
  const cures = Array.from({ length: 3_000 }, (_, seed) => {
    const incident = drawIncident(world, benchCatalogue, { seed, complications: NO_COMPLICATIONS, fault });
    return takeAction(benchCatalogue, incident, incident.faults, { action: 'redeploy', repeats: 0 }).attempt.recovered;
  }).filter(Boolean);
  expect(cures.length / 3_000).toBeCloseTo(truth.cure[a] ?? NaN, 1);
});

test('a world is a function of its number, and the oracle is not beaten by the runbook', () => {
  const short = { ...base, incidents: 60 };
  const options = { baselines: true, badPriors: true };
  const [one, two] = [runWorld(short, 3, options), runWorld(short, 3, options)];
  const cost = (policy: string) => one.episodes.get(policy)?.reduce((sum, episode) => sum + episode.cost, 0) ?? NaN;
  expect(two.episodes).toEqual(one.episodes);
  expect(cost('oracle')).toBeLessThan(cost('runbook'));
  expect(cost(LEARNER)).toBeLessThan(cost('random'));
  const unsafe = [...one.episodes.values()].flat().reduce((sum, episode) => sum + episode.unsafe, 0);
  expect(unsafe).toBe(0);
});

test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('scenario %s runs', (_, scenario) => {
  const short = { ...scenario, incidents: 12, driftAt: scenario.driftAt === null ? null : 6 };
  const { episodes } = runWorld(short, 1, { baselines: false, badPriors: false });
  expect([...episodes.values()].every((list) => list.length === 12 && list.every(({ cost }) => cost > 0))).toBe(true);
});

test('a bad prior has five of fourteen rows wrong, and the runbook right', () => {
  const bad = shuffleCures(benchCatalogue, 9);
  const changed = bad.hypotheses.filter(
    (row, f) => JSON.stringify(row.cures) !== JSON.stringify(benchCatalogue.hypotheses[f]?.cures),
  );
  expect(changed.length).toBeGreaterThanOrEqual(4);
  expect(changed.length).toBeLessThanOrEqual(5);
  expect(bad.hypotheses.map(({ runbook }) => runbook)).toEqual(benchCatalogue.hypotheses.map(({ runbook }) => runbook));
});

test('the statistics are what they say', () => {
  expect(relativeChange([9, 18], [10, 20]).value).toBeCloseTo(-0.1, 12);
  const pairs = Array.from({ length: 100 }, (_, index) => [0.35, index < 45] as const);
  expect(calibrationError(calibration(pairs))).toBeCloseTo(0.1, 12);
  expect(
    slope([
      [0, 1],
      [1, 3],
      [2, 5],
    ]),
  ).toBeCloseTo(2, 12);
});

test('a plot is an SVG with a line for each series', () => {
  const estimate = { value: -0.1, low: -0.2, high: 0 };
  const plot = linePlot(
    'a < b',
    ['x', 'y'],
    [
      {
        name: 'one',
        points: [
          { x: 1, estimate },
          { x: 2, estimate },
        ],
      },
    ],
  );
  expect(plot).toMatch(/^<svg [^]*<polyline[^]*<\/svg>\n$/);
  expect(plot).toContain('a &lt; b');
});
