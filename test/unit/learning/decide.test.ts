import fc from 'fast-check';
import { inapplicableActions } from '../../../core/learning/applicability.ts';
import { beliefOf, choose, situationOf, type DecisionRequest } from '../../../core/learning/choice.ts';
import { creditIncident } from '../../../core/learning/credit.ts';
import { chooseAction, failureDeltas } from '../../../core/learning/decide.ts';
import { defaultCatalogue } from '../../../core/learning/default-catalogue.ts';
import { applyDeltas } from '../../../core/learning/evidence.ts';
import { restrictCatalogue } from '../../../core/learning/restrict.ts';
import { runbookAction } from '../../../core/learning/runbook.ts';
import { fuzzedRequest } from './fuzz.ts';

const catalogue = defaultCatalogue;
const symptomsOf = (...present: string[]) =>
  Object.fromEntries(catalogue.symptoms.map(({ id }) => [id, present.includes(id)]));
const every = catalogue.actions.map(({ id }) => id);

/** A connection pool that is exhausted, at its first attempt. */
const request = (changes: Partial<DecisionRequest> = {}): DecisionRequest => ({
  catalogue,
  table: new Map(),
  symptoms: symptomsOf('latHigh', 'errHigh', 'dbConnSat'),
  attempt: 0,
  tried: [],
  allowed: every,
  optimism: 0.3,
  maxAttempts: 3,
  ...changes,
});

/** Fewer faults and actions decide as the whole does, forty times as fast: for many cases. */
const small = restrictCatalogue(catalogue, {
  actions: ['wait', 'restart', 'rollback', 'scaleOut', 'breaker'],
  symptoms: ['taskExit', 'memHigh', 'cpuHigh', 'latHigh', 'errHigh', 'recentDeploy', 'depErr'],
});

/** Choices that are fuzzed; `FUZZED_CHOICES=100000` runs as many as the goal asks for, in some minutes. */
const FUZZED = Number(process.env.FUZZED_CHOICES ?? 3_000);

const isSafe = ({ allowed, tried, attempt, maxAttempts }: DecisionRequest, action: string): boolean =>
  action === 'escalate' ||
  (allowed.includes(action) &&
    tried.filter((one) => one.action === action).length < 2 &&
    Math.max(attempt, tried.length) < maxAttempts);

describe('safety', () => {
  test('no masked action in any fuzzed choice, with damaged and adversarial tables', () => {
    const unsafe: number[] = [];
    for (let seed = 0; seed < FUZZED; seed++) {
      const fuzzed = fuzzedRequest(seed % 50 === 0 ? catalogue : small, seed);
      const situation = situationOf(fuzzed);
      const { action } = choose(situation, beliefOf(situation, fuzzed.symptoms), fuzzed.symptoms);
      if (!isSafe(fuzzed, action)) unsafe.push(seed);
    }
    expect(unsafe).toEqual([]);
  });

  test('the same for whole decisions, all of whose numbers stay finite', () => {
    for (let seed = 0; seed < 300; seed++) {
      const fuzzed = fuzzedRequest(catalogue, seed);
      const decision = chooseAction(fuzzed);
      expect(isSafe(fuzzed, decision.action)).toBe(true);
      expect(decision.belief.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9);
      const numbers = decision.candidates.flatMap(({ expectedCostMinutes: cost, recoverProbability: p }) => [
        cost ?? 0,
        p.mean,
        p.low90,
        p.high90,
      ]);
      expect([...numbers, decision.escalateCost, decision.propensity].every(Number.isFinite)).toBe(true);
    }
  });

  test('an action that is masked is not counted on later either', () => {
    // With the breaker to fall back on, waiting first is cheaper than without it.
    const waiting = (allowed: readonly string[]) =>
      chooseAction(request({ symptoms: symptomsOf('depErr', 'errHigh', 'latHigh'), allowed })).candidates.find(
        ({ action }) => action === 'wait',
      )?.expectedCostMinutes ?? NaN;
    expect(waiting(['wait', 'breaker'])).toBeLessThan(waiting(['wait']) - 1);
  });

  test('a masked candidate has no value', () => {
    const { candidates } = chooseAction(request({ allowed: ['wait'] }));
    expect(candidates.filter(({ allowed }) => allowed).map(({ action }) => action)).toEqual(['wait']);
    expect(
      candidates.filter(({ allowed }) => !allowed).every(({ expectedCostMinutes }) => expectedCostMinutes === null),
    ).toBe(true);
  });
});

