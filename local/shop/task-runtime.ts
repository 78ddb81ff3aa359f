import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { ConnectionPool } from './connection-pool.ts';
import { type PoolCounts } from './connection-pool.ts';
import type { Dependency, DependencyCounts } from './dependency.ts';
import { FaultCommandSchema, InProcessFaults } from './in-process-faults.ts';
import { loadSessions } from './scratch-state.ts';
import { work } from './work.ts';

/** What a task tells about itself on `GET /__stats`. */
export type TaskStats = { readonly dependency: DependencyCounts | null; readonly pool: PoolCounts | null };

export type TaskProgram = {
  /** CPU time of one request, milliseconds. */
  readonly cpuMsPerRequest: number;
  readonly dependency?: Dependency;
  readonly pool?: ConnectionPool;
  /** The rest of a request; a throw becomes status 500 or, for a failed dependency, 502. */
  readonly handle?: () => Promise<void>;
};

// Longer than a request, shorter than the container's stop timeout.
const DRAIN_MS = 1500;
const SESSION_LOAD_MS = 700;
/** Requests that may wait at the same time: what comes on top is turned away at once, before it costs memory. */
const MAX_IN_FLIGHT = 64;

const required = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`environment variable ${name} is missing`);
  return value;
};

const readJson = async (incoming: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
};

const answerWith = (answer: ServerResponse, status: number, body: object): void => {
  answer.writeHead(status, { 'content-type': 'application/json' });
  answer.end(JSON.stringify(body));
};

const control = async (faults: InProcessFaults, incoming: IncomingMessage, answer: ServerResponse): Promise<void> => {
  try {
    faults.apply(FaultCommandSchema.parse(await readJson(incoming)));
    answerWith(answer, 200, { ok: true });
  } catch (error) {
    answerWith(answer, 400, { error: String(error) });
  }
};

const respond = async (
  program: TaskProgram,
  faults: InProcessFaults,
  incoming: IncomingMessage,
  answer: ServerResponse,
): Promise<void> => {
  // Under overload the caller may be gone before its turn comes: its work would help nobody.
  await new Promise((resolve) => setImmediate(resolve));
  if (incoming.socket.destroyed) return;
  try {
    if (faults.failsNow()) throw new Error('internal error');
    const receipt = work(program.cpuMsPerRequest);
    await program.handle?.();
    answerWith(answer, 200, { service: process.env['SERVICE_NAME'], receipt });
  } catch (error) {
    const name = error instanceof Error ? error.name : 'Error';
    answerWith(answer, name === 'DependencyFailedError' ? 502 : name === 'PoolTimeoutError' ? 503 : 500, {
      error: String(error),
    });
  }
};

/** Runs one task of the shop: its requests, its control endpoint, its orderly end. */
export const runTask = (program: TaskProgram): void => {
  const scratchDir = required('SCRATCH_DIR');
  const faults = new InProcessFaults({ scratchDir, pool: program.pool });
  const stats = (): TaskStats => ({
    dependency: program.dependency?.counts() ?? null,
    pool: program.pool?.counts() ?? null,
  });
  let inFlight = 0;
  const server = createServer((incoming, answer) => {
    if (incoming.url === '/__stats') answerWith(answer, 200, stats());
    else if (incoming.url === '/__fault' && incoming.method === 'POST') void control(faults, incoming, answer);
    else if (inFlight >= MAX_IN_FLIGHT) answerWith(answer, 503, { error: 'overloaded' });
    else {
      inFlight += 1;
      void respond(program, faults, incoming, answer).finally(() => (inFlight -= 1));
    }
  });
  server.keepAliveTimeout = 60_000;
  server.listen(Number(required('PORT')), '127.0.0.1');

  // Sessions load in the background, as they would in a service that wants to be up quickly.
  setTimeout(() => {
    try {
      loadSessions(scratchDir);
    } catch (error) {
      console.error(`cannot read the session index: ${String(error)}`);
      process.exit(1);
    }
  }, SESSION_LOAD_MS);

  process.once('SIGTERM', () => {
    faults.shutDown();
    server.close(() => process.exit(0));
    setTimeout(() => process.exit(0), DRAIN_MS).unref();
  });
};

/** A URL from the task definition's environment. */
export const urlFromEnvironment = required;
