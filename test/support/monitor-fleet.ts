import type { AlarmSource } from '../../core/shared/ports.ts';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import type { Workload } from '../../core/contracts/workload.ts';
import { durationMs } from '../../core/shared/units.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import { heldSignalMessage } from '../../lambdas/issue-monitor/held-signal.ts';
import { rememberedHomes } from '../../lambdas/issue-monitor/homes.ts';
import { handleMessages } from '../../lambdas/issue-monitor/issue-monitor.ts';
import { AGENT_ID, aLimits } from './builders.ts';
import { memoryStores } from './memory-stores.ts';
import type { SimulatedClock } from './simulated-clock.ts';

/** A message in the simulated queue. */
interface Message {
  readonly body: string;
  visibleAt: number;
  receives: number;
}

export interface FleetOptions {
  readonly workloads: readonly Workload[];
  readonly clock: SimulatedClock;
  /** Numbers from 0 to below 1, the same for the same seed: which call goes first, and which one fails. */
  readonly random: () => number;
  /** Running copies of the function. */
  readonly monitors: number;
  /** Share of the calls that fail, half of them after their effect. */
  readonly failures: number;
}

export interface Fleet {
  readonly tables: ReturnType<typeof memoryStores>['tables'];
  readonly started: ReadonlySet<string>;
  readonly quarantined: readonly string[];
  readonly failedBatches: () => number;
  /** Handles these messages and all that come of them, until the queue is empty. */
  readonly work: (bodies: readonly string[]) => Promise<void>;
}

const BATCH = 10;
const MAX_RECEIVES = 8;
/** What fails comes back sooner than this; whose cause stays away for two minutes is another story, told in the README's limits. */
const LONGEST_PAUSE_MS = 20_000;
/** Most turns that a call waits before and after its effect. */
const MAX_TURNS = 12;

/**
 * Several Issue Monitors at one queue, each with a memory of its own, whose calls to the stores interleave in an order that only the
 * seed knows. Delivery is at least once: a batch whose call failed comes back, whether the effect happened or not.
 */
export const monitorFleet = ({ workloads, clock, random, monitors, failures }: FleetOptions): Fleet => {
  const memory = memoryStores();
  for (const workload of workloads) memory.tables.workloads.set(workload.workloadId, workload);
  const queue = new Set<Message>();
  const busy = new Set<Message>();
  const started = new Set<string>();
  const quarantined: string[] = [];
  let failed = 0;

  const pass = async (): Promise<void> => {
    for (let turns = Math.floor(random() * MAX_TURNS); turns > 0; turns -= 1) await Promise.resolve();
  };
  const call = async <T>(effect: () => Promise<T>): Promise<T> => {
    await pass();
    if (random() < failures / 2) throw new DependencyUnavailableError('the request was lost');
    const value = await effect();
    await pass();
    if (random() < failures / 2) throw new DependencyUnavailableError('the answer was lost');
    return value;
  };
  const over = <T extends object>(port: T): T =>
    new Proxy(port, {
      get: (target, name) => {
        const own: unknown = Reflect.get(target, name);
        return typeof own === 'function' ? (...args: unknown[]) => call(async () => own.apply(target, args)) : own;
      },
    });
  const send = (body: string, delay: number): void =>
    void queue.add({ body, visibleAt: clock.now() + delay, receives: 0 });
  const noAlarms: AlarmSource = { states: async () => [] };

  const monitor = () => {
    const homes = rememberedHomes();
    return async (batch: readonly Message[]): Promise<void> => {
      for (const message of batch) busy.add(message);
      const delivered = await handleMessages(
        batch.map(({ body }) => body),
        {
          clock,
          sha256,
          env: 'dev',
          agentId: AGENT_ID,
          limits: aLimits(),
          homes,
          registry: memory.registry,
          incidents: over(memory.incidents),
          journal: over(memory.journal),
          workflow: over({
            start: async (incidentId: string) => {
              const isNew = !started.has(incidentId);
              started.add(incidentId);
              return isNew ? ('started' as const) : ('running' as const);
            },
          }),
          alarms: noAlarms,
          reconsider: (held, delay) => call(async () => send(heldSignalMessage(held), delay)),
          isBehind: async () => unfinished() > batch.length,
          quarantine: async (body) => void quarantined.push(body),
        },
      );
      for (const [index, message] of batch.entries()) {
        busy.delete(message);
        if (delivered[index]?.ok === true) queue.delete(message);
        else {
          failed += 1;
          message.visibleAt = clock.now() + Math.min(LONGEST_PAUSE_MS, 3_000 * 3 ** message.receives) * random();
        }
      }
    };
  };
  const visible = (): Message[] => {
    const now = clock.now();
    return [...queue].filter((message) => !busy.has(message) && message.visibleAt <= now);
  };

  /** As SQS counts: what failed and comes back later is still in flight, what was held back from the start is not. */
  const unfinished = (): number => {
    const now = clock.now();
    return [...queue].filter(({ receives, visibleAt }) => receives > 0 || visibleAt <= now).length;
  };

  return {
    tables: memory.tables,
    started,
    quarantined,
    failedBatches: () => failed,
    work: async (bodies) => {
      for (const body of bodies) send(body, 0);
      const free = Array.from({ length: monitors }, monitor);
      const running = new Set<Promise<void>>();
      while (queue.size > 0) {
        for (let run = free.pop(); run !== undefined; run = free.pop()) {
          const batch = visible().slice(0, 1 + Math.floor(random() * BATCH));
          const handle = run;
          if (batch.length === 0) {
            free.push(handle);
            break;
          }
          for (const message of batch) {
            message.receives += 1;
            if (message.receives > MAX_RECEIVES) throw new Error(`given up: ${message.body}`);
          }
          const ended: Promise<void> = handle(batch).finally(() => {
            running.delete(ended);
            free.push(handle);
          });
          running.add(ended);
        }
        if (running.size > 0) await Promise.race(running);
        else
          clock.advance(
            durationMs(Math.max(1, Math.min(...[...queue].map(({ visibleAt }) => visibleAt)) - clock.now())),
          );
      }
      await Promise.all(running);
    },
  };
};
