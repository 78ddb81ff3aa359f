/** When a write dies: before it has happened, or after it has and before anybody was told. */
export type Moment = 'before' | 'after';

export interface Crash {
  /** Counts from 1. */
  readonly write: number;
  readonly moment: Moment;
  readonly error: () => Error;
}

/** Counts the writes of all ports that it is given and lets one of them die, once. */
export interface Crashes {
  /** What was written, in order, as `port.method`. */
  readonly writes: readonly string[];
  over<Port extends object>(name: string, port: Port, methods: readonly (keyof Port & string)[]): Port;
}

type Method = (...args: readonly unknown[]) => Promise<unknown>;

export const crashes = (crash: Crash | null): Crashes => {
  const writes: string[] = [];
  const counted =
    (name: string, method: Method): Method =>
    async (...args) => {
      writes.push(name);
      const dies = crash !== null && writes.length === crash.write;
      if (dies && crash.moment === 'before') throw crash.error();
      const answer = await method(...args);
      if (dies) throw crash.error();
      return answer;
    };
  return {
    writes,
    over: (name, port, methods) => ({
      ...port,
      ...Object.fromEntries(
        methods.map((method) => [method, counted(`${name}.${method}`, port[method] as unknown as Method)]),
      ),
    }),
  };
};
