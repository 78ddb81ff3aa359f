import { Agent, request } from 'node:http';

/** Requests per second to one service. */
export type LoadStream = { readonly service: string; readonly url: string; readonly perSecond: number };

// Longer than the router's timeout, so that the router's measurement is the whole story.
const TIMEOUT_MS = 2500;

/** An open-loop load generator: it does not slow down when the shop does, as customers do not. */
export class LoadGenerator {
  private readonly streams = new Map<string, NodeJS.Timeout>();
  private readonly agent = new Agent({ keepAlive: true });

  /** Starts or replaces the stream of this name. */
  run(name: string, { url, perSecond }: LoadStream): void {
    this.stop(name);
    this.streams.set(
      name,
      setInterval(() => this.send(url), 1000 / perSecond),
    );
  }

  stop(name: string): void {
    clearInterval(this.streams.get(name));
    this.streams.delete(name);
  }

  close(): void {
    for (const name of [...this.streams.keys()]) this.stop(name);
    this.agent.destroy();
  }

  private send(url: string): void {
    const call = request(url, { agent: this.agent, timeout: TIMEOUT_MS }, (response) => response.resume());
    call.once('timeout', () => call.destroy());
    call.once('error', () => undefined); // counted where it is measured: in the router
    call.end();
  }
}
