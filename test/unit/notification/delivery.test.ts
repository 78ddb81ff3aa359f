import fc from 'fast-check';
import type { Conversation, Notice, Recipient } from '../../../core/contracts/notice.ts';
import type { Step } from '../../../core/notification/delivery.ts';
import { keyOf, needsSomebody, stepOf } from '../../../core/notification/delivery.ts';
import { openWindow } from '../../../core/guard/time-window.ts';
import type { EpochMs } from '../../../core/shared/units.ts';
import { after, fromIso, minutes, seconds, toIso } from '../../../core/shared/units.ts';
import { aQuestionNotice, aRecipient, anEndNotice } from '../../support/links.ts';

const NIGHT = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' } as const;
const NOTHING: Conversation = { told: null, held: null };
const at = (iso: string): EpochMs => fromIso(iso);
const MIDNIGHT = '2026-11-20T23:30:00.000Z';
const NOON = '2026-11-21T11:00:00.000Z';

const step = (
  notice: Notice,
  {
    recipient = aRecipient(),
    conversation = NOTHING,
    settled = false,
    now = at(notice.at),
  }: { recipient?: Recipient; conversation?: Conversation; settled?: boolean; now?: EpochMs } = {},
): Step => stepOf({ recipient, notice, conversation, settled, now });

const told = (notice: Notice): Conversation => ({ told: { key: keyOf(notice), at: notice.at }, held: null });

test('who is first in the chain is told at once; who comes later waits until its time', () => {
  const notice = aQuestionNotice({ at: NOON });
  expect(step(notice)).toEqual({ do: 'send' });
  const later = aRecipient({ name: 'on-call', afterMinutes: 5 });
  expect(step(notice, { recipient: later })).toMatchObject({ do: 'wait', until: after(at(NOON), minutes(5)) });
  const due = after(at(NOON), minutes(5));
  expect(step(notice, { recipient: later, now: due })).toEqual({ do: 'send' });
});

test.each([aQuestionNotice({ at: NOON }), anEndNotice('escalated', { at: NOON })])(
  'nobody further is called for $occasion once somebody has answered or looks after it',
  (notice) => {
    const recipient = aRecipient({ afterMinutes: 5 });
    const now = after(at(NOON), minutes(5));
    expect(step(notice, { recipient, now })).toEqual({ do: 'send' });
    expect(step(notice, { recipient, now, settled: true })).toMatchObject({ do: 'drop' });
  },
);

test('who was never asked hears of no end; who was hears it at once', () => {
  const recipient = aRecipient({ afterMinutes: 5 });
  const end = anEndNotice('recovered', { at: NOON });
  expect(step(end, { recipient })).toMatchObject({ do: 'drop', because: 'it has not heard of it' });
  expect(step(end, { recipient, conversation: told(aQuestionNotice({ at: MIDNIGHT })) })).toEqual({ do: 'send' });
});

describe('quiet hours', () => {
  const recipient = aRecipient({ quietHours: [NIGHT] });

  test('hold back what can wait, until they are over', () => {
    expect(step(anEndNotice('recovered', { at: MIDNIGHT }), { recipient })).toMatchObject({
      do: 'wait',
      remember: true,
    });
    expect(step(anEndNotice('recovered', { at: NOON }), { recipient })).toEqual({ do: 'send' });
    const almost = at('2026-11-21T05:52:30.000Z');
    expect(step(anEndNotice('recovered', { at: MIDNIGHT }), { recipient, now: almost })).toMatchObject({
      until: at('2026-11-21T06:00:00.000Z'),
    });
  });

  test('hold back neither a question nor what concerns the most critical workloads', () => {
    expect(step(aQuestionNotice({ at: MIDNIGHT, criticality: 3 }), { recipient })).toEqual({ do: 'send' });
    expect(step(anEndNotice('escalated', { at: MIDNIGHT, criticality: 0 }), { recipient })).toEqual({ do: 'send' });
    expect(step(anEndNotice('escalated', { at: MIDNIGHT, criticality: 1 }), { recipient })).toMatchObject({
      do: 'wait',
    });
  });

  test('follow the clock on the wall through the change to summer time', () => {
    const spring = anEndNotice('recovered', { at: '2026-03-29T00:30:00.000Z' });
    expect(step(spring, { recipient, now: at('2026-03-29T04:59:00.000Z') })).toMatchObject({ do: 'wait' });
    expect(step(spring, { recipient, now: at('2026-03-29T05:00:00.000Z') })).toEqual({ do: 'send' });
  });
});

