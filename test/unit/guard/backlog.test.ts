import { ago, calm, coordination, HOUR, isoAgo, MINUTE, other, own, said, SECOND } from './fixture.ts';
import type { GuardValues } from './fixture.ts';

const limit =
  '3 planned only, 10 put before a person, the rest escalated; limits.backlogDryRuns, limits.backlogMaxAsked';
const waited = (before: readonly string[], incident: Partial<GuardValues['incident']> = {}) =>
  said('backlog', {
    incident: { ...calm.incident, openedAt: ago(10 * MINUTE), ...incident },
    coordination: { ...coordination, backlog: before },
  });
const others = (count: number) => Array.from({ length: count }, (_, index) => `${other}${index}`);

test('an incident that was looked at soon after its signal did not wait', () => {
  expect(said('backlog')).toBe(`allow: the incident did not wait in a queue (it did not wait; ${limit})`);
});

test('it waited when its first verdict comes later than the limit', () => {
  const opened = (age: number) => said('backlog', { incident: { ...calm.incident, openedAt: ago(age) } });
  expect(opened(300 * SECOND)).toMatch(/^allow/);
  expect(opened(300 * SECOND + 1)).toBe(
    'deny: it waited in a queue: number 1 of 3 that are planned and recorded, not done ' +
      `(opened 5 min ago, number 1 that waited this hour; ${limit})`,
  );
});

test('it waited when the mode was changed after it began', () => {
  const changed = (since: number) => said('backlog', { mode: { ...calm.mode, since: ago(since) } });
  expect(changed(2 * MINUTE)).toMatch(/^allow/);
  expect(changed(2 * MINUTE - 1)).toMatch(
    new RegExp(
      `^deny: it waited in a queue.*\\(opened before the mode was changed at ${isoAgo(2 * MINUTE - 1)}, number 1`,
    ),
  );
});

test('an alarm that was taken up late makes its incident one that waited, however young that is', () => {
  const late = (waitedSince: number, since: number) =>
    said('backlog', {
      incident: { ...calm.incident, openedAt: ago(SECOND), waitedSince: ago(waitedSince) },
      mode: { ...calm.mode, since: ago(since) },
    });
  expect(late(20 * MINUTE, HOUR)).toMatch(/^deny: it waited in a queue.*\(its alarm spoke 20 min ago, number 1/);
  expect(late(2 * MINUTE, MINUTE)).toMatch(
    new RegExp(`^deny: .*\\(its alarm spoke before the mode was changed at ${isoAgo(MINUTE)}, number 1`),
  );
  expect(late(2 * MINUTE, HOUR)).toMatch(/^allow/);
});

test('when the mode was last changed must be known', () => {
  expect(said('backlog', { mode: { ...calm.mode, since: null } })).toMatch(
    /^deny: .*\(when the mode was last changed is not known, number 1/,
  );
});

test('what has begun goes on, and so does what a person was asked about', () => {
  expect(waited([], { attempt: 2 })).toMatch(/^allow: .*\(it did not wait;/);
  expect(waited([], { asked: true })).toMatch(/^allow: .*\(it did not wait;/);
});

test('a backlog of 38 is planned three times, asked about ten times, and capped', () => {
  const verdicts = Array.from({ length: 38 }, (_, position) => waited(others(position)).split(':')[0]);
  expect(verdicts).toEqual([...Array(3).fill('deny'), ...Array(10).fill('ask'), ...Array(25).fill('deny')]);
  expect(waited(others(3))).toBe(
    `ask: it waited in a queue: a person decides (opened 10 min ago, number 4 that waited this hour; ${limit})`,
  );
  expect(waited(others(13))).toMatch(/^deny: it waited in a queue, behind more than people are asked about at once/);
});

test('an incident keeps its place when it is judged again', () => {
  expect(waited([...others(1), own, ...others(9)])).toMatch(
    /^deny: it waited in a queue: number 2 of 3.*number 2 that/,
  );
});

test('the age alone counts while the mode has long been what it is', () => {
  expect(said('backlog', { mode: { ...calm.mode, since: ago(24 * HOUR) } })).toMatch(/^allow/);
});
