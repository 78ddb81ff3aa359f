import fc from 'fast-check';
import type { ExperienceStep, ExperienceTrace, ModelSnapshot } from '../../../core/contracts/model.ts';
import { LIVE } from '../../../core/contracts/model.ts';
import { defaultCatalogue } from '../../../core/learning/default-catalogue.ts';
import { canaryVerdict } from '../../../core/model/canary.ts';
import { diffTables } from '../../../core/model/diff.ts';
import { evaluate } from '../../../core/model/evaluate.ts';
import { handedExperiences, handedLedger, lastHanded } from '../../../core/model/hand-on.ts';
import { LABEL, RELAPSE } from '../../../core/contracts/experience.ts';
import { creditRelapse } from '../../../core/learning/credit.ts';
import { applyDeltas, arriving, decayOf, mergeDeltas } from '../../../core/learning/evidence.ts';
import { labelled } from '../../../core/model/label.ts';
import { loggedContexts } from '../../../core/model/logged-contexts.ts';
import { FIRST_POINTER } from '../../../core/model/pointer.ts';
import { LOOKS, coupledReplayTest, harmTest, proofOf } from '../../../core/model/coupled-replay.ts';
import { isIntact, tablesOf, takeSnapshot } from '../../../core/model/snapshot.ts';
import { bootstrapOn, thinCells } from '../../../core/model/thin-evidence.ts';
import type { Experience } from '../../../core/shared/ports.ts';
import { epochMs } from '../../../core/shared/units.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { aLimits } from '../../support/builders.ts';
import { aStep, IN_VAIN } from '../../support/experiences.ts';

const AT = '2026-11-21T09:00:00.000Z';
const aTrace = (changes: Partial<ExperienceTrace> = {}): ExperienceTrace => ({
  origin: 'incident',
  label: null,
  model: LIVE,
  present: ['latHigh', 'healthFail'],
  absent: ['recentDeploy', 'cpuHigh'],
  steps: [aStep()],
  personCost: null,
  ...changes,
});
const anExperience = (index: number, changes: Partial<Experience> = {}): Experience => ({
  executionId: `inc-${String(index).padStart(4, '0')}`,
  kind: 'incident',
  tier: 'web',
  at: epochMs(Date.parse(AT) + index),
  deltas: [{ hypothesis: 'deadlock', add: { 'fixed.restart': 1, 'touched.restart': 1, mix: 1 } }],
  trace: aTrace(),
  ...changes,
});
const log = (count: number, changes: (index: number) => Partial<Experience> = () => ({})): Experience[] =>
  Array.from({ length: count }, (_, index) => anExperience(index, changes(index)));

const frozen = (experiences: readonly Experience[]): ModelSnapshot =>
  takeSnapshot(
    experiences,
    {
      env: 'dev',
      at: AT,
      catalogueVersion: defaultCatalogue.version,
      codeVersion: '1',
      parents: [],
      earn: null,
    },
    sha256,
  );

const judge = (experiences: readonly Experience[], candidate = frozen(experiences)) =>
  evaluate({
    candidate,
    champion: { version: LIVE, tables: {} },
    experiences,
    catalogue: defaultCatalogue,
    limits: aLimits(),
    at: AT,
    sha256,
  });

describe('a snapshot', () => {
  test('has the same name for the same log, whatever its order, and another for another', () => {
    const experiences = log(6);
    expect(frozen([...experiences].reverse())).toEqual(frozen(experiences));
    expect(frozen(log(7)).version).not.toBe(frozen(experiences).version);
  });

  test('a changed number is seen', () => {
    const snapshot = frozen(log(3));
    expect(isIntact(snapshot, sha256)).toBe(true);
    const changed = { ...snapshot, tables: { web: { deadlock: { 'fixed.restart': 99 } } } };
    expect(isIntact(changed, sha256)).toBe(false);
  });
});