/** Everything that can be said of one incident, each later than the one before. */
const story = (start: EpochMs, criticality: Notice['criticality']): Notice[] => {
  const when = (count: number): { at: string; criticality: Notice['criticality'] } => ({
    at: toIso(after(start, minutes(count))),
    criticality,
  });
  return [
    aQuestionNotice(when(0)),
    { ...aQuestionNotice(when(10)), occasion: 'last_word' } as Notice,
    {
      ...aQuestionNotice(when(12)),
      occasion: 'answered',
      answer: 'approve',
      approver: 'ada',
      reason: null,
      actionId: 'restart',
    } as Notice,
    anEndNotice('recovered', when(14)),
  ];
};

interface Life {
  readonly heard: { readonly notice: Notice; readonly now: EpochMs }[];
  readonly drops: string[];
}

/** The queue: notices arrive in any order, some twice, and come back when they are told to. */
const live = (
  recipient: Recipient,
  notices: readonly Notice[],
  order: readonly number[],
  answeredAt: EpochMs,
): Life => {
  const heard: Life['heard'] = [];
  const drops: string[] = [];
  let conversation = NOTHING;
  const queue = order.map((index, place) => {
    const notice = notices[index % notices.length] as Notice;
    return { notice, due: after(at(notice.at), seconds(place)) };
  });
  for (let turns = 0; queue.length > 0 && turns < 10_000; turns += 1) {
    queue.sort((a, b) => a.due - b.due);
    const { notice, due } = queue.shift() as (typeof queue)[number];
    const settled = needsSomebody(notice) && due >= answeredAt;
    const next = stepOf({ recipient, notice, conversation, settled, now: due });
    if (next.do === 'drop') drops.push(next.because);
    if (next.do === 'wait') {
      expect(next.until).toBeGreaterThan(due);
      if (next.remember) conversation = { ...conversation, held: { key: keyOf(notice), at: notice.at } };
      queue.push({ notice, due: next.until });
    }
    if (next.do === 'send') {
      heard.push({ notice, now: due });
      conversation = { ...conversation, told: { key: keyOf(notice), at: notice.at } };
    }
  }
  expect(queue).toEqual([]);
  return { heard, drops };
};

const lives = fc.record({
  start: fc
    .integer({ min: 0, max: 7 * 24 * 60 })
    .map((minute) => after(at('2026-10-23T00:00:00.000Z'), minutes(minute))),
  criticality: fc.constantFrom<Notice['criticality']>(0, 1, 2, 3),
  order: fc.array(fc.nat(3), { minLength: 0, maxLength: 12 }).map((more) => [0, 1, 2, 3, ...more]),
  afterMinutes: fc.constantFrom(0, 3, 5, 11, 30),
  quiet: fc.constantFrom<Recipient['quietHours']>(
    [],
    [NIGHT],
    [{ from: '09:00', to: '17:00', timeZone: 'America/New_York' }],
  ),
  answeredAfter: fc.integer({ min: 1, max: 12 }),
});

test('in any order and however often they arrive: each once, never backwards, never in quiet hours, and the end in the end', () => {
  fc.assert(
    fc.property(lives, ({ start, criticality, order, afterMinutes, quiet, answeredAfter }) => {
      const recipient = aRecipient({ afterMinutes, quietHours: quiet });
      const notices = story(start, criticality);
      const { heard } = live(recipient, notices, order, after(start, minutes(answeredAfter)));
      const keys = heard.map(({ notice }) => keyOf(notice));
      expect(new Set(keys).size).toBe(keys.length);
      const times = heard.map(({ notice }) => notice.at);
      expect([...times].sort()).toEqual(times);
      for (const { notice, now } of heard) {
        const mustWait = criticality !== 0 && !['question', 'last_word'].includes(notice.occasion);
        if (mustWait) expect(openWindow(quiet, now)).toBeNull();
      }
      const [first] = heard;
      if (first !== undefined) expect(first.now - at(first.notice.at)).toBeGreaterThanOrEqual(minutes(afterMinutes));
      if (afterMinutes === 0 || heard.length > 0) expect(keys.at(-1)).toBe('recovered');
    }),
    { numRuns: 300 },
  );
});

test('one message waits for the morning, not one for each thing that happened at night', () => {
  const recipient = aRecipient({ quietHours: [NIGHT] });
  const escalated = anEndNotice('escalated', { at: MIDNIGHT });
  const answered = { ...story(at(MIDNIGHT), 1)[2], at: toIso(after(at(MIDNIGHT), seconds(-60))) } as Notice;
  const conversation: Conversation = { told: { key: 'question:x', at: '2026-11-20T23:00:00.000Z' }, held: null };
  const first = step(answered, { recipient, conversation });
  expect(first).toMatchObject({ do: 'wait', remember: true });
  const held = { ...conversation, held: { key: keyOf(escalated), at: escalated.at } };
  expect(step(answered, { recipient, conversation: held, now: at(NOON) })).toMatchObject({
    because: 'something later waits',
  });
  expect(step(escalated, { recipient, conversation: held, now: at(NOON) })).toEqual({ do: 'send' });
});
