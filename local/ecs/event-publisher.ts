import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { EcsEvent } from './notices.ts';

export type EventPublisherOptions = {
  /** Endpoint of EventBridge; the SDK's default when left out. */
  readonly endpoint?: string;
  readonly region: string;
  readonly onError: (error: unknown) => void;
};

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
      await client.send(new PutEventsCommand({ Entries: entries })).catch(options.onError);
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
