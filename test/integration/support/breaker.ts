import { createServer, connect as openTo } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A way to a service that can be interrupted: while it is broken, every connection is refused and those open are cut. */
export interface Breaker {
  readonly endpoint: string;
  /** Where the service is; it is known only after the breaker has to be. */
  readonly connect: (endpoint: string) => void;
  readonly break: () => void;
  readonly mend: () => void;
  readonly close: () => Promise<void>;
}

export const startBreaker = async (): Promise<Breaker> => {
  let target: URL | null = null;
  let broken = false;
  const open = new Set<Socket>();
  const server = createServer((inbound) => {
    if (broken || target === null) return void inbound.destroy();
    const outbound = openTo(Number(target.port), target.hostname);
    for (const [one, other] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      open.add(one);
      one.setNoDelay(true);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connect: (endpoint) => void (target = new URL(endpoint)),
    break: () => {
      broken = true;
      cut();
    },
    mend: () => void (broken = false),
    close: () => {
      cut();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
};
