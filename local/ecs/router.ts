import {
  Agent,
  createServer,
  request,
  type ClientRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where a request can go: a task, or something outside the cluster. */
export type Target = { readonly id: string; readonly port: number };

/** One finished request, as its caller saw it. */
export type RequestRecord = {
  readonly at: number;
  /** Null when no task could take the request. */
  readonly taskId: string | null;
  readonly latencyMs: number;
  readonly failed: boolean;
};

export type RouterOptions = {
  /** The targets of a route at this moment. */
  readonly targets: (route: string) => readonly Target[];
  readonly timeoutMs?: number;
  /** How long finished requests are remembered. */
  readonly keepMs?: number;
};

/** Who gives up has waited; who is gone sooner has died, and nobody measured its request. */
const PATIENCE_MS = 250;

type Route = { readonly server: Server; readonly url: string; records: RequestRecord[]; next: number };

/**
 * One listener per service, round robin over its running tasks, like a load balancer without a health check. It measures
 * every request from the caller's side, so that a task that never answers shows, too.
 */
export class Router {
  private readonly routes = new Map<string, Route>();
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });
  private readonly options: RouterOptions;
  private readonly timeoutMs: number;

  constructor(options: RouterOptions) {
    this.options = options;
    this.timeoutMs = options.timeoutMs ?? 1500;
  }

  /** Opens a listener for a service (or returns the one it has) and gives its URL, without a slash at the end. */
  async open(name: string): Promise<string> {
    const present = this.routes.get(name);
    if (present !== undefined) return present.url;
    const server = createServer((incoming, answer) => this.forward(name, incoming, answer));
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.routes.set(name, { server, url, records: [], next: 0 });
    return url;
  }

  urlOf(name: string): string | undefined {
    return this.routes.get(name)?.url;
  }

  /** Requests of a service that finished at or after `since` (epoch milliseconds). */
  records(name: string, since: number): readonly RequestRecord[] {
    return this.routes.get(name)?.records.filter(({ at }) => at >= since) ?? [];
  }

  async close(): Promise<void> {
    this.agent.destroy();
    await Promise.all(
      [...this.routes.values()].map(({ server }) => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      }),
    );
  }

  private forward(name: string, incoming: IncomingMessage, answer: ServerResponse): void {
    const startedAt = Date.now();
    const target = this.pick(name);
    let done = false;
    const finish = (failed: boolean): void => {
      if (done) return;
      done = true;
      const now = Date.now();
      this.record(name, { at: now, taskId: target?.id ?? null, latencyMs: now - startedAt, failed });
    };
    const fail = (status: number, why: string): void => {
      finish(true);
      if (!answer.headersSent) answer.writeHead(status, { 'content-type': 'text/plain' });
      answer.end(why);
    };
    if (incoming.url?.startsWith('/__') === true) {
      answer.writeHead(404).end();
      return;
    }
    if (target === undefined) return fail(503, `${name} has no running task`);
    const call = this.call(target, incoming);
    const timer = setTimeout(() => {
      fail(504, `${name} did not answer within ${this.timeoutMs} ms`);
      call.destroy();
    }, this.timeoutMs);
    call.once('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
      response.once('end', () => finish((response.statusCode ?? 502) >= 500));
      response.once('error', () => fail(502, `${name} broke off its answer`));
    });
    call.once('error', (error) => fail(502, `${name} cannot be reached: ${error.message}`));
    answer.once('close', () => {
      clearTimeout(timer);
      // The caller gave up first: for it, this was a failure.
      if (!done && Date.now() - startedAt >= PATIENCE_MS) finish(true);
      done = true;
      if (!answer.writableFinished) call.destroy();
    });
    incoming.pipe(call);
  }

  private call(target: Target, incoming: IncomingMessage): ClientRequest {
    const { url: path, method, headers } = incoming;
    return request({ host: '127.0.0.1', port: target.port, path, method, headers, agent: this.agent });
  }

  private pick(name: string): Target | undefined {
    const route = this.routes.get(name);
    const targets = this.options.targets(name);
    if (route === undefined || targets.length === 0) return undefined;
    route.next = (route.next + 1) % targets.length;
    return targets[route.next];
  }

  private record(name: string, record: RequestRecord): void {
    const route = this.routes.get(name);
    if (route === undefined) return;
    route.records.push(record);
    const oldest = record.at - (this.options.keepMs ?? 60_000);
    if ((route.records[0]?.at ?? oldest) < oldest) route.records = route.records.filter(({ at }) => at >= oldest);
  }
}
