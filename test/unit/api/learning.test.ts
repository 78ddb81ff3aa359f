import type { EvaluationSchema, ModelPointer, ModelSnapshot } from '../../../core/contracts/model.ts';
import { LIVE } from '../../../core/contracts/model.ts';
import type { JournalEntry } from '../../../core/contracts/journal.ts';
import { evaluate } from '../../../core/guard/evaluate.ts';
import { guardChain } from '../../../core/guard/chain.ts';
import { compilePolicies } from '../../../core/guard/compile-policies.ts';
import { defaultCatalogue } from '../../../core/learning/default-catalogue.ts';
import { FIRST_POINTER } from '../../../core/model/pointer.ts';
import { named } from '../../../core/model/snapshot.ts';
import { InvalidInputError } from '../../../core/shared/errors.ts';
import { cedarPolicies } from '../../../lambdas/adapters/cedar-policies.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { answerAbout } from '../../../lambdas/trainer/archive.ts';
import type { ListedVersion, ShownVersion } from '../../../core/contracts/model-archive.ts';
import { modelHandlers } from '../../../lambdas/api-learning/models.ts';
import { policyHandlers } from '../../../lambdas/api-learning/policies.ts';
import type { RequestContext } from '../../../lambdas/api/gate.ts';
import { aChain, aDecision, anIncident, OPENED } from '../../support/builders.ts';
import { memoryModels } from '../../support/memory-models.ts';
import { cedar, ownPolicySet } from '../../support/policies.ts';
import type * as z from 'zod';
import { factsOf, hashPlan, now, policies } from '../guard/fixture.ts';

const context: RequestContext = {
  caller: { subject: 's', name: 'ada', roles: ['admin'] },
  ifMatch: null,
  etagOf: () => '',
};

describe('versions', () => {
  const snapshotAt = (createdAt: string, fixed: number): ModelSnapshot =>
    named(
      {
        schemaVersion: 1,
        env: 'dev',
        createdAt,
        catalogueVersion: '1',
        codeVersion: '1',
        lineage: { parents: [], data: { experiences: 1, until: null, hash: 'a'.repeat(64) } },
        autonomy: [],
        tables: { web: { crashLoop: { 'fixed.restart': fixed } } },
      },
      sha256,
    );
  const first = snapshotAt('2026-11-20T04:00:00.000Z', 20);
  const second = snapshotAt('2026-11-21T04:00:00.000Z', 40);
  const judged = (version: string, passed: boolean, champion = LIVE): z.input<typeof EvaluationSchema> => ({
    schemaVersion: 1,
    candidate: version as ModelSnapshot['version'],
    champion: champion as typeof LIVE,
    at: '2026-11-21T05:00:00.000Z',
    passed,
    tests: [{ test: 'harm', passed, figure: 0.1, bound: 0.05, samples: 300, detail: 'one in ten got worse' }],
  });

  const office = async (pointer: ModelPointer = FIRST_POINTER) => {
    const evidence = { load: () => Promise.resolve(new Map()) };
    const { archive } = memoryModels(evidence);
    await archive.put(first);
    await archive.put(second);
    const trials: string[] = [];
    const handlers = modelHandlers({
      env: 'dev',
      catalogue: defaultCatalogue,
      evidence,
      list: async (limit) => (await answerAbout({ command: 'list', limit }, archive)) as readonly ListedVersion[],
      show: async (version) => (await answerAbout({ command: 'show', version }, archive)) as ShownVersion,
      pointer: () => Promise.resolve(pointer),
      startTrial: (version, reason) => {
        trials.push(`${version} ${reason}`);
        return Promise.resolve({ started: true, reason });
      },
    });
    const promote = (version: string) =>
      handlers.promoteModel({ params: { version }, body: { reason: 'it is better' } }, context);
    return { archive, handlers, promote, trials };
  };

  test('are listed after the live table, newest first, with what decides and how they did', async () => {
    const { archive, handlers } = await office({ ...FIRST_POINTER, champion: first.version });
    await archive.putEvaluation(judged(second.version, false));
    const { models } = await handlers.listModels({}, context);
    expect(models).toMatchObject([
      { version: LIVE, status: 'learning' },
      { version: second.version, status: 'frozen', passed: false, note: 'It failed harm: one in ten got worse' },
      { version: first.version, status: 'deciding', tiers: ['web'], passed: null, note: 'Not judged yet.' },
    ]);
  });

  test('one that was changed is listed as such, and cannot be shown', async () => {
    const { archive, handlers } = await office();
    const get = archive.get.bind(archive);
    Object.assign(archive, {
      get: (version: string) =>
        version === first.version ? Promise.reject(new InvalidInputError('was changed')) : get(version),
    });
    const { models } = await handlers.listModels({}, context);
    expect(models.map(({ status }) => status)).toEqual(['deciding', 'frozen', 'unsound']);
    const shown = handlers.showModelTable({ params: { version: first.version }, query: { tier: 'web' } }, context);
    await expect(shown).rejects.toMatchObject({ problem: { status: 404 } });
  });

  test('show what they believe, and what another one believes instead', async () => {
    const { handlers } = await office();
    const table = await handlers.showModelTable(
      { params: { version: first.version }, query: { tier: 'web' } },
      context,
    );
    const cell = table.cells.find((one) => one.hypothesis === 'crashLoop' && one.actionId === 'restart');
    expect(cell).toMatchObject({ evidence: 20, fixed: 20 });
    const query = { with: LIVE, tier: 'web' };
    const diff = await handlers.compareModels({ params: { version: first.version }, query }, context);
    expect(diff.cells).toMatchObject([{ hypothesis: 'crashLoop', actionId: 'restart' }]);
    expect(diff.cells[0]?.after).toBeGreaterThan(diff.cells[0]?.before ?? 1);
    const same = await handlers.compareModels(
      { params: { version: first.version }, query: { with: first.version, tier: 'web' } },
      context,
    );
    expect(same.cells).toEqual([]);
  });

  test('one is tried after it has passed against what decides now', async () => {
    const { archive, promote, trials } = await office();
    await archive.putEvaluation(judged(first.version, true));
    expect(await promote(first.version)).toMatchObject({ result: 'started' });
    expect(trials).toEqual([`${first.version} ada: it is better`]);
  });

  test.each([
    ['it was not judged', null, /not been judged/],
    ['it failed a test', judged(first.version, false), /^harm: one in ten got worse$/],
    ['it passed against an earlier champion', judged(first.version, true, second.version), /judged again/],
  ])('none is tried when %s', async (_, evaluation, reason) => {
    const { archive, promote, trials } = await office();
    if (evaluation !== null) await archive.putEvaluation(evaluation);
    const answer = await promote(first.version);
    expect(answer).toMatchObject({ result: 'refused', reasons: [expect.stringMatching(reason)] });
    expect(trials).toEqual([]);
  });

  test.each([LIVE, 'model-dev-20260101-000000-000000', '../versions'])('there is no %s to try', async (version) => {
    const { promote, trials } = await office();
    await expect(promote(version)).rejects.toMatchObject({ problem: { status: 404 } });
    expect(trials).toEqual([]);
  });
});

