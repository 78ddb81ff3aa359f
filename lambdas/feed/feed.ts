import { isWanted, toLiveEvent } from '../../core/api/live.ts';
import type { LiveEvent, LiveFilter, LiveMessage } from '../../core/contracts/api/events.ts';
import type { BusEvent } from '../../core/contracts/event.ts';
import type { Clock, Sha256 } from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';

export interface FeedDeps {
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly keepEvent: (event: LiveEvent, now: EpochMs) => Promise<void>;
  readonly connections: () => Promise<readonly { readonly id: string; readonly filter: LiveFilter | null }[]>;
  /** False when nobody is there any more. */
  readonly send: (connectionId: string, message: LiveMessage) => Promise<boolean>;
  readonly removeConnection: (connectionId: string) => Promise<void>;
}

/**
 * Tells everybody who listens. The event is kept first: whoever loses the connection in between finds it again.
 *
 * @returns to how many it was told
 */
export const feed = async (event: BusEvent, deps: FeedDeps): Promise<number> => {
  const now = deps.clock.now();
  const live = toLiveEvent(event, now, deps.sha256);
  const [connections] = await Promise.all([deps.connections(), deps.keepEvent(live, now)]);
  const listeners = connections.filter(({ filter }) => filter !== null && isWanted(live, filter));
  const told = await Promise.all(
    listeners.map(async ({ id }) => {
      const isThere = await deps.send(id, { type: 'event', ...live }).catch(() => true);
      if (!isThere) await deps.removeConnection(id);
      return isThere;
    }),
  );
  return told.filter((isThere) => isThere).length;
};