describe('promotion', () => {
  test('promotes nothing on fewer than 200 incidents, however good they look', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 199 }), (count) => {
        const evaluation = judge(log(count));
        expect(evaluation.passed).toBe(false);
        const starved = evaluation.tests.filter(({ figure }) => figure === null).map(({ test }) => test);
        expect(starved).toEqual(['posteriorModel', 'coupledReplay', 'harm', 'doublyRobust']);
      }),
      { numRuns: 5 },
    );
  });

  test('promotes what labelled faults show to be better than the catalogue', () => {
    // The catalogue would redeploy a crash loop; here that never works, and a restart always does.
    const experiences = log(240, (index) => {
      const works = index % 2 === 0;
      return {
        deltas: [
          {
            hypothesis: 'crashLoop',
            add: works
              ? { 'fixed.restart': 1, 'fixMinutes.restart': 3, 'held.restart': 1 }
              : { 'failed.redeploy': 1, 'failed.rollback': 1 },
          },
        ],
        trace: aTrace({
          origin: 'injected',
          label: 'crashLoop',
          present: ['taskExit', 'healthFail', 'errHigh'],
          absent: ['memHigh', 'latHigh', 'recentDeploy', 'recentConfig'],
          steps: works ? [aStep({ cost: 3 })] : [...IN_VAIN],
          personCost: works ? null : 50,
        }),
      };
    });
    const evaluation = judge(experiences);
    expect(evaluation.tests.filter(({ passed }) => !passed)).toEqual([]);
    expect(evaluation.passed).toBe(true);
  });

  test('does not promote what is no better: the champion itself under another name', () => {
    const experiences = log(240);
    const candidate = frozen(experiences);
    const { tests } = evaluate({
      candidate,
      champion: { version: 'model-dev-20261120-090000-abcdef', tables: candidate.tables },
      experiences,
      catalogue: defaultCatalogue,
      limits: aLimits(),
      at: AT,
      sha256,
    });
    expect(tests.find(({ test }) => test === 'posteriorModel')).toMatchObject({ passed: false, figure: 0 });
  });

  test('same evidence, same figures', () => {
    const experiences = log(210);
    expect(judge(experiences)).toEqual(judge(experiences));
  });

  test('replays: a clearly dearer or more harmful candidate fails, an equal one passes', () => {
    const replay = (candidateCost: number, candidateHarm: number) =>
      Array.from({ length: 200 }, (_, index) => ({
        candidateCost: candidateCost + (index % 5),
        championCost: 20 + (index % 5),
        candidateHarm: index % 4 === 0 ? candidateHarm : 0,
        championHarm: 0,
      }));
    expect(coupledReplayTest(replay(20, 0)).passed).toBe(true);
    expect(coupledReplayTest(replay(24, 0)).passed).toBe(false);
    expect(harmTest(replay(20, 0)).passed).toBe(true);
    expect(harmTest(replay(20, 1)).passed).toBe(false);
  });
});

describe('a proof by replays alone', () => {
  const replays = (saving: number) => (first: number) =>
    Array.from({ length: first }, (_, index) => ({
      candidateCost: 20 - saving + 12 * (index % 3) - 12,
      championCost: 20,
      candidateHarm: 0,
      championHarm: 0,
    }));

  test('its looks together are wrong about what saves nothing in at most 5 % of the cases', () => {
    expect(LOOKS.reduce((sum, { error }) => sum + error, 0)).toBeLessThanOrEqual(0.05);
  });

  test('a small saving is proved at a later look, none at none', () => {
    expect(proofOf(199, replays(5))).toBeNull();
    expect(proofOf(399, replays(1))).toBeNull();
    expect(proofOf(9_999, replays(1))?.look.replays).toBe(800);
    expect(proofOf(9_999, replays(0))).toBeNull();
  });

  test('what cannot be replayed proves nothing: there must be 200 that can', () => {
    const some = (most: number) => (first: number) => replays(8)(Math.min(first, most));
    expect(proofOf(400, some(2))).toBeNull();
    expect(proofOf(400, some(199))).toBeNull();
    expect(proofOf(400, some(390))).toMatchObject({ look: { replays: 400 }, replays: 390 });
  });

  test('between two looks nothing changes: another day is no other chance', () => {
    const asked: number[] = [];
    proofOf(400, (first) => (asked.push(first), replays(1)(first)));
    proofOf(799, (first) => (asked.push(first), replays(1)(first)));
    expect(asked).toEqual([400, 400]);
  });
});

