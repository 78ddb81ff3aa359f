import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardChain } from '../../../core/guard/chain.ts';
import { evaluate } from '../../../core/guard/evaluate.ts';
import { aChain, anIncident, aVerdict, OPENED } from '../../support/builders.ts';
import { factsOf, hashPlan, policies } from '../guard/fixture.ts';
import { aWorld, run } from './fake-kintsugi.ts';

const dir = mkdtempSync(join(tmpdir(), 'kintsugi-policy-cli-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
writeFileSync(
  join(dir, 'mine.cedar'),
  '@id("mine")\n@reason("restarts are for people")\nforbid (principal == Healer::"alone", action == Action::"restart", resource);\n',
);

const verdict = { ...aVerdict(), ...evaluate(guardChain, factsOf(), hashPlan, policies) };
const denied = {
  ...aVerdict(),
  ...evaluate(guardChain, factsOf({ incidentsToday: 5 }), hashPlan, policies),
  lease: null,
};
const incident = anIncident({});
const worldWith = (...bodies: (typeof verdict | typeof denied | ReturnType<typeof aVerdict>)[]) =>
  aWorld({
    incidents: [incident],
    journals: {
      [incident.incidentId]: aChain([OPENED, ...bodies.map((body) => ({ kind: 'verdict_given', body }) as const)]),
    },
  });

describe('policy check', () => {
  test("finds Kintsugi's own policies good, and a folder's beside them", async () => {
    const own = await run(aWorld(), ['policy', 'check']);
    expect([own.code, own.out]).toEqual([
      0,
      expect.stringMatching(/^\d+ policies are good; version [0-9a-f]{12}\.\n$/),
    ]);
    const both = JSON.parse((await run(aWorld(), ['policy', 'check', dir, '--json'])).out) as {
      policies: { id: string }[];
    };
    expect(both.policies.map(({ id }) => id)).toContain('mine');
  });

  test('names file, line and column of what is wrong, and says so with its exit code', async () => {
    const bad = mkdtempSync(join(tmpdir(), 'kintsugi-bad-policy-'));
    writeFileSync(join(bad, 'a.cedar'), '@id("a")\npermit (principal, action, resource) when { context.mood };');
    const { code, out } = await run(aWorld(), ['policy', 'check', bad]);
    expect(code).toBe(2);
    expect(out).toMatch(/a\.cedar:2:45 .*mood/);
    expect(JSON.parse((await run(aWorld(), ['policy', 'check', bad, '--json'])).out)).toMatchObject({ good: false });
  });

  test('refuses a folder that does not exist', async () => {
    const { code, err } = await run(aWorld(), ['policy', 'check', join(dir, 'nowhere')]);
    expect([code, err]).toEqual([1, expect.stringContaining('must be a folder with *.cedar files')]);
    expect(err).toContain('dir = "');
  });

  test('counts the policies of the folder, and says that it holds none', async () => {
    expect((await run(aWorld(), ['policy', 'check', dir])).out).toMatch(/^\d+ policies are good, 1 of them yours; /);
    const empty = mkdtempSync(join(tmpdir(), 'kintsugi-no-policy-'));
    writeFileSync(join(empty, 'a.cedar'), '');
    const { code, out } = await run(aWorld(), ['policy', 'check', empty]);
    expect([code, out]).toEqual([0, expect.stringContaining('its files hold no policy')]);
    expect(out).toContain('0 of them yours');
    const simulated = await run(aWorld(), ['policy', 'simulate', '--policies', empty]);
    expect([simulated.code, simulated.err]).toEqual([1, expect.stringContaining('--policies = "')]);
  });

  test.each([
    [['policy', 'simulate', '--policies', 'nowhere'], '--policies = "nowhere" is not allowed'],
    [['whatif', 'latest', '--policy', 'nowhere'], '--policy = "nowhere" is not allowed'],
  ])('names what was typed: %j', async (line, message) => {
    const { code, err } = await run(aWorld(), line);
    expect([code, err]).toEqual([1, expect.stringContaining(message)]);
  });
});

describe('policy explain', () => {
  test('names the policies that objected, with fact, limit and source', async () => {
    const { out } = await run(worldWith(denied), ['policy', 'explain', 'latest']);
    expect(out).toContain('Attempt 1: deny');
    expect(out).toContain('6 incidents within 24 h; limit: at most 5 (limits.maxRecurrences)');
    expect(out).toContain('by recurrence');
  });

  test('says when nothing objected, when there were no policies yet, and when there is no verdict', async () => {
    expect((await run(worldWith(verdict), ['policy', 'explain', 'latest'])).out).toContain(
      'No policy and no guard objected.',
    );
    expect((await run(worldWith(aVerdict()), ['policy', 'explain', 'latest'])).out).toContain('without policies');
    expect((await run(worldWith(), ['policy', 'explain', 'latest'])).out).toContain('has no verdict yet');
  });

  test('prints the facts as JSON', async () => {
    const { out } = await run(worldWith(denied), ['policy', 'explain', 'latest', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      verdicts: [{ verdict: 'deny', facts: { action: 'restart', facts: { recurrence: { incidents: 6, max: 5 } } } }],
    });
  });
});

describe('policy simulate', () => {
  const simulate = (world: ReturnType<typeof aWorld>, ...more: string[]) =>
    run(world, ['policy', 'simulate', '--policies', dir, ...more]);

  test('shows which verdicts would have been different, and which policy makes the difference', async () => {
    const { out } = await simulate(worldWith(verdict, denied, aVerdict()), '--since', '9999d');
    expect(out).toContain('attempt 1: allow -> ask');
    expect(out).toContain('mine.cedar:1): restarts are for people');
    expect(out).toContain('1 of 3 verdicts of the last 9999d would have been different.');
    expect(out).toContain('1 could not be tried');
  });

  test('prints JSON', async () => {
    const { out } = await simulate(worldWith(verdict), '--since', '9999d', '--json');
    expect(JSON.parse(out)).toMatchObject({ verdicts: 1, without: 0, changed: [{ before: 'allow', after: 'ask' }] });
  });

  test('refuses an age that is none, and policies that are bad', async () => {
    const { code, err } = await simulate(worldWith(), '--since', 'yesterday');
    expect([code, err]).toEqual([1, expect.stringContaining('--since yesterday is not allowed')]);
  });
});
