import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../learning/random.ts';

/** Probabilities of each request, 0 to 1. */
export interface Chaos {
  /** Answered with an error: half of them before anything was done, half after it was done, by hanging up. */
  readonly errors: number;
  /** Answered after 0.1 to 2 seconds. */
  readonly delays: number;
  /** Done, and answered only when the client has given up. */
  readonly timeouts: number;
}

/** A change of an alias that the emulator has carried out. */
export interface Mutation {
  readonly alias: string;
  readonly version: string;
  /** Whether the function was told. */
  readonly answered: boolean;
}

export interface ChaosCounts {
  requests: number;
  refused: number;
  hungUp: number;
  delayed: number;
  timedOut: number;
  /** Requests by service. */
  readonly services: Record<string, number>;
}

export interface ChaosProxy {
  readonly endpoint: string;
  readonly counts: ChaosCounts;
  readonly mutations: readonly Mutation[];
  /** Where requests go; they wait until it is known. */
  readonly forwardTo: (endpoint: string) => void;
  /** Until then everything passes. */
  readonly unleash: () => void;
  readonly close: () => Promise<void>;
}

/** Longer than a client waits for an answer (`lambdas/adapters/clients.ts`). */
const TOO_LATE_MS = 6_000;

type Fate = 'pass' | 'refuse' | 'hangUp' | 'delay' | 'timeOut';

const fateOf = ({ errors, delays, timeouts }: Chaos, random: Random): Fate => {
  const drawn = random();
  if (drawn < errors / 2) return 'refuse';
  if (drawn < errors) return 'hangUp';
  if (drawn < errors + delays) return 'delay';
  return drawn < errors + delays + timeouts ? 'timeOut' : 'pass';
};

/** Stands between every function and every service, and makes each of them as unreliable as it is told to. */
export const startChaosProxy = async (chaos: Chaos, random: Random): Promise<ChaosProxy> => {
  const counts: ChaosCounts = { requests: 0, refused: 0, hungUp: 0, delayed: 0, timedOut: 0, services: {} };
  const mutations: Mutation[] = [];
  let isUnleashed = false;
  let known: (endpoint: string) => void = () => undefined;
  const target = new Promise<string>((resolve) => (known = resolve));

  const handle = async (incoming: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const body = await bodyOf(incoming);
    const fate = isUnleashed ? fateOf(chaos, random) : 'pass';
    counts.requests += 1;
    const service = serviceOf(incoming);
    counts.services[service] = (counts.services[service] ?? 0) + 1;
    if (fate === 'refuse') {
      counts.refused += 1;
      answer.writeHead(503, { 'content-type': 'application/json', 'x-amzn-errortype': 'ServiceUnavailable' });
      answer.end('{"__type":"ServiceUnavailable","message":"the chaos bench refuses this request"}');
      return;
    }
    const { status, headers, content } = await forward(await target, incoming, body);
    const mutation = status < 300 ? mutationOf(incoming, body, fate === 'pass' || fate === 'delay') : null;
    if (mutation !== null) mutations.push(mutation);
    if (fate === 'hangUp') {
      counts.hungUp += 1;
      answer.destroy();
      return;
    }
    if (fate === 'delay') counts.delayed += 1;
    if (fate === 'timeOut') counts.timedOut += 1;
    if (fate === 'delay') await sleep(100 + random() * 1_900);
    if (fate === 'timeOut') await sleep(TOO_LATE_MS);
    if (answer.destroyed) return;
    answer.writeHead(status, headers);
    answer.end(content);
  };

  const server = createServer((incoming, answer) => {
    handle(incoming, answer).catch(() => answer.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    mutations,
    forwardTo: known,
    unleash: () => (isUnleashed = true),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};

const bodyOf = async (stream: AsyncIterable<Buffer>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** As the signature says it: `Credential=KEY/20261121/us-east-1/dynamodb/aws4_request`. */
const serviceOf = ({ headers }: IncomingMessage): string =>
  /Credential=[^/]+\/\d+\/[\w-]+\/([\w-]+)\//.exec(headers.authorization ?? '')?.[1] ?? 'unsigned';

const forward = (endpoint: string, { url, method, headers }: IncomingMessage, body: Buffer) =>
  new Promise<{ status: number; headers: IncomingMessage['headers']; content: Buffer }>((resolve, reject) => {
    const { hostname, port } = new URL(endpoint);
    const onward = request({ hostname, port, path: url, method, headers, agent: false }, (response) => {
      const { 'transfer-encoding': _, connection: _connection, ...kept } = response.headers;
      bodyOf(response).then(
        (content) => resolve({ status: response.statusCode ?? 502, headers: kept, content }),
        reject,
      );
    });
    onward.on('error', reject);
    onward.end(body);
  });

const mutationOf = ({ method, url }: IncomingMessage, body: Buffer, answered: boolean): Mutation | null => {
  const alias = /^\/2015-03-31\/functions\/[^/]+\/aliases\/([\w-]+)/.exec(url ?? '')?.[1];
  if (method !== 'PUT' || alias === undefined) return null;
  const { FunctionVersion } = JSON.parse(body.toString()) as { readonly FunctionVersion: string };
  return { alias, version: FunctionVersion, answered };
};
