import { ago, isoAgo, MINUTE, said, saidAtAct, SECOND } from './fixture.ts';

const measured = (milliseconds: number) =>
  `(observed at ${isoAgo(milliseconds)}; at most 2 min old; limits.freshnessSeconds)`;

test.each([
  [0, 'allow: the evidence is fresh'],
  [2 * MINUTE, 'allow: the evidence is fresh'],
  [2 * MINUTE + 1, 'deny: the evidence is stale: 2 min old'],
  [1 * 60 * MINUTE, 'deny: the evidence is stale: 1 h old'],
  [-5 * SECOND, 'allow: the evidence is fresh'],
  [-5 * SECOND - 1, 'deny: the evidence is from the future, by 5 s'],
  [-60 * MINUTE, 'deny: the evidence is from the future, by 1 h'],
])('evidence %d ms old: %s', (milliseconds, expected) => {
  expect(said('freshness', { observedAt: ago(milliseconds) })).toBe(`${expected} ${measured(milliseconds)}`);
});

test('the same rule holds for what Act has just read', () => {
  expect(saidAtAct('freshness', { observedAt: ago(2 * MINUTE) })).toMatch(/^allow/);
  expect(saidAtAct('freshness', { observedAt: ago(2 * MINUTE + 1) })).toMatch(
    /^deny: the evidence is stale: 2 min old/,
  );
  expect(saidAtAct('freshness', { observedAt: ago(-5 * SECOND) })).toBe(
    `allow: the evidence is fresh ${measured(-5 * SECOND)}`,
  );
  expect(saidAtAct('freshness', { observedAt: ago(-6 * SECOND) })).toBe(
    `deny: the evidence is from the future, by 6 s ${measured(-6 * SECOND)}`,
  );
});