describe('thin evidence', () => {
  const champion = { web: { deadlock: { 'fixed.restart': 9, 'failed.restart': 1 } } };
  const candidate = { web: { deadlock: { 'fixed.restart': 1, 'fixed.redeploy': 8, mix: 3 } } };
  const actions = ['restart', 'redeploy'];

  test('a cell with fewer than three outcomes keeps what the champion knows', () => {
    expect(thinCells(champion, candidate, actions)).toEqual(['web/deadlock/restart']);
    const safe = bootstrapOn(champion, candidate, actions);
    expect(safe).toEqual({
      web: { deadlock: { 'fixed.restart': 9, 'failed.restart': 1, 'fixed.redeploy': 8, mix: 3 } },
    });
    expect(thinCells(champion, safe, actions)).toEqual([]);
  });
});

describe('a trial', () => {
  const candidate = 'model-dev-20261121-090000-abc123';
  const pointer = { ...FIRST_POINTER, canary: { candidate, share: 0.1, since: AT } };
  const decided = (count: number, cost: number, changes: Partial<ExperienceStep> = {}) =>
    log(count, (index) => ({
      trace: aTrace({ model: candidate, steps: [aStep({ cost: cost + (index % 3), predicted: 5, ...changes })] }),
    }));

  test('goes on while there are fewer than 20 incidents, then widens', () => {
    expect(canaryVerdict(pointer, decided(19, 4)).verdict).toBe('keep');
    expect(canaryVerdict(pointer, decided(20, 4)).verdict).toBe('widen');
  });

  test('returns to the champion when it costs clearly more than it promised', () => {
    expect(canaryVerdict(pointer, decided(20, 9)).verdict).toBe('return');
    expect(canaryVerdict(pointer, decided(19, 90)).verdict).toBe('keep');
  });

  test('is not saved by an incident that had no prediction', () => {
    const bad = decided(40, 9);
    const last = anExperience(99, {
      trace: aTrace({ model: candidate, steps: [aStep({ cost: 1, predicted: null })] }),
    });
    expect(canaryVerdict(pointer, [...bad, last]).verdict).toBe('return');
  });

  test('returns at once after an action that was not allowed', () => {
    expect(canaryVerdict(pointer, decided(1, 4, { action: 'scaleIn' })).verdict).toBe('return');
  });

  test('is not judged by what the champion decided', () => {
    expect(
      canaryVerdict(
        pointer,
        log(40, () => ({ trace: aTrace({ steps: [aStep({ cost: 99 })] }) })),
      ).verdict,
    ).toBe('keep');
  });
});

describe('a known cause', () => {
  const nothingMore = { catalogue: defaultCatalogue, relapse: null };
  const first = anExperience(0, {
    deltas: [
      { hypothesis: 'deadlock', add: { 'fixed.restart': 0.6, 'touched.restart': 0.6, mix: 0.6 } },
      { hypothesis: 'memLeak', add: { 'fixed.restart': 0.4, 'touched.restart': 0.4, mix: 0.4 } },
    ],
  });

  test('takes all of the credit, and says nothing about how often faults come', () => {
    const table = tablesOf([first]).get('web') ?? new Map();
    const label = labelled({ ...first, trace: aTrace() }, 'dbPool', { ...nothingMore, table });
    const after = tablesOf([first, label]).get('web');
    expect(label.executionId).toBe(`${first.executionId}${LABEL}`);
    expect(after?.get('dbPool')).toMatchObject({ 'fixed.restart': 1 });
    expect(after?.get('dbPool')).not.toHaveProperty('mix');
    expect(after?.get('deadlock')?.['fixed.restart']).toBeCloseTo(0);
    expect(after?.get('memLeak')?.mix).toBeCloseTo(0);
  });

  test.each(['the label', 'the relapse'])(
    'and a relapse are two events of one cure, whichever is first: %s',
    (which) => {
      const told = anExperience(0, {
        deltas: [
          { hypothesis: 'deadlock', add: { 'fixed.restart': 0.9, 'held.restart': 0.9, 'touched.restart': 0.9 } },
        ],
      });
      const relapseOf = (...events: readonly Experience[]): Experience => ({
        ...told,
        executionId: `${told.executionId}${RELAPSE}`,
        deltas: creditRelapse(mergeDeltas(events.flatMap(({ deltas }) => deltas))),
      });
      const labelOf = (relapse: Experience | null, ...events: readonly Experience[]): Experience =>
        labelled({ ...told, trace: aTrace() }, 'dbPool', {
          catalogue: defaultCatalogue,
          table: tablesOf(events).get('web') ?? new Map(),
          relapse,
        });
      const events = [told];
      if (which === 'the label') {
        events.push(labelOf(null, told));
        events.push(relapseOf(...events));
      } else {
        events.push(relapseOf(told));
        events.push(labelOf(events[1] ?? null, ...events));
      }
      const after = tablesOf(events).get('web');
      for (const count of ['fixed', 'held', 'relapsed']) {
        expect(after?.get('deadlock')?.[`${count}.restart`] ?? 0).toBeCloseTo(0);
      }
      expect(after?.get('dbPool')).toMatchObject({ 'fixed.restart': 1 });
      expect(after?.get('dbPool')?.['held.restart'] ?? 0).toBeCloseTo(0);
      expect(after?.get('dbPool')?.['relapsed.restart']).toBeCloseTo(1);
    },
  );

  test('counts once among the contexts, with its label', () => {
    const table = tablesOf([first]).get('web') ?? new Map();
    const label = labelled({ ...first, trace: aTrace() }, 'dbPool', { ...nothingMore, table });
    expect(loggedContexts([first, label]).map(({ context }) => context.label)).toEqual(['dbPool']);
  });
});

