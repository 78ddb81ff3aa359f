import { hasGap, isWanted, resumeFrom } from '../../core/api/live.ts';
import type { LiveEvent, LiveFilter, LiveMessage, LiveRequest } from '../../core/contracts/api/events.ts';
import { LiveRequestSchema } from '../../core/contracts/api/events.ts';
import type { Clock, Sha256 } from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { logger } from '../shared/telemetry.ts';

export interface LiveDeps {
  readonly clock: Clock;
  readonly sha256: Sha256;
  /** Whose ticket it is; null when there is none, or it was used, or it is too old. */
  readonly takeTicket: (ticketHash: string, now: EpochMs) => Promise<string | null>;
  readonly addConnection: (connectionId: string, subject: string, now: EpochMs) => Promise<void>;
  /** False when there is no such connection. */
  readonly setFilter: (connectionId: string, filter: LiveFilter) => Promise<boolean>;
  readonly removeConnection: (connectionId: string) => Promise<void>;
  readonly recentEvents: (from: string | null, limit: number) => Promise<readonly LiveEvent[]>;
  readonly send: (connectionId: string, message: LiveMessage) => Promise<boolean>;
}

/** What a WebSocket of API Gateway reports. */
export type LiveOccasion = { readonly connectionId: string; readonly sourceIp: string } & (
  | { readonly kind: 'connect'; readonly ticket: string | undefined }
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'disconnect' }
);

/** Resumed at most: whoever missed more reads the lists anew. */
const MOST_RESUMED = 400;

/**
 * Lets a connection in by its ticket, hears what it wants, forgets it when it ends. The status goes to the gateway.
 *
 * Logged here, because the gateway keeps no access log of a WebSocket (decision 0083).
 */
export const onLive = async (occasion: LiveOccasion, deps: LiveDeps): Promise<200 | 401> => {
  const { connectionId, kind, sourceIp } = occasion;
  const status = await answer(occasion, deps);
  logger.info('connection answered', { connectionId, event: kind, sourceIp, status });
  return status;
};

const answer = async (occasion: LiveOccasion, deps: LiveDeps): Promise<200 | 401> => {
  const { connectionId } = occasion;
  switch (occasion.kind) {
    case 'connect': {
      const now = deps.clock.now();
      const hash = occasion.ticket === undefined ? null : deps.sha256(occasion.ticket);
      const subject = hash === null ? null : await deps.takeTicket(hash, now);
      if (subject === null) return 401;
      await deps.addConnection(connectionId, subject, now);
      return 200;
    }
    case 'disconnect':
      await deps.removeConnection(connectionId);
      return 200;
    case 'message': {
      const request = parse(occasion.text);
      if (typeof request === 'string') await deps.send(connectionId, { type: 'problem', detail: request });
      else if (request.action === 'ping') await deps.send(connectionId, { type: 'pong' });
      else await subscribe(connectionId, request, deps);
      return 200;
    }
  }
};

/** From the moment that the filter is stored new events come by themselves; what was missed before follows. */
const subscribe = async (
  connectionId: string,
  { filter, after }: Extract<LiveRequest, { action: 'subscribe' }>,
  deps: LiveDeps,
): Promise<void> => {
  if (!(await deps.setFilter(connectionId, filter))) return;
  const missed =
    after === undefined
      ? []
      : (await deps.recentEvents(resumeFrom(after), MOST_RESUMED)).filter(
          (event) => event.id !== after && isWanted(event, filter),
        );
  const gap = after !== undefined && (hasGap(after, deps.clock.now()) || missed.length >= MOST_RESUMED);
  await deps.send(connectionId, { type: 'subscribed', resumed: missed.length, gap });
  for (const event of missed) await deps.send(connectionId, { type: 'event', ...event });
};

/** The request, or what is wrong with it. */
const parse = (text: string): LiveRequest | string => {
  try {
    const parsed = LiveRequestSchema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    return parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'message'}: ${message}`).join('; ');
  } catch {
    return 'message: must be JSON';
  }
};
