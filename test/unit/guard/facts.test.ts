import fc from 'fast-check';
import type { EnforceInput } from '../../../core/contracts/loop-state.ts';
import { guardChain } from '../../../core/guard/chain.ts';
import { evaluate } from '../../../core/guard/evaluate.ts';
import { approvalFact, decisionFact, factWords, guardFacts, known, unknown } from '../../../core/guard/facts.ts';
import type { FactName } from '../../../core/guard/facts.ts';
import { toIso } from '../../../core/shared/units.ts';
import { recheck } from '../../../core/guard/recheck.ts';
import {
  ago,
  approved,
  calm,
  calmAtAct,
  coordination,
  decisionFor,
  factsOf,
  firing,
  hashPlan,
  HOUR,
  isoAgo,
  limits,
  now,
  other,
  past,
  policies,
  question,
  recheckFactsOf,
  restart,
} from './fixture.ts';

/** Nothing empty and nothing null, so that every field that a guard reads is there to be garbled. */
const earned = { hypothesis: 'deadlock', heals: 40, failures: 0, lowerBound: 0.93 };
const decision = { ...calm.decision, autonomy: earned };
const full = {
  ...calm,
  limits: { ...limits, learning: { earn: { heals: 20, lowerBound: 0.9 } } },
  decision,
  incident: { ...calm.incident, attempt: 2 },
  signals: [firing('deployment/1')],
  coordination: {
    lease: { holder: other, fencingToken: 3, expiresAt: ago(HOUR) },
    history: [past(ago(HOUR), { changeIds: ['deployment/0'] })],
    actionsThisHour: 1,
    acting: [other],
    groupLeases: [{ holder: other, fencingToken: 2, expiresAt: ago(HOUR) }],
    spentTodayMicroUsd: 1,
    backlog: [other],
  },
  incidentsToday: 1,
};
const fullAtAct = { ...calmAtAct, decision, verdict: { ...calmAtAct.verdict, question }, approval: approved };

const enforce = (facts: object) => evaluate(guardChain, facts as never, hashPlan, policies);
const act = (facts: object) => recheck(facts as never, hashPlan);

test('the positive twins: ungarbled, both are allowed', () => {
  expect(enforce(factsOf(full)).verdict).toBe('allow');
  expect(act(recheckFactsOf(fullAtAct)).verdict).toBe('allow');
});

test('names every fact in words', () => {
  expect(factWords).toEqual({
    now: 'the time',
    limits: 'the limits of the environment',
    mode: 'the mode',
    incident: 'the incident',
    workload: 'the workload',
    observedAt: 'the time of the observation',
    state: 'the state of the workload',
    signals: 'the signals',
    decision: 'the decision',
    coordination: 'leases, budget and earlier actions',
    incidentsToday: 'the number of incidents of the workload today',
    verdict: 'the verdict',
    approval: 'the approval',
    planHashNow: 'the hash of the plan',
  });
});

type Path = readonly (string | number)[];

/** Every field of a value, at every depth. */
const pathsOf = (value: unknown, path: Path = []): Path[] => {
  const children =
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...path, Array.isArray(value) ? +key : key]))
      : [];
  return path.length === 0 ? children : [path, ...children];
};

const at = (value: unknown, path: Path): unknown => path.reduce((inner, key) => (inner as never)[key], value);

const withAt = (value: object, [key, ...rest]: Path, replacement: unknown): object => {
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string | number, unknown>;
  copy[key!] = rest.length === 0 ? replacement : withAt(copy[key!] as object, rest, replacement);
  return copy;
};

const GARBAGE: readonly unknown[] = [undefined, null, Number.NaN, Infinity, 'garbled', true, {}, [[]], Symbol('no')];
/** Null has a meaning there: not masked, never asks, no lease, nobody was asked, nobody said who. */
const nullable =
  /^(decision\.candidates\.0\.(masked|recoverProbability)|decision\.autonomy|limits\.(askFromRisk|learning\.earn)|coordination\.lease|verdict\.lease|approval|state\.desired|approval\.(reason|approver)|mode\.since|signals\.0\.role)$/;