describe('policies', () => {
  const verdict = { ...evaluate(guardChain, factsOf(), hashPlan, policies), planHash: 'a'.repeat(64), lease: null };
  const entries: JournalEntry[] = [
    OPENED,
    { kind: 'action_decided', body: aDecision() },
    { kind: 'verdict_given', body: verdict },
  ];
  const asked: unknown[] = [];
  let recorded = 1;
  const handlers = policyHandlers({
    clock: { now: () => now, sleep: () => Promise.resolve() },
    deployed: ownPolicySet,
    compile: (text, file) => Promise.resolve(compilePolicies({ name: 'schema', text }, [file], { cedar, sha256 })),
    engine: (set) => Promise.resolve(cedarPolicies(cedar, set)),
    incidents: (period, limit) => {
      asked.push({ ...period, limit });
      return Promise.resolve(Array.from({ length: recorded }, () => anIncident()));
    },
    journal: { read: () => Promise.resolve(aChain(entries)) },
  });
  const simulate = (text: string, period: { since?: string; until?: string } = {}) =>
    handlers.simulatePolicies({ body: { policies: text, ...period } }, context);

  test('all that are deployed are listed with their effect and their reason', async () => {
    const { version, policies: listed } = await handlers.listPolicies({}, context);
    const own = ownPolicySet();
    expect(version).toBe(own.version);
    expect(listed).toHaveLength(own.policies.length);
    expect(listed.filter(({ effect }) => effect === 'permit').map(({ policyId }) => policyId)).toContain('permit');
    expect(listed.filter(({ effect, description }) => effect === 'forbid' && description === null)).toEqual([]);
  });

  test('another one is tried on what was recorded, beside those that are deployed', async () => {
    const forbidding = '@id("nothing") @reason("a test") forbid (principal, action, resource);';
    expect(await simulate(forbidding)).toMatchObject({
      checked: 1,
      changed: [{ attempt: 1, before: verdict.verdict, after: 'deny', reasons: ['nothing: a test'] }],
    });
    expect(asked.at(-1)).toMatchObject({ since: '2026-11-14T12:00:00.000Z', until: '2026-11-21T12:00:00.000Z' });
  });

  test('one that says nothing about it changes nothing', async () => {
    const idle = '@id("idle") @reason("a test") forbid (principal, action, resource) when { 1 == 2 };';
    expect(await simulate(idle)).toEqual({ incidents: 1, complete: true, checked: 1, changed: [] });
  });

  test.each([
    [300, 300, true],
    [301, 300, false],
  ])('of %i incidents it looks at %i, and says whether these were all', async (held, incidents, complete) => {
    recorded = held;
    const idle = '@id("idle") @reason("a test") forbid (principal, action, resource) when { 1 == 2 };';
    expect(await simulate(idle)).toEqual({ incidents, complete, checked: incidents, changed: [] });
  });

  test.each([
    ['is no Cedar', 'forbid (', /^line 1, column \d+: /],
    ['has no name', 'forbid (principal, action, resource);', /@id is missing/],
    ['has the name of a deployed one', '@id("permit") permit (principal, action, resource);', /is taken by a deployed/],
    [
      'speaks of what nobody knows',
      '@id("a") @reason("b") forbid (principal, action, resource) when { context.moon == "full" };',
      /moon/,
    ],
  ])('one that %s is refused with its place', async (_, text, message) => {
    await expect(simulate(text)).rejects.toMatchObject({
      problem: {
        status: 400,
        errors: expect.arrayContaining([expect.objectContaining({ field: 'body.policies' })]) as unknown,
      },
      message: expect.stringMatching(message) as unknown,
    });
  });

  test('a period that is empty or too long is refused by its field', async () => {
    const idle = '@id("idle") @reason("a test") forbid (principal, action, resource) when { 1 == 2 };';
    for (const since of ['2026-11-21T12:00:00.000Z', '2026-01-01T00:00:00.000Z']) {
      await expect(simulate(idle, { since })).rejects.toMatchObject({
        problem: { status: 400, errors: [{ field: 'body.since' }] },
      });
    }
  });
});