describe('it acts', () => {
  test('on a clear case as an expert would', () => {
    expect(chooseAction(request())).toMatchObject({
      action: 'recyclePool',
      reason: 'leastCost',
      runbookAction: 'recyclePool',
      propensity: 1,
      fingerprint: 'dbPool/clear/unchanged',
    });
  });

  test('with another action when the first has failed', () => {
    const decision = chooseAction(request({ attempt: 1, tried: [{ action: 'recyclePool', outcome: 'unchanged' }] }));
    expect(decision.action).not.toBe('recyclePool');
    const before = chooseAction(request()).belief.find(({ hypothesis }) => hypothesis === 'dbPool');
    expect(decision.belief.find(({ hypothesis }) => hypothesis === 'dbPool')?.probability).toBeLessThan(
      before?.probability ?? 0,
    );
  });

  test('on what it has learned, against the catalogue', () => {
    let table = request().table;
    for (let index = 0; index < 6; index++) {
      const failed = { action: 'recyclePool', recovered: false, minutes: 5, worse: false, relapsed: null };
      const cured = { action: 'breaker', recovered: true, minutes: 2, worse: false, relapsed: false };
      const steps = [failed, cured];
      table = applyDeltas(
        table,
        creditIncident({ catalogue, table, symptoms: request().symptoms, steps, label: 'dbPool' }),
      );
    }
    const decision = chooseAction(request({ table }));
    expect(decision).toMatchObject({ action: 'breaker', runbookAction: 'recyclePool' });
    expect(decision.candidates[0]?.evidence.own).toBeGreaterThan(3);
  });

  test('a dead-letter queue is driven back', () => {
    expect(chooseAction(request({ symptoms: symptomsOf('dlqDepth') })).action).toBe('redrive');
  });
});

describe('it refuses', () => {
  test.each([
    ['attempts are used up', { attempt: 3 }, 'attemptsUsedUp'],
    [
      'more was tried than the attempt says',
      { attempt: 0, tried: Array(3).fill({ action: 'wait', outcome: 'unchanged' }) },
      'attemptsUsedUp',
    ],
    ['nothing is allowed', { allowed: [] }, 'nothingAllowed'],
    ['only actions are allowed that nobody knows', { allowed: ['pray'] }, 'nothingAllowed'],
    [
      'everything allowed was tried twice',
      { allowed: ['wait'], maxAttempts: 9, tried: Array(2).fill({ action: 'wait', outcome: 'unchanged' }) },
      'nothingAllowed',
    ],
    [
      'no fault of the catalogue looks like this',
      { symptoms: Object.fromEntries(catalogue.symptoms.map(({ id }, s) => [id, s % 2 === 0])) },
      'unknownFault',
    ],
  ] satisfies [string, Partial<DecisionRequest>, string][])('when %s', (_, changes, reason) => {
    expect(chooseAction(request(changes))).toMatchObject({ action: 'escalate', reason, propensity: 1 });
  });

  test('when nothing allowed is worth trying', () => {
    const symptoms = symptomsOf('cpuHigh', 'latHigh', 'trafficHigh');
    expect(chooseAction(request({ symptoms, allowed: ['restart'] }))).toMatchObject({
      action: 'escalate',
      reason: 'escalationCheaper',
    });
  });

  test('the catalogue masks what does not apply, with the rule', () => {
    const rules = inapplicableActions(catalogue, symptomsOf('lowUtil', 'errHigh'), { noStableRev: true }).map(
      ({ rule }) => rule,
    );
    expect(rules).toEqual(
      expect.arrayContaining([
        'scaleIn.forbiddenBy.errHigh',
        'rollback.blockedBy.noStableRev',
        'rotateSecret.requires.authErr',
      ]),
    );
  });

  test('a required symptom that could not be observed is not there', () => {
    expect(inapplicableActions(catalogue, { diskHigh: null }, {}).map(({ action }) => action)).toContain('freeDisk');
    expect(inapplicableActions(catalogue, { diskHigh: true }, {}).map(({ action }) => action)).not.toContain(
      'freeDisk',
    );
  });
});

