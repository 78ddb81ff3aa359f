import { Agent } from 'node:http';

export type PoolCounts = { readonly size: number; readonly inUse: number };

/** No connection became free in time. */
export class PoolTimeoutError extends Error {
  override readonly name = 'PoolTimeoutError';
}

/** A fixed number of connections, each lent to one caller at a time. */
export class ConnectionPool {
  private readonly size: number;
  private readonly waitMs: number;
  private readonly idle: Agent[];
  private readonly waiting: ((connection: Agent) => void)[] = [];
  /** When set, connections that were lent are not given back: the bug that exhausts the pool. */
  leaking = false;

  constructor(size: number, waitMs: number) {
    this.size = size;
    this.waitMs = waitMs;
    this.idle = Array.from({ length: size }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  }

  counts(): PoolCounts {
    return { size: this.size, inUse: this.size - this.idle.length };
  }

  async use<T>(run: (connection: Agent) => Promise<T>): Promise<T> {
    const connection = await this.borrow();
    try {
      return await run(connection);
    } finally {
      if (!this.leaking) this.giveBack(connection);
    }
  }

  private borrow(): Promise<Agent> {
    const free = this.idle.pop();
    if (free !== undefined) return Promise.resolve(free);
    return new Promise((resolve, reject) => {
      const take = (connection: Agent): void => {
        clearTimeout(timer);
        resolve(connection);
      };
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(take), 1);
        reject(new PoolTimeoutError(`none of ${this.size} connections became free within ${this.waitMs} ms`));
      }, this.waitMs);
      this.waiting.push(take);
    });
  }

  private giveBack(connection: Agent): void {
    const next = this.waiting.shift();
    if (next === undefined) this.idle.push(connection);
    else next(connection);
  }
}
