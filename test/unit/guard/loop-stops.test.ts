import type { ActionPlan } from '../../../core/contracts/action.ts';
import type { OutcomeStatus } from '../../../core/contracts/outcome.ts';
import type { KnownFacts } from '../../../core/guard/facts.ts';
import {
  ago,
  calm,
  coordination,
  decisionFor,
  HOUR,
  isoAgo,
  limits,
  MINUTE,
  own,
  past,
  said,
  SECOND,
} from './fixture.ts';

type PastAction = KnownFacts['coordination']['history'][number];
const withHistory = (history: readonly PastAction[]) => ({ coordination: { ...coordination, history } });

describe('attempts', () => {
  const attempt = (count: number, plan?: ActionPlan) =>
    said('attempts', {
      incident: { ...calm.incident, attempt: count },
      ...(plan === undefined ? {} : { decision: decisionFor(plan) }),
    });

  test('allows the last attempt and denies the one after it', () => {
    expect(attempt(3)).toBe('allow: the incident has attempts left (attempt 3; at most 3; limits.maxAttempts)');
    expect(attempt(4)).toBe('deny: the incident has no attempts left (attempt 4; at most 3; limits.maxAttempts)');
  });

  test('counts the changes that the history knows of, when the loop state lost count', () => {
    const mine = [1, 2, 3].map((minutes) => past(ago(minutes * MINUTE), { incidentId: own }));
    expect(said('attempts', withHistory(mine.slice(1)))).toMatch(/^allow: .*\(attempt 3;/);
    expect(said('attempts', withHistory(mine))).toMatch(/^deny: .*\(attempt 4;/);
  });

  test('does not count what other incidents did, and what changed nothing', () => {
    const history = [
      past(ago(3 * MINUTE)),
      past(ago(2 * MINUTE), { incidentId: own, actionId: 'wait' }),
      past(ago(MINUTE), { incidentId: own, actionId: 'escalate' }),
    ];
    expect(said('attempts', withHistory(history))).toMatch(/\(attempt 1;/);
  });

  test('limits waiting too, but never escalation', () => {
    expect(attempt(4, { actionId: 'wait', seconds: 60 })).toMatch(/^deny/);
    expect(attempt(4, { actionId: 'escalate', reason: 'nothing helped' })).toBe(
      'allow: escalate changes nothing in the workload (escalate; limits changes only; action catalogue)',
    );
  });
});

describe('cooldown', () => {
  const source = 'limits.cooldownSeconds, doubled with each change';

  test('allows when no other incident has changed the workload', () => {
    expect(said('cooldown')).toBe(
      `allow: no other incident has changed the workload (no earlier change; a pause of 5 min; ${source})`,
    );
  });

  test('allows attempts of the same incident without a pause', () => {
    expect(said('cooldown', withHistory([past(ago(SECOND), { incidentId: own })]))).toMatch(
      /^allow: no other incident has changed/,
    );
  });

  test('does not wait after what changed nothing', () => {
    expect(said('cooldown', withHistory([past(ago(SECOND), { actionId: 'wait' })]))).toMatch(/no earlier change/);
    expect(said('cooldown', withHistory([past(ago(SECOND), { actionId: 'escalate' })]))).toMatch(/no earlier change/);
  });

  test('denies until the pause is over, and says how long that is', () => {
    expect(said('cooldown', withHistory([past(ago(5 * MINUTE))]))).toBe(
      'allow: the workload had time to settle ' +
        `(last change at ${isoAgo(5 * MINUTE)}, 1 within 4 h; a pause of 5 min; ${source})`,
    );
    expect(said('cooldown', withHistory([past(ago(5 * MINUTE - 1))]))).toBe(
      'deny: the workload must settle for 1 ms more ' +
        `(last change at ${isoAgo(5 * MINUTE - 1)}, 1 within 4 h; a pause of 5 min; ${source})`,
    );
  });

  test.each([
    [2, 10],
    [3, 20],
    [4, 40],
    [5, 80],
  ])('after %d changes within four hours the pause is %d minutes', (count, minutes) => {
    const older = Array.from({ length: count - 1 }, (_, index) => past(ago(4 * HOUR - index)));
    const at = (age: number) => said('cooldown', withHistory([...older, past(ago(age))]));
    expect(at(minutes * MINUTE)).toMatch(/^allow: the workload had time to settle/);
    expect(at(minutes * MINUTE - 1)).toMatch(/^deny: the workload must settle for 1 ms more/);
  });

  test('forgets a change older than four hours in the doubling, but never in the pause itself', () => {
    const longPause = { limits: { ...limits, cooldownSeconds: 5 * 3_600 } };
    expect(said('cooldown', withHistory([past(ago(4 * HOUR + 1)), past(ago(5 * MINUTE))]))).toMatch(/^allow/);
    expect(said('cooldown', { ...longPause, ...withHistory([past(ago(4 * HOUR + 1))]) })).toMatch(
      /^deny: the workload must settle for 1 h more \(last change at .*, 0 within 4 h; a pause of 5 h/,
    );
  });

  test('finds the last change whatever the order of the history', () => {
    const history = [past(ago(MINUTE)), past(ago(3 * HOUR)), past(ago(2 * HOUR))];
    expect(said('cooldown', withHistory(history))).toMatch(/^deny: the workload must settle for 19 min more/);
  });

  test('denies after a change from the future', () => {
    expect(said('cooldown', withHistory([past(ago(-MINUTE))]))).toMatch(
      /^deny: the workload must settle for 6 min more/,
    );
  });
});

describe('consecutive failures', () => {
  const run = (outcomes: readonly OutcomeStatus[], oldest = HOUR) =>
    said(
      'consecutive-failures',
      withHistory(outcomes.map((outcome, index) => past(ago(oldest - index * MINUTE), { outcome }))),
    );

  test('allows before the limit and denies from it', () => {
    expect(run(['worse', 'unchanged'])).toBe(
      'allow: earlier changes did not fail in a row ' +
        '(2 failures in a row; fewer than 3 within 24 h; limits.maxConsecutiveFailures)',
    );
    expect(run(['worse', 'unchanged', 'improved'])).toBe(
      'deny: one change after the other did not help: a person takes over ' +
        '(3 failures in a row; fewer than 3 within 24 h; limits.maxConsecutiveFailures)',
    );
  });

  test('a recovery ends the row, also one that came by itself', () => {
    expect(run(['worse', 'worse', 'recovered', 'worse'])).toMatch(/\(1 failure in a row;/);
    expect(run(['worse', 'worse', 'self_recovered'])).toMatch(/\(0 failures in a row;/);
    expect(run(['recovered', 'worse', 'worse', 'worse'])).toMatch(/^deny.*\(3 failures in a row;/);
  });

  test('forgets after a day, not before', () => {
    expect(run(['worse', 'worse', 'worse'], 24 * HOUR)).toMatch(/^deny/);
    expect(run(['worse', 'worse', 'worse'], 24 * HOUR + 1)).toMatch(/^allow.*\(2 failures in a row;/);
  });

  test('counts changes only', () => {
    const history = [
      past(ago(4 * MINUTE), { outcome: 'worse' }),
      past(ago(3 * MINUTE), { outcome: 'worse' }),
      past(ago(2 * MINUTE), { outcome: 'worse', actionId: 'wait' }),
      past(ago(MINUTE), { outcome: 'worse', actionId: 'escalate' }),
    ];
    expect(said('consecutive-failures', withHistory(history))).toMatch(/\(2 failures in a row;/);
  });

  test('follows time, not the order in which the history was stored', () => {
    const history = [
      past(ago(MINUTE), { outcome: 'worse' }),
      past(ago(2 * MINUTE), { outcome: 'worse' }),
      past(ago(3 * MINUTE), { outcome: 'worse' }),
      past(ago(4 * MINUTE), { outcome: 'recovered' }),
    ];
    expect(said('consecutive-failures', withHistory(history))).toMatch(/^deny.*\(3 failures in a row;/);
  });
});

describe('ineffective successes', () => {
  const source = 'fewer than 3 within 4 h; limits.maxIneffectiveSuccesses';

  test('a loop of changes that help nobody ends at the third', () => {
    const history = (['improved', 'recovered', 'unchanged', 'worse'] as const).map((outcome, index) =>
      past(ago(HOUR - index * MINUTE), { outcome }),
    );
    expect(said('ineffective-successes', withHistory(history.slice(0, 3)))).toBe(
      `allow: earlier changes were worth it (2 changes without a recovery; ${source})`,
    );
    expect(said('ineffective-successes', withHistory(history))).toBe(
      'deny: changes are applied and help nobody: a person takes over ' + `(3 changes without a recovery; ${source})`,
    );
  });

  test('forgets after four hours, not before', () => {
    const at = (age: number) =>
      said('ineffective-successes', withHistory([1, 2, 3].map(() => past(ago(age), { outcome: 'unchanged' }))));
    expect(at(4 * HOUR)).toMatch(/^deny/);
    expect(at(4 * HOUR + 1)).toMatch(/^allow.*\(0 changes without a recovery;/);
  });

  test('counts changes only, and what recovered by itself is no failure', () => {
    const history = [
      past(ago(MINUTE), { outcome: 'self_recovered' }),
      past(ago(MINUTE), { outcome: 'unchanged', actionId: 'wait' }),
      past(ago(MINUTE), { outcome: 'unchanged' }),
    ];
    expect(said('ineffective-successes', withHistory(history))).toMatch(/\(1 change without a recovery;/);
  });
});

describe('recurrence', () => {
  const source = 'at most 5; limits.maxRecurrences';

  test('allows the fifth incident of a day and denies the sixth', () => {
    expect(said('recurrence', { incidentsToday: 4 })).toBe(
      `allow: the workload does not keep breaking (5 incidents within 24 h; ${source})`,
    );
    expect(said('recurrence', { incidentsToday: 5 })).toBe(
      `deny: the workload keeps breaking: a person takes over (6 incidents within 24 h; ${source})`,
    );
    expect(said('recurrence')).toMatch(/\(1 incident within 24 h;/);
  });

  test('counts as many as the limit allows, however many', () => {
    const many = { limits: { ...limits, maxRecurrences: 1_000 } };
    expect(said('recurrence', { ...many, incidentsToday: 999 })).toMatch(/^allow/);
    expect(said('recurrence', { ...many, incidentsToday: 1_000 })).toMatch(/^deny/);
  });
});