describe('it is honest', () => {
  test('the same request gives the same decision, bit for bit, after a round trip through JSON', () => {
    for (let seed = 1_000; seed < 1_100; seed++) {
      const { table, pool: _, ...rest } = fuzzedRequest(small, seed);
      const finite = new Map(
        [...table].map(([id, row]) => [
          id,
          Object.fromEntries(Object.entries(row).filter(([, value]) => Number.isFinite(value))),
        ]),
      );
      const stored = JSON.stringify({ ...rest, rows: [...finite] });
      const { rows, ...again } = JSON.parse(stored) as Omit<DecisionRequest, 'table'> & {
        rows: [string, Record<string, number>][];
      };
      expect(JSON.stringify(chooseAction({ ...again, table: new Map(rows) }))).toBe(
        JSON.stringify(chooseAction({ ...rest, table: finite })),
      );
    }
  });

  test('every stated counterfactual, applied, gives the stated choice', () => {
    let stated = 0;
    for (let seed = 2_000; seed < 2_600; seed++) {
      const fuzzed = fuzzedRequest(small, seed);
      const { action, counterfactual } = chooseAction(fuzzed);
      if (counterfactual === null) continue;
      stated += 1;
      const symptoms = { ...fuzzed.symptoms, [counterfactual.symptom]: false };
      const flipped = chooseAction({ ...fuzzed, symptoms });
      expect(fuzzed.symptoms[counterfactual.symptom]).toBe(true);
      expect(flipped.action).toBe(counterfactual.action);
      expect(flipped.action).not.toBe(action);
    }
    expect(stated).toBeGreaterThan(50);
  });

  test('so many further failures, applied, give the stated choice', () => {
    let stated = 0;
    for (let seed = 3_000; seed < 3_300; seed++) {
      const fuzzed = { ...fuzzedRequest(small, seed), table: new Map() };
      const { action, failuresToChange } = chooseAction(fuzzed);
      if (failuresToChange === null) continue;
      stated += 1;
      const table = applyDeltas(fuzzed.table, failureDeltas(fuzzed.table, { ...failuresToChange, action }));
      expect(chooseAction({ ...fuzzed, table }).action).toBe(failuresToChange.action);
    }
    expect(stated).toBeGreaterThan(10);
  });

  test('a symptom that could not be observed is not an absent one', () => {
    const { dbConnSat: _, ...seen } = request().symptoms;
    const pool = (symptoms: DecisionRequest['symptoms']) =>
      chooseAction(request({ symptoms })).belief.find(({ hypothesis }) => hypothesis === 'dbPool')?.probability ?? 0;
    expect(pool(seen)).toBe(pool({ ...seen, dbConnSat: null }));
    expect(pool(seen)).toBeGreaterThan(pool({ ...seen, dbConnSat: false }));
    expect(pool(seen)).toBeLessThan(pool({ ...seen, dbConnSat: true }));
  });

  test('the belief names what moved it', () => {
    const [leading] = chooseAction(request()).belief;
    expect(leading).toMatchObject({ hypothesis: 'dbPool' });
    expect(leading?.movedBy[0]).toMatchObject({ symptom: 'dbConnSat', present: true });
    expect(leading?.movedBy[0]?.logLikelihoodRatio).toBeGreaterThan(2);
  });

  test('a hint moves the belief by ten to one at most', () => {
    const odds = (hint?: Record<string, number>) => {
      const { belief } = chooseAction(request(hint === undefined ? {} : { hint }));
      const of = (id: string) => belief.find(({ hypothesis }) => hypothesis === id)?.probability ?? NaN;
      return of('deadlock') / of('dbPool');
    };
    expect(odds({ deadlock: 1e9, dbPool: 1e-9 }) / odds()).toBeCloseTo(10, 6);
    expect(odds({ deadlock: NaN }) / odds()).toBeCloseTo(1, 9);
  });
});

describe('exploration', () => {
  const randomise = (draw: number) => ({ rate: 0.2, among: 4, draw });

  test('propensities of all draws sum to one and are what happens', () => {
    const draws = Array.from({ length: 200 }, (_, index) =>
      chooseAction(request({ catalogue: small, randomise: randomise(index / 200) })),
    );
    for (const action of new Set(draws.map((decision) => decision.action))) {
      const chosen = draws.filter((decision) => decision.action === action);
      expect(chosen.length / draws.length).toBeCloseTo(chosen[0]?.propensity ?? 0, 1.5);
    }
  });

  test('without randomise nothing is drawn', () => {
    expect(chooseAction(request({ optimism: 0 })).propensity).toBe(1);
  });

  test('optimism tries what is unknown sooner', () => {
    const hopeful = chooseAction(request({ optimism: 3 }));
    const sober = chooseAction(request({ optimism: 0 }));
    expect(hopeful.candidates).toEqual(sober.candidates);
  });
});

describe('the runbook', () => {
  test('goes through its list for what it took for the cause, then calls a person', () => {
    const symptoms = request().symptoms;
    const next = (...actions: string[]) =>
      runbookAction(catalogue, { symptoms, allowed: every, tried: actions.map((action) => ({ action })) });
    expect([
      next(),
      next('recyclePool'),
      next('recyclePool', 'restart'),
      next('recyclePool', 'restart', 'breaker'),
    ]).toEqual(['recyclePool', 'restart', 'breaker', 'escalate']);
  });

  test('is kept behind a gate, unless another action is better by more', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.double({ min: 0.1, max: 20, noNaN: true }),
        (seed, gateMinutes) => {
          const fuzzed = { ...fuzzedRequest(small, seed), table: new Map(), optimism: 0, gateMinutes };
          const { randomise: _, pool: _pool, ...base } = fuzzed;
          const { action, reason, runbookAction: runbook, candidates, escalateCost } = chooseAction(base);
          if (reason !== 'leastCost' && reason !== 'runbookKept') return;
          if (action === runbook) return;
          const cost = (id: string) => candidates.find((one) => one.action === id)?.expectedCostMinutes ?? escalateCost;
          expect(cost(runbook) - cost(action)).toBeGreaterThanOrEqual(gateMinutes - 1e-9);
        },
      ),
      { numRuns: 300 },
    );
  });
});
