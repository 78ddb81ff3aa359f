import {
  PutEventsCommand,
  type EventBridgeClient,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';
import type { BusEvent } from '../../core/contracts/event.ts';
import { DependencyUnavailableError, InvalidInputError } from '../../core/shared/errors.ts';
import type { Clock, EventPublisher } from '../../core/shared/ports.ts';
import { durationMs } from '../../core/shared/units.ts';
import { calling } from './sdk-errors.ts';

/** Limits of PutEvents, per request. */
const MAX_ENTRIES = 10;
const MAX_BYTES = 256 * 1024;
/** EventBridge counts a timestamp as 14 bytes, whatever it looks like. */
const TIME_BYTES = 14;

const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 100;

/**
 * Puts events on one bus, all or an error: PutEvents answers 200 even when it took none of them, so each entry's own
 * answer is read, and those that failed are tried again. An event may arrive twice; consumers know it by its ids.
 */
export const eventBridgePublisher = (client: EventBridgeClient, busName: string, clock: Clock): EventPublisher => ({
  publish: async (events) => {
    for (const batch of batchesOf(events.map((event) => toEntry(event, busName)))) {
      await put(client, batch, busName, clock);
    }
  },
});

const put = async (
  client: EventBridgeClient,
  batch: readonly PutEventsRequestEntry[],
  busName: string,
  clock: Clock,
): Promise<void> => {
  let left = batch;
  let failures: readonly PutEventsResultEntry[] = [];
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const command = new PutEventsCommand({ Entries: [...left] });
    const answer = await calling('events:PutEvents', () => client.send(command), busName);
    const results = answer.Entries ?? [];
    // An entry without an answer counts as failed: twice is better than never.
    left = left.filter((_, index) => results[index]?.EventId === undefined);
    failures = results.filter((result) => result.EventId === undefined);
    if (left.length === 0) return;
    if (attempt < ATTEMPTS) await clock.sleep(durationMs(FIRST_PAUSE_MS * 2 ** (attempt - 1)));
  }
  const why = [...new Set(failures.map((failure) => `${failure.ErrorCode}: ${failure.ErrorMessage}`))].join('; ');
  throw new DependencyUnavailableError(
    `events:PutEvents did not take ${left.length} of ${batch.length} events for ${busName} in ${ATTEMPTS} attempts (${why})`,
  );
};

const toEntry = (event: BusEvent, busName: string): PutEventsRequestEntry => ({
  EventBusName: busName,
  Source: event.source,
  DetailType: event.detailType,
  Detail: JSON.stringify(event.detail),
  Time: new Date(event.detail.timestamp),
});

/** Groups entries, in order, into requests that PutEvents accepts. */
export const batchesOf = (entries: readonly PutEventsRequestEntry[]): PutEventsRequestEntry[][] => {
  const batches: PutEventsRequestEntry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = sizeOf(entry);
    if (size > MAX_BYTES) {
      throw new InvalidInputError(`event ${entry.DetailType} has ${size} bytes, PutEvents accepts ${MAX_BYTES}`);
    }
    const batch = batches.at(-1);
    if (batch === undefined || batch.length === MAX_ENTRIES || bytes + size > MAX_BYTES) {
      batches.push([entry]);
      bytes = size;
    } else {
      batch.push(entry);
      bytes += size;
    }
  }
  return batches;
};

const sizeOf = ({ Source, DetailType, Detail }: PutEventsRequestEntry): number =>
  TIME_BYTES + [Source, DetailType, Detail].reduce((sum, text) => sum + Buffer.byteLength(text ?? '', 'utf8'), 0);
