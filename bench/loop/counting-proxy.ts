import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CountingProxy {
  readonly endpoint: string;
  /** Requests since the last reset, by operation. */
  readonly counts: () => Readonly<Record<string, number>>;
  readonly reset: () => void;
  /** Where requests go; they wait until it is known. */
  readonly forwardTo: (endpoint: string) => void;
  readonly close: () => Promise<void>;
}

/** Whether a request is about the table of connections and recent events. */
const ofLiveUpdates = (body: string): boolean => /"TableName":"[^"]*-Traffic/.test(body);

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
      // Live updates are sent whether it heals or not: what feeds them is not the loop's.
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        if (!ofLiveUpdates(Buffer.concat(chunks).toString())) counts[operation] = (counts[operation] ?? 0) + 1;
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
