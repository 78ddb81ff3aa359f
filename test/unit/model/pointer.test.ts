import fc from 'fast-check';
import type { ModelPointer, ModelVersion } from '../../../core/contracts/model.ts';
import { LIVE } from '../../../core/contracts/model.ts';
import {
  CANARY_SHARES,
  FIRST_POINTER,
  rollBack,
  startCanary,
  versionFor,
  widenCanary,
} from '../../../core/model/pointer.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { change, promote } from '../../../lambdas/promoter/promoter.ts';
import { AGENT_ID } from '../../support/builders.ts';
import { memoryModels } from '../../support/memory-models.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

const by = { at: '2026-11-21T09:00:00.000Z', by: 'ada', reason: 'a test' };
const version = (number: number): ModelVersion => `model-dev-20261121-0900${String(number).padStart(2, '0')}-abc123`;

type Step = 'start' | 'widen' | 'back';
const steps = fc.array(
  fc.record({ step: fc.constantFrom<Step>('start', 'widen', 'back'), number: fc.integer({ min: 0, max: 59 }) }),
  { maxLength: 60 },
);
const follow = (list: readonly { readonly step: Step; readonly number: number }[]): ModelPointer =>
  list.reduce((pointer, { step, number }) => {
    const next =
      step === 'start'
        ? startCanary(pointer, version(number), by)
        : step === 'widen'
          ? widenCanary(pointer, by)
          : rollBack(pointer, by);
    return next.ok ? next.value : pointer;
  }, FIRST_POINTER);

describe('the pointer', () => {
  test('a candidate goes from a tenth to a half to all of the incidents', () => {
    const tenth = startCanary(FIRST_POINTER, version(1), by);
    if (!tenth.ok) throw new Error(tenth.error);
    expect(tenth.value).toMatchObject({ champion: LIVE, canary: { candidate: version(1), share: CANARY_SHARES[0] } });
    const half = widenCanary(tenth.value, by);
    if (!half.ok) throw new Error(half.error);
    expect(half.value.canary?.share).toBe(CANARY_SHARES[1]);
    expect(widenCanary(half.value, by)).toMatchObject({
      ok: true,
      value: { champion: version(1), canary: null, previous: [LIVE], revision: 3 },
    });
  });

  test('refuses a second trial, and a trial of the champion', () => {
    const trial = follow([{ step: 'start', number: 1 }]);
    expect(startCanary(trial, version(2), by)).toMatchObject({ ok: false });
    const crowned = follow([
      { step: 'start', number: 1 },
      { step: 'widen', number: 0 },
      { step: 'widen', number: 0 },
    ]);
    expect(startCanary(crowned, version(1), by)).toMatchObject({ ok: false });
    expect(widenCanary(crowned, by)).toMatchObject({ ok: false });
  });

  test('from wherever it is, rolling back leads to the live table, one step at a time', () => {
    fc.assert(
      fc.property(steps, (list) => {
        let pointer = follow(list);
        for (let step = 0; step < 25; step += 1) {
          const back = rollBack(pointer, by);
          if (!back.ok) break;
          expect(back.value.revision).toBe(pointer.revision + 1);
          pointer = back.value;
        }
        expect(pointer).toMatchObject({ champion: LIVE, canary: null });
      }),
    );
  });
});

describe('the canary', () => {
  const pointerWith = (share: number): ModelPointer => ({
    ...FIRST_POINTER,
    canary: { candidate: version(1), share, since: by.at },
  });
  /** A hash that puts incident `k` exactly at k / 1000 of all places. */
  const evenly = (text: string): string =>
    Math.ceil((Number(text.split('/').at(-1)) / 1_000) * 2 ** 32)
      .toString(16)
      .padStart(8, '0');

  test('the same incident is decided by the same version, and a wider share keeps it', () => {
    fc.assert(
      fc.property(fc.string(), fc.double({ min: 0.01, max: 0.98, noNaN: true }), (incident, share) => {
        const narrow = versionFor(pointerWith(share), incident, sha256);
        expect(versionFor(pointerWith(share), incident, sha256)).toBe(narrow);
        const wide = versionFor(pointerWith(share + 0.01), incident, sha256);
        if (narrow === version(1)) expect(wide).toBe(version(1));
      }),
    );
  });

  test.each([0.1, 0.5])('a share of %d is exactly that share of all places', (share) => {
    const incidents = Array.from({ length: 1_000 }, (_, index) => String(index));
    const tried = incidents.filter((id) => versionFor(pointerWith(share), id, evenly) === version(1));
    expect(tried).toHaveLength(1_000 * share);
  });

  test('without one, the champion decides everything', () => {
    expect(versionFor(FIRST_POINTER, 'inc', sha256)).toBe(LIVE);
  });
});

describe('flips', () => {
  test('of two who continue from the same revision, one reads again: no change is lost', async () => {
    const { pointers } = memoryModels({ load: async () => new Map() });
    const deps = { pointers, clock: simulatedClock(), agentId: AGENT_ID };
    const counted = await Promise.all(
      Array.from({ length: 3 }, (_, index) =>
        change(deps, `writer ${index}`, (now) => ({ ok: true, value: { ...now, revision: now.revision + 1 } })),
      ),
    );
    expect(counted.every(({ ok }) => ok)).toBe(true);
    expect((await pointers.read()).revision).toBe(3);
  });
});

describe('the end of an incident', () => {
  const begin = (pointer: ModelPointer) => startCanary(pointer, version(1), by);
  test.each([
    ['begun', [], begin],
    ['ended', [begin], rollBack],
  ])('publishes a trial that was %s just before the promoter died', async (_what, before, step) => {
    const { pointers, deciding } = memoryModels({ load: async () => new Map() });
    const deps = {
      clock: simulatedClock(),
      env: 'dev' as const,
      agentId: AGENT_ID,
      pointers,
      published: deciding.pointer,
      experiences: { all: async () => [] },
      events: { publish: async () => undefined },
      report: async () => undefined,
    };
    for (const earlier of before) await change(deps, 'a test', earlier);
    const dying = { ...deps, pointers: { ...pointers, publish: () => Promise.reject(new Error('it died')) } };
    await expect(change(dying, 'a test', step)).rejects.toThrow('it died');
    expect(await deciding.pointer()).not.toEqual(await pointers.read());
    expect(await promote({ command: 'watch' }, deps)).toMatchObject({ done: 'kept' });
    expect(await deciding.pointer()).toEqual(await pointers.read());
  });
});
