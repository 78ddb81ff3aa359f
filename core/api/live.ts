import type { LiveEvent, LiveFilter } from '../contracts/api/events.ts';
import type { BusEvent } from '../contracts/event.ts';
import type { Sha256 } from '../shared/ports.ts';
import type { DurationMs, EpochMs } from '../shared/units.ts';
import { after, elapsed, epochMs, isLonger, seconds, durationMs } from '../shared/units.ts';

/** Two functions can store events in another order than their clocks say, by less than this. */
const OVERLAP: DurationMs = seconds(2);

/** How long an event can be resumed from. */
export const KEPT: DurationMs = durationMs(3_600_000);

const stamp = (at: EpochMs): string => String(Math.max(0, at)).padStart(13, '0');

/** An event's place in the stream: when it arrived, and a part of its hash, so that a repeated delivery keeps its hash. */
export const toLiveEvent = (event: BusEvent, at: EpochMs, sha256: Sha256): LiveEvent => ({
  id: `${stamp(at)}-${sha256(JSON.stringify(event)).slice(0, 12)}`,
  source: event.source,
  event: event.detailType,
  detail: event.detail,
});

/** Whether somebody with this filter wants to hear of the event. */
export const isWanted = (event: LiveEvent, { events, incident }: LiveFilter): boolean =>
  (events === undefined || events.includes(event.event)) &&
  (incident === undefined || event.detail.incident_id === incident);

/** Where to read from for somebody who has everything up to `lastId`. */
export const resumeFrom = (lastId: string): string => `${stamp(after(arrivalOf(lastId), durationMs(-OVERLAP)))}-`;

/** Whether events between `lastId` and now may be gone. */
export const hasGap = (lastId: string, now: EpochMs): boolean => isLonger(elapsed(arrivalOf(lastId), now), KEPT);

const arrivalOf = (id: string): EpochMs => epochMs(Number(id.slice(0, 13)));
