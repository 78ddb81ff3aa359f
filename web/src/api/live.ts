import type { ApiClient } from '../../../core/api/client.ts';
import type { LiveEvent } from '../../../core/contracts/api/events.ts';
import { LiveMessageSchema } from '../../../core/contracts/api/events.ts';
import type { Store } from './store.ts';

export type LiveState = 'live' | 'polling' | 'offline';

/** Whoever asks for news uses up the API's limit, which clicks need as well: the WebSocket is what is quick. */
const POLL_MS = 5_000;
const MAX_PAUSE_MS = 30_000;
const PING_MS = 20_000;
/** A WebSocket that cannot be opened is tried again after this many polls: a proxy may be in between. */
const POLLS_INSTEAD = 14;
const REMEMBERED = 500;

/**
 * Hears of everything that happens and has what it concerns read again: over the WebSocket where there is one, else by
 * asking for events. A broken connection is resumed behind the last event; what cannot be resumed is read anew.
 */
export class LiveUpdates {
  state: LiveState = 'offline';
  readonly #client: ApiClient;
  readonly #store: Store;
  readonly #sockets: boolean;
  readonly #listeners = new Set<() => void>();
  readonly #seen = new Set<string>();
  #last: string | null = null;
  #failures = 0;
  #polls = 0;
  #stopped = false;

  constructor(client: ApiClient, store: Store, sockets: boolean) {
    this.#client = client;
    this.#store = store;
    this.#sockets = sockets;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  stop(): void {
    this.#stopped = true;
  }

  /** Runs until it is stopped. */
  async run(): Promise<void> {
    while (!this.#stopped) {
      if (document.hidden) await untilVisible();
      try {
        if (this.#sockets && this.#polls === 0) await this.#listen();
        else await this.#poll();
      } catch {
        this.#failures += 1;
        this.#become(this.#failures > 2 ? 'offline' : this.state);
        if (this.#failures > 1) this.#polls = POLLS_INSTEAD;
        await sleep(Math.min(MAX_PAUSE_MS, 500 * 2 ** this.#failures));
      }
    }
  }

  async #poll(): Promise<void> {
    const query = this.#last === null ? { limit: 1 } : { after: this.#last, limit: 200 };
    const { value: page } = await this.#client.call('pollEvents', { query });
    if (page.gap) this.#store.refresh('/');
    page.events.forEach((event) => this.#heard(event));
    this.#last = page.lastEventId ?? this.#last;
    this.#failures = 0;
    this.#polls = Math.max(0, this.#polls - 1);
    this.#become('polling');
    await sleep(POLL_MS);
  }

  /** Resolves never; throws when the connection ends. */
  async #listen(): Promise<never> {
    const { value } = await this.#client.call('openLiveUpdates', {});
    const { url, ticket } = value;
    const socket = new WebSocket(`${url}?ticket=${encodeURIComponent(ticket)}`);
    let ping: ReturnType<typeof setInterval> | undefined;
    try {
      return await new Promise<never>((_, reject) => {
        let isHeard = true;
        ping = setInterval(() => {
          if (!isHeard || socket.readyState !== WebSocket.OPEN)
            reject(new Error('nothing was heard since the last ping'));
          else socket.send(JSON.stringify({ action: 'ping' }));
          isHeard = false;
        }, PING_MS);
        socket.onopen = () =>
          socket.send(JSON.stringify({ action: 'subscribe', ...(this.#last === null ? {} : { after: this.#last }) }));
        socket.onmessage = ({ data }: MessageEvent<string>) => {
          isHeard = true;
          this.#message(data);
        };
        socket.onclose = () => reject(new Error('the connection ended'));
      });
    } finally {
      clearInterval(ping);
      socket.close();
    }
  }

  #message(data: string): void {
    const parsed = LiveMessageSchema.safeParse(JSON.parse(data));
    if (!parsed.success) return;
    const message = parsed.data;
    if (message.type === 'subscribed') {
      this.#failures = 0;
      this.#become('live');
      if (message.gap || this.#last === null) this.#store.refresh('/');
    }
    if (message.type === 'event') this.#heard(message);
  }

  /** An event comes again after a resumption; only the first time is news. */
  #heard({ id, event, detail }: LiveEvent): void {
    this.#last = this.#last === null || id > this.#last ? id : this.#last;
    if (this.#seen.has(id)) return;
    this.#seen.add(id);
    if (this.#seen.size > REMEMBERED) this.#seen.delete([...this.#seen][0] ?? '');
    // The incident itself comes first: what is asked later waits for it.
    if (detail.incident_id !== null) this.#store.refresh(`/incidents/${detail.incident_id}`);
    for (const path of concerns(event)) this.#store.refresh(path);
  }

  #become(state: LiveState): void {
    if (state === this.state) return;
    this.state = state;
    for (const listener of this.#listeners) listener();
  }
}

/** Which paths an event can change, besides its incident's own. */
const concerns = (event: LiveEvent['event']): readonly string[] => {
  switch (event) {
    case 'AgentHeartbeat':
      return ['/agents'];
    case 'ModelSnapshotTaken':
    case 'ModelEvaluated':
    case 'ModelPromoted':
    case 'ModelRolledBack':
      return ['/models'];
    case 'SignalReceived':
    case 'DeploymentRecorded':
      return ['/workloads'];
    case 'IncidentOpened':
    case 'IncidentResolved':
    case 'IncidentEscalated':
    case 'IncidentDismissed':
    case 'ApprovalRequested':
      return ['/incidents?', '/approvals', '/topology', '/workloads', '/metrics'];
    case 'ApprovalAnswered':
    case 'ActionAllowed':
    case 'ActionRefused':
    case 'ActionStarted':
      return ['/incidents?', '/approvals'];
    case 'EvidenceGathered':
    case 'EvidenceValidated':
    case 'ActionDecided':
    case 'ActionApplied':
    case 'ActionUndone':
    case 'OutcomeMeasured':
    case 'AttemptExplained':
      return ['/incidents?'];
  }
};

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const untilVisible = (): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (document.hidden) return;
      document.removeEventListener('visibilitychange', look);
      resolve();
    };
    document.addEventListener('visibilitychange', look);
  });
