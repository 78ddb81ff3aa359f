import { createServer } from 'node:net';

const given = new Set<number>();

const ask = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });

/** A loopback port that nothing listens on and that was not given to anyone else in this run. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = await ask();
    if (given.has(port)) continue;
    given.add(port);
    return port;
  }
};