const kindOf = (value: unknown): string => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value);
const isGarbled = (value: unknown, garbage: unknown, path: Path): boolean => {
  if (garbage === null) return value !== null && !nullable.test(path.join('.'));
  // Without a question nobody was asked, and then no approval counts: `recheck.test.ts`.
  if (garbage === undefined && path.join('.') === 'verdict.question') return false;
  if (typeof garbage === 'number') return true;
  return kindOf(garbage) !== kindOf(value) && !(garbage === 'garbled' && nullable.test(path.join('.')));
};

const cases = (values: object) =>
  pathsOf(values).flatMap((path) =>
    GARBAGE.filter((garbage) => isGarbled(at(values, path), garbage, path)).map((garbage) => ({ path, garbage })),
  );

describe('dropping, nulling or garbling any one field of any fact denies, and says which could not be read', () => {
  test.each([
    ['Enforce', full, factsOf, enforce],
    ['Act', fullAtAct, recheckFactsOf, act],
  ] as const)('at %s', (_, values, wrap, run) => {
    const all = cases(values);
    expect(all.length).toBeGreaterThan(150);
    const slipped = all.filter(({ path, garbage }) => {
      const { verdict, guards } = run(wrap(withAt(values, path, garbage) as never));
      const words = `${factWords[path[0] as FactName]} could not be read: `;
      return verdict !== 'deny' || !guards.some(({ result, reason }) => result === 'deny' && reason.includes(words));
    });
    expect(slipped).toEqual([]);
  });
});

describe('a fact that is not one denies', () => {
  test.each(Object.keys(full) as (keyof typeof full)[])('at Enforce: %s', (name) => {
    for (const garbage of [undefined, null, full[name], { known: 'yes', value: full[name] }, { known: false }]) {
      const { verdict, guards } = enforce({ ...factsOf(full), [name]: garbage });
      expect(verdict).toBe('deny');
      expect(guards.map(({ reason }) => reason).join()).toContain(
        `${factWords[name]} could not be read: it is missing or not a fact`,
      );
    }
    expect(
      enforce({ ...factsOf(full), [name]: unknown('the store timed out') })
        .guards.map(({ reason }) => reason)
        .join(),
    ).toContain(`${factWords[name]} could not be read: the store timed out`);
  });

  test.each(Object.keys(fullAtAct) as (keyof typeof fullAtAct)[])('at Act: %s', (name) => {
    expect(act({ ...recheckFactsOf(fullAtAct), [name]: undefined }).verdict).toBe('deny');
    expect(act({ ...recheckFactsOf(fullAtAct), [name]: unknown('the store timed out') }).verdict).toBe('deny');
  });

  test('also all of them at once, whatever they are', () => {
    fc.assert(
      fc.property(fc.anything(), (garbage) => {
        expect(enforce(garbage as object).verdict).toBe('deny');
        expect(act(garbage as object).verdict).toBe('deny');
      }),
    );
  });
});

test('names the field that is wrong, and what was expected of it', () => {
  const { guards } = enforce(factsOf({ limits: { ...limits, maxActionsPerHour: Number.NaN } }));
  expect(guards.find(({ guard }) => guard === 'budget')?.reason).toBe(
    'the limits of the environment could not be read: maxActionsPerHour: Invalid input: expected number, received NaN',
  );
  const two = enforce(factsOf({ coordination: { ...coordination, actionsThisHour: -1, acting: [''] } }));
  expect(two.guards.find(({ guard }) => guard === 'budget')?.reason).toMatch(
    /^leases, budget and earlier actions could not be read: actionsThisHour: .*; acting: 0: /,
  );
});

