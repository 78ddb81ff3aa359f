import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Bank = { readonly url: string; readonly close: () => Promise<void> };

const ANSWER_MS = 15;

/** The outside world: a bank that payments charges cards at. Nobody here watches or heals it. */
export const startBank = async (): Promise<Bank> => {
  const server = createServer((_incoming, answer) => {
    setTimeout(() => answer.end('{"charged":true}'), ANSWER_MS);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
};
