import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { leaseKeys } from '../../lambdas/adapters/dynamodb-leases.ts';

export interface CountingProxy {
  readonly endpoint: string;
  /** Requests since the last reset, by operation and tables: `PutItem Journal`. */
  readonly counts: () => Readonly<Record<string, number>>;
  readonly reset: () => void;
  /** Where requests go; they wait until it is known. */
  readonly forwardTo: (endpoint: string) => void;
  readonly close: () => Promise<void>;
}

/**
 * What is written whether it heals or not, and is not the loop's: who watches is told, the heartbeat and the checkpoint of
 * the journal leave their marks.
 */
const isBesideTheLoop = (body: string): boolean =>
  /Kintsugi-\w+-Data-(Traffic|Agents)/.test(body) || body.includes(leaseKeys.checkpoint);

/** The tables that a request names, by the part of the name that the stack gave them. */
const tablesIn = (body: string): readonly string[] => [
  ...new Set([...body.matchAll(/Kintsugi-\w+-Data-(QTable|[A-Z][a-z]+)/g)].map(([, table = '']) => table)),
];

/** Stands between the functions and DynamoDB and counts, so that the figure does not depend on anybody's bookkeeping. */
export const startCountingProxy = async (): Promise<CountingProxy> => {
  let counts: Record<string, number> = {};
  let known: (endpoint: string) => void = () => undefined;
  const target = new Promise<string>((resolve) => (known = resolve));
  const server = createServer((incoming, answer) => {
    const operation =
      String(incoming.headers['x-amz-target'] ?? incoming.url)
        .split('.')
        .at(-1) ?? 'unknown';
    void target.then((endpoint) => {
      const { hostname, port } = new URL(endpoint);
      const forwarded = request(
        { hostname, port, path: incoming.url, method: incoming.method, headers: incoming.headers },
        (response) => {
          answer.writeHead(response.statusCode ?? 502, response.headers);
          response.pipe(answer);
        },
      );
      forwarded.on('error', () => answer.writeHead(502).end());
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        if (isBesideTheLoop(body)) return;
        const request = [operation, ...tablesIn(body)].join(' ');
        counts[request] = (counts[request] ?? 0) + 1;
      });
      incoming.pipe(forwarded);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts: () => counts,
    reset: () => (counts = {}),
    forwardTo: known,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};
