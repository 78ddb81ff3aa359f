import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { EcsEvent } from './notices.ts';

export type EventPublisherOptions = {
  /** Endpoint of EventBridge; the SDK's default when left out. */
  readonly endpoint?: string;
  readonly region: string;
  readonly onError: (error: unknown) => void;
};

/** The bus did not take an event: `NotAuthorizedForSourceException` means that it keeps `aws.*` sources to itself. */
export class EventRefusedError extends Error {
  override readonly name = 'EventRefusedError';
}

export type EventPublisher = { readonly publish: (event: EcsEvent) => void; readonly close: () => Promise<void> };

// PutEvents takes at most ten entries; collecting for a moment keeps a rollout from becoming a call per task.
const BATCH = 10;
const COLLECT_MS = 100;

/** Puts the events on the default bus, in order and in batches. */
export const eventBridgePublisher = (options: EventPublisherOptions): EventPublisher => {
  const client = new EventBridgeClient({
    region: options.region,
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
  });
  const waiting: (EcsEvent & { readonly time: Date })[] = [];
  let sending: Promise<void> | undefined;

  const send = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, COLLECT_MS));
    while (waiting.length > 0) {
      const entries = waiting.splice(0, BATCH).map(({ source, detailType, resources, detail, time }) => ({
        Source: source,
        DetailType: detailType,
        Resources: [...resources],
        Detail: JSON.stringify(detail),
        Time: time,
      }));
      try {
        const { Entries: results = [] } = await client.send(new PutEventsCommand({ Entries: entries }));
        const refused = results.find(({ ErrorCode }) => ErrorCode !== undefined);
        if (refused !== undefined) throw new EventRefusedError(`${refused.ErrorCode}: ${refused.ErrorMessage}`);
      } catch (error) {
        options.onError(error);
      }
    }
    sending = undefined;
  };

  return {
    publish: (event) => {
      waiting.push({ ...event, time: new Date() });
      sending ??= send();
    },
    close: async () => {
      await sending;
      client.destroy();
    },
  };
};
