import fc from 'fast-check';
import type { HealthReading } from '../../../core/contracts/outcome.ts';
import type { Watch } from '../../../core/verification/outcome.ts';
import { concludeOutcome } from '../../../core/verification/outcome.ts';
import { aReading, at, healthyReading, isoAt } from '../../support/builders.ts';

const sick = (second: number, impact = 0.4): HealthReading => aReading({ at: isoAt(second), impact });
const watch = (changes: Partial<Watch> = {}): Watch => ({
  before: aReading({ impact: 0.4 }),
  readings: [sick(10)],
  healthySince: null,
  actedAt: at(0),
  now: at(10),
  holdSeconds: 60,
  deadlineSeconds: 300,
  changed: true,
  ...changes,
});
const conclude = (changes: Partial<Watch>) => concludeOutcome(watch(changes));
const status = (changes: Partial<Watch>) => conclude(changes).status;

describe('recovery', () => {
  test('counts when it has held, to the very second', () => {
    const readings = [sick(10), healthyReading(20), healthyReading(80)];
    expect(status({ readings, now: at(79.999) })).toBe('pending');
    expect(conclude({ readings, now: at(80) })).toMatchObject({
      status: 'recovered',
      healthySince: isoAt(20),
      minutes: 20 / 60,
      readings: 3,
      after: healthyReading(80),
    });
  });

  test('starts anew after every relapse', () => {
    const readings = [healthyReading(10), sick(60), healthyReading(65), healthyReading(100)];
    expect(conclude({ readings, now: at(100) })).toMatchObject({ status: 'pending', healthySince: isoAt(65) });
  });

  test('goes on from what an earlier call of Observe saw', () => {
    expect(status({ readings: [healthyReading(90)], healthySince: at(30), now: at(90) })).toBe('recovered');
    expect(status({ readings: [sick(89), healthyReading(90)], healthySince: at(30), now: at(90) })).toBe('pending');
  });

  test('without a change of ours is nobody else’s either', () => {
    const readings = [healthyReading(10), healthyReading(70)];
    expect(status({ readings, now: at(70), changed: false })).toBe('self_recovered');
  });

  test('that began before the deadline may hold after it', () => {
    expect(status({ readings: [healthyReading(299), healthyReading(310)], now: at(310) })).toBe('pending');
  });
});

describe('no recovery', () => {
  const late = (impact: number) => status({ readings: [sick(300, impact)], now: at(300.001) });

  test('is concluded after the deadline, not before', () => {
    expect(status({ readings: [sick(300)], now: at(300) })).toBe('pending');
    expect(late(0.4)).toBe('unchanged');
  });

  test.each([
    [0.56, 'worse'],
    [0.54, 'unchanged'],
    [0.4, 'unchanged'],
    [0.26, 'unchanged'],
    [0.24, 'improved'],
    [0, 'improved'],
  ])('from 0.4 to %d is %s', (impact, expected) => expect(late(impact)).toBe(expected));

  test('says after how long, and what is still wrong', () => {
    expect(conclude({ readings: [sick(300)], now: at(302) })).toMatchObject({
      reason: 'no better after 5 min 2 s: 40 % of requests fail (objective 5 %)',
      minutes: 302 / 60,
      healthySince: null,
    });
  });
});

test('never concludes a recovery that did not hold, nor a failure before the deadline', () => {
  const reading = fc.tuple(fc.nat(400), fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true }));
  fc.assert(
    fc.property(fc.array(reading, { minLength: 1, maxLength: 20 }), fc.boolean(), (taken, changed) => {
      const readings = taken
        .sort(([a], [b]) => a - b)
        .map(([second, well, impact]) => (well ? healthyReading(second) : sick(second, impact)));
      const last = taken.at(-1)?.[0] ?? 0;
      const outcome = conclude({ readings, now: at(last), changed });
      if (outcome.status === 'recovered' || outcome.status === 'self_recovered') {
        const held = readings.filter(({ at: time }) => Date.parse(time) >= at(last - 60));
        expect(held.every(({ healthy }) => healthy)).toBe(true);
        expect(outcome.status === 'recovered').toBe(changed);
      } else if (outcome.status !== 'pending') {
        expect(last).toBeGreaterThanOrEqual(300);
      }
    }),
  );
});