test.each([
  ['an attempt 0', { incident: { ...full.incident, attempt: 0 } }],
  ['half an attempt', { incident: { ...full.incident, attempt: 1.5 } }],
  ['an incident without an id', { incident: { ...full.incident, incidentId: '' } }],
  ['a negative budget', { coordination: { ...full.coordination, actionsThisHour: -1 } }],
  ['an acting incident without an id', { coordination: { ...full.coordination, acting: [''] } }],
  [
    'a lease without a holder',
    { coordination: { ...full.coordination, lease: { ...full.coordination.lease, holder: '' } } },
  ],
  [
    'a negative fencing token',
    { coordination: { ...full.coordination, lease: { ...full.coordination.lease, fencingToken: -1 } } },
  ],
  [
    'an action of no incident',
    { coordination: { ...full.coordination, history: [past(ago(HOUR), { incidentId: '' })] } },
  ],
  ['a negative number of incidents', { incidentsToday: -1 }],
])('denies %s', (_, changes) => {
  expect(enforce(factsOf({ ...full, ...changes } as never)).verdict).toBe('deny');
});

test('allows long ids and large counts', () => {
  const long = 'x'.repeat(60);
  const facts = factsOf({
    ...full,
    incident: { ...calm.incident, incidentId: long, attempt: 3 },
    limits: { ...limits, maxActionsPerHour: 100 },
    coordination: {
      ...coordination,
      lease: { holder: long, fencingToken: 7, expiresAt: ago(-HOUR) },
      history: [past(ago(HOUR), { incidentId: `${long}y` })],
      actionsThisHour: 99,
      acting: [`${long}y`],
    },
    incidentsToday: 4,
  });
  expect(enforce(facts).verdict).toBe('allow');
  expect(enforce({ ...facts, coordination: known({ ...coordination, actionsThisHour: 0 }) }).verdict).toBe('allow');
});

test('what the loop does not say is not made up', () => {
  const { autonomy: _, ...old } = decision;
  expect(decisionFact(old as never)).toEqual(known({ ...old, autonomy: null }));
  expect(decisionFact(decision as never)).toEqual(known(decision));
  expect(approvalFact(undefined)).toEqual(known(null));
  expect(approvalFact(approved)).toEqual(known(approved));
  const { questionId: __, ...unbound } = approved;
  expect(approvalFact(unbound)).toEqual({ known: false, why: expect.stringMatching(/^questionId: /) as string });
});

test("collects the facts from the loop's state and from outside", () => {
  const input = {
    incidentId: calm.incident.incidentId,
    attempt: 2,
    openedAt: isoAgo(HOUR),
    evidence: {
      workload: calm.workload,
      observedAt: isoAgo(1_000),
      state: calm.state,
      signals: calm.signals.map((signal) => ({ ...signal, occurredAt: toIso(signal.occurredAt) })),
      incidentsToday: 3,
    },
    decision: decisionFor(restart),
  } as unknown as EnforceInput;
  const outside = {
    now,
    limits: limits as never,
    mode: unknown('AccessDenied'),
    coordination: known(coordination),
  };
  const facts = guardFacts(input, outside);
  const asked = guardFacts({ ...input, approval: approved }, outside);
  expect(asked.incident).toMatchObject({ value: { asked: true } });
  const uncounted = { ...input, evidence: { ...input.evidence, incidentsToday: undefined } };
  expect(guardFacts(uncounted, outside).incidentsToday).toEqual({ known: false, why: 'nobody could count them' });
  expect(facts).toEqual({
    now: known(now),
    limits: known(limits),
    mode: { known: false, why: 'AccessDenied' },
    incident: known({ incidentId: calm.incident.incidentId, attempt: 2, openedAt: ago(HOUR), asked: false }),
    workload: known(calm.workload),
    observedAt: known(ago(1_000)),
    state: known(calm.state),
    signals: known(calm.signals),
    decision: known(decisionFor(restart)),
    coordination: known(coordination),
    incidentsToday: known(3),
  });
});