describe('handing on', () => {
  test('counts the same in a table in use as in a new one', () => {
    const handed = [{ hypothesis: 'dbPool', add: { 'handed.failed.restart': 6, 'handed.yes.latHigh': 2 } }];
    const used = new Map([['dbPool', { 'failed.restart': 9, 'touched.restart': 30 }]]);
    const fresh = applyDeltas(new Map(), arriving(handed, new Map())).get('dbPool');
    const after = applyDeltas(used, arriving(handed, used)).get('dbPool');
    expect(fresh?.['handed.failed.restart']).toBe(6);
    expect((after?.['handed.failed.restart'] ?? 0) * decayOf(after, 'restart')).toBeCloseTo(6);
    expect(after?.['handed.yes.latHigh']).toBe(2);
  });

  test('adds half of what is new, once', () => {
    const older = frozen(log(4));
    const newer = frozen(log(10));
    const before = handedExperiences(older, null);
    const rest = handedExperiences(newer, older);
    const table =
      tablesOf([...before, ...rest])
        .get('web')
        ?.get('deadlock') ?? {};
    const whole = newer.tables.web?.deadlock?.['fixed.restart'] ?? 0;
    expect(table['handed.fixed.restart']).toBeCloseTo(whole / 2);
    expect(table).not.toHaveProperty(['fixed.restart']);
    expect(handedExperiences(newer, newer)).toEqual([]);
    expect(lastHanded([...before, ...rest])).toBe(newer.version);
  });

  test('hands on what a version earns after it was promoted, each heal once', () => {
    const version = frozen(log(4)).version;
    const ledgerOf = (healed: number) =>
      new Map([[`.ledger@${version}`, { 'healed.deadlock.restart': healed, 'handed.healed.deadlock.restart': 40 }]]);
    const place = { version, tier: 'web', at: epochMs(Date.parse(AT)) };
    const first = handedLedger(ledgerOf(5), place, []) as Experience;
    const second = handedLedger(ledgerOf(30), place, [first]) as Experience;
    expect(handedLedger(ledgerOf(30), place, [first, second])).toBeNull();
    expect(new Set([first.executionId, second.executionId]).size).toBe(2);
    expect(tablesOf([first, second]).get('web')?.get(`.ledger@${version}`)).toEqual({
      'handed.healed.deadlock.restart': 30,
    });
  });
});

describe('a difference', () => {
  test('names the rows whose choice or value changed, and nothing else', () => {
    const learned = { web: { deadlock: { 'failed.restart': 12, 'fixed.redeploy': 12 } } };
    const rows = diffTables({}, learned, defaultCatalogue, 'dev');
    expect(rows.map(({ hypothesis }) => hypothesis)).toEqual(['deadlock']);
    expect(rows[0]?.cells.map(({ action }) => action).sort()).toEqual(['redeploy', 'restart']);
    expect(rows[0]?.choice).toEqual({ before: 'restart', after: 'redeploy' });
    expect(diffTables(learned, learned, defaultCatalogue, 'dev')).toEqual([]);
  });
});
