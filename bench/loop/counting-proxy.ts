import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CountingProxy {
  readonly endpoint: string;
  /** Requests since the last reset, by operation and tables: `PutItem Journal`. */
  readonly counts: () => Readonly<Record<string, number>>;
  readonly reset: () => void;
  /** Where requests go; they wait until it is known. */
  readonly forwardTo: (endpoint: string) => void;
  readonly close: () => Promise<void>;
}

/** The table of connections and recent events: who watches is told whether it heals or not, and that is not the loop's. */
const LIVE_UPDATES = 'Traffic';

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
        const tables = tablesIn(Buffer.concat(chunks).toString());
        if (tables.includes(LIVE_UPDATES)) return;
        const request = [operation, ...tables].join(' ');
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
