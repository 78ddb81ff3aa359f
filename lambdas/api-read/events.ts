import { hasGap, isWanted, resumeFrom } from '../../core/api/live.ts';
import type { LiveEvent } from '../../core/contracts/api/events.ts';
import type { Clock } from '../../core/shared/ports.ts';
import type { Handlers } from '../api/gate.ts';

export interface EventReads {
  readonly clock: Clock;
  readonly recentEvents: (from: string | null, limit: number) => Promise<readonly LiveEvent[]>;
}

/** Read at once, of which the filter takes its part. */
const MOST_READ = 400;
/** Sorts behind an event's id and before every other. */
const BEHIND = '~';

export const eventHandlers = (deps: EventReads): Handlers<'pollEvents'> => ({
  pollEvents: async ({ query: { after, events, incident, limit } }) => {
    const read = after === undefined ? await deps.recentEvents(null, MOST_READ) : await readPast(after, deps);
    const wanted = read.filter((event) => event.id !== after && isWanted(event, { events, incident }));
    const given = after === undefined ? wanted.slice(-limit) : newFirst(wanted, after, limit);
    const isAll = after === undefined || given.at(-1)?.id === wanted.at(-1)?.id;
    return {
      events: given,
      lastEventId: newest([after ?? null, (isAll ? read : given).at(-1)?.id ?? null]),
      gap: after !== undefined && hasGap(after, deps.clock.now()),
    };
  },
});

/** From a little before `after` on, and past it: however many there are in between, whoever polls gets on. */
const readPast = async (after: string, { recentEvents }: EventReads): Promise<readonly LiveEvent[]> => {
  const read: LiveEvent[] = [];
  let page = await recentEvents(resumeFrom(after), MOST_READ);
  read.push(...page);
  for (
    let last = page.at(-1);
    page.length === MOST_READ && last !== undefined && last.id <= after;
    last = page.at(-1)
  ) {
    page = await recentEvents(last.id + BEHIND, MOST_READ);
    read.push(...page);
  }
  return read;
};

/** At least half of an answer is for what comes behind `after`; the rest is for what may have been stored late. */
const newFirst = (wanted: readonly LiveEvent[], after: string, limit: number): LiveEvent[] => {
  const late = wanted.filter(({ id }) => id < after);
  const fresh = wanted.filter(({ id }) => id > after);
  const room = Math.max(limit - fresh.length, Math.floor(limit / 2));
  return [...late.slice(Math.max(0, late.length - room)), ...fresh].slice(0, limit);
};

const newest = (ids: readonly (string | null)[]): string | null =>
  ids
    .filter((id) => id !== null)
    .sort()
    .at(-1) ?? null;
