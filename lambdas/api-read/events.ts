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

export const eventHandlers = (deps: EventReads): Handlers<'pollEvents'> => ({
  pollEvents: async ({ query: { after, events, incident, limit } }) => {
    const read = await deps.recentEvents(after === undefined ? null : resumeFrom(after), MOST_READ);
    const wanted = read.filter((event) => event.id !== after && isWanted(event, { events, incident }));
    const given = after === undefined ? wanted.slice(-limit) : wanted.slice(0, limit);
    const isAll = after === undefined || given.length === wanted.length;
    return {
      events: given,
      lastEventId: newest([after ?? null, (isAll ? read : given).at(-1)?.id ?? null]),
      gap: after !== undefined && hasGap(after, deps.clock.now()),
    };
  },
});

const newest = (ids: readonly (string | null)[]): string | null =>
  ids
    .filter((id) => id !== null)
    .sort()
    .at(-1) ?? null;
