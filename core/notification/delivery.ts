import type { Conversation, Notice, Recipient } from '../contracts/notice.ts';
import { openWindow, windowWords } from '../guard/time-window.ts';
import type { EpochMs } from '../shared/units.ts';
import { after, epochMs, fromIso, isBefore, minutes } from '../shared/units.ts';

/** `wait`: look again then. `remember`: it waits for the end of quiet hours, where a later notice replaces it. */
export type Step =
  | { readonly do: 'send' }
  | { readonly do: 'wait'; readonly until: EpochMs; readonly because: string; readonly remember: boolean }
  | { readonly do: 'drop'; readonly because: string };

export interface Situation {
  readonly recipient: Recipient;
  readonly notice: Notice;
  readonly conversation: Conversation;
  /** Whether somebody has answered, or looks after it: nobody else has to be told then. */
  readonly settled: boolean;
  readonly now: EpochMs;
}

/** Two notices with one key say the same. */
export const keyOf = (notice: Notice): string => {
  switch (notice.occasion) {
    case 'question':
    case 'last_word':
    case 'answered':
      return `${notice.occasion}:${notice.questionId}`;
    case 'recovered':
    case 'escalated':
      return notice.occasion;
  }
};

/** Somebody is waited for: an answer, or hands. The chain goes on until there is one. */
export const needsSomebody = ({ occasion }: Notice): boolean =>
  occasion === 'question' || occasion === 'last_word' || occasion === 'escalated';

/** A question cannot wait until morning: then silence has become a no. */
const cannotWait = ({ occasion, criticality }: Notice): boolean =>
  criticality === 0 || occasion === 'question' || occasion === 'last_word';

/**
 * What becomes of a notice on its way to a recipient, now. A recipient hears each thing once and nothing that is out of
 * date, in whatever order and however often notices arrive; and nobody is told later than the chain says, but for quiet
 * hours.
 */
export const stepOf = ({ recipient, notice, conversation: { told, held }, settled, now }: Situation): Step => {
  const at = fromIso(notice.at);
  const key = keyOf(notice);
  if (told?.key === key) return { do: 'drop', because: 'it was told already' };
  if (told !== null && isBefore(at, fromIso(told.at))) return { do: 'drop', because: 'something later was told' };
  if (held !== null && isBefore(at, fromIso(held.at))) return { do: 'drop', because: 'something later waits' };
  if (needsSomebody(notice) && settled) return { do: 'drop', because: 'somebody has answered, or looks after it' };
  if (told === null && !isForNewcomers(recipient, notice)) return { do: 'drop', because: 'it has not heard of it' };
  // Clocks differ: whoever is told at once is told whatever ours says.
  const isAsked = told === null && recipient.afterMinutes > 0;
  const due = isAsked ? after(at, minutes(recipient.afterMinutes)) : now;
  if (isBefore(now, due)) return { do: 'wait', until: due, because: 'others are asked first', remember: false };
  const window = cannotWait(notice) ? null : openWindow(recipient.quietHours, now);
  if (window === null) return { do: 'send' };
  const because = `quiet hours ${windowWords(window)}`;
  return { do: 'wait', until: endOfQuiet(recipient, now), because, remember: true };
};

/** Who is asked later hears of an end only if it has heard of the beginning; an answer means nothing to who was not asked. */
const isForNewcomers = ({ afterMinutes }: Recipient, notice: Notice): boolean =>
  needsSomebody(notice) || (afterMinutes === 0 && notice.occasion === 'recovered');

/** As far as a queue can hold a message back. */
const FURTHEST_MINUTES = 15;

/** The first whole minute in which no quiet hours are, or in a quarter of an hour. */
const endOfQuiet = ({ quietHours }: Recipient, now: EpochMs): EpochMs => {
  const thisMinute = Math.floor(now / 60_000);
  for (let ahead = 1; ahead < FURTHEST_MINUTES; ahead += 1) {
    const minute = epochMs((thisMinute + ahead) * 60_000);
    if (openWindow(quietHours, minute) === null) return minute;
  }
  return after(now, minutes(FURTHEST_MINUTES));
};
