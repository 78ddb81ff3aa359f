import { createServer } from 'node:net';

const LOOPBACK = '127.0.0.1';

/** Binds a port of the loopback interface and lets it go again; 0 lets the system choose. */
const tryPort = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });

/** Whether nothing listens on this port of the loopback interface. */
export const isPortFree = async (port: number): Promise<boolean> => (await tryPort(port)) !== undefined;

/** The preferred port when it is free, any free port of the loopback interface otherwise. */
export const findFreePort = async (preferred?: number): Promise<number> => {
  const port = (preferred === undefined ? undefined : await tryPort(preferred)) ?? (await tryPort(0));
  if (port === undefined) throw new Error(`No port of ${LOOPBACK} could be opened.`);
  return port;
};
