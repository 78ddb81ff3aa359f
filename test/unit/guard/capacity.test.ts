import { ago, coordination, isoAgo, MINUTE, other, own, said } from './fixture.ts';
import type { GuardValues } from './fixture.ts';

const withCoordination = (changes: Partial<GuardValues['coordination']>) => ({
  coordination: { ...coordination, ...changes },
});

describe('single flight', () => {
  const lease = (holder: string, age: number) =>
    said('single-flight', withCoordination({ lease: { holder, fencingToken: 3, expiresAt: ago(age) } }));
  const measured = (holder: string, age: number) =>
    `(lease of ${holder} until ${isoAgo(age)}; free, expired or our own; one action per workload)`;

  test('allows when nobody holds the lease', () => {
    expect(said('single-flight')).toBe(
      'allow: nobody holds the lease (no lease; free, expired or our own; one action per workload)',
    );
  });

  test("denies while another incident's lease runs, and allows from its expiry on", () => {
    expect(lease(other, -1)).toBe(`deny: ${other} is acting on this workload ${measured(other, -1)}`);
    expect(lease(other, 0)).toBe(`allow: the last lease has expired ${measured(other, 0)}`);
    expect(lease(other, MINUTE)).toBe(`allow: the last lease has expired ${measured(other, MINUTE)}`);
  });

  test('allows the holder itself', () => {
    expect(lease(own, -MINUTE)).toBe(`allow: this incident holds the lease itself ${measured(own, -MINUTE)}`);
  });
});

describe('concurrency', () => {
  test('allows below the limit and denies at it', () => {
    expect(said('concurrency', withCoordination({ acting: ['a'] }))).toBe(
      'allow: a slot for an action is free (1 other incident acting; fewer than 2; limits.maxConcurrentActions)',
    );
    expect(said('concurrency', withCoordination({ acting: ['a', 'b'] }))).toBe(
      'deny: too many incidents are acting at once ' +
        '(2 other incidents acting; fewer than 2; limits.maxConcurrentActions)',
    );
  });

  test('counts an incident once and this one not at all', () => {
    expect(said('concurrency', withCoordination({ acting: ['a', own, 'a'] }))).toMatch(/\(1 other incident acting;/);
  });
});

describe('budget', () => {
  test('allows the last action of the hour and denies the one after it', () => {
    expect(said('budget', withCoordination({ actionsThisHour: 5 }))).toBe(
      "allow: the hour's budget has room (5 actions this hour; fewer than 6; limits.maxActionsPerHour)",
    );
    expect(said('budget', withCoordination({ actionsThisHour: 6 }))).toBe(
      "deny: the hour's budget of actions is spent (6 actions this hour; fewer than 6; limits.maxActionsPerHour)",
    );
  });
});
