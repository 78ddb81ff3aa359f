import { newTask } from '../../../core/api/task.ts';
import type { Feedback } from '../../../core/contracts/api/incidents.ts';
import type { Task } from '../../../core/contracts/api/tasks.ts';
import type { Incident } from '../../../core/contracts/incident.ts';
import type { ApprovalRequest } from '../../../core/contracts/incident.ts';
import type { JournalRecord } from '../../../core/contracts/journal.ts';
import type { Mode } from '../../../core/contracts/limits.ts';
import type { Approval } from '../../../core/contracts/verdict.ts';
import type { EnvironmentName } from '../../../core/contracts/workload.ts';
import type { Io, Where } from '../../../cli/context.ts';
import type { ParkedMessage, ParkedQueue } from '../../../cli/system/dead-letters.ts';
import type { Place, PlaceName } from '../../../lambdas/adapters/kill-switch-places.ts';
import type { LocalState } from '../../../cli/system/local-state.ts';
import type { Whereabouts } from '../../../cli/system/connect.ts';
import type { KillSwitch } from '../../../cli/system/kill-switch.ts';
import type { Kintsugi } from '../../../cli/system/kintsugi.ts';
import { defaultCatalogue } from '../../../core/learning/default-catalogue.ts';
import { applyDeltas } from '../../../core/learning/evidence.ts';
import type { Tables } from '../../../core/learning/rebuild.ts';
import type { Experience } from '../../../core/shared/ports.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { train } from '../../../lambdas/trainer/trainer.ts';
import { aLimits, aService, at, isoAt } from '../../support/builders.ts';
import { memoryModels, type MemoryModels } from '../../support/memory-models.ts';
import { runLine, type Ran } from '../../support/run-line.ts';

/** What an environment holds, for a CLI that believes it talks to AWS. */
export interface World {
  /** The local cloud that it is; null: it is in AWS. */
  local: LocalState | null;
  incidents: Incident[];
  journals: Record<string, readonly (JournalRecord | Readonly<Record<string, unknown>>)[]>;
  mode: Mode;
  /** Nobody may read the mode. */
  secret: boolean;
  approvals: ApprovalRequest[];
  answers: Approval[];
  firing: string[];
  checkpoints: { number: number; content: unknown }[];
  publicKey: string | null;
  experiences: Experience[];
  tables: Tables;
  /** Places of the kill switch that are closed, and those that do not answer. */
  stopped: PlaceName[];
  broken: PlaceName[];
  models: MemoryModels;
  announced: string[];
  /** Newest first. */
  tasks: Task[];
  ratings: Feedback[];
  /** Kintsugi's own dead letters, and what was moved out of them. */
  parked: ParkedQueue[];
  parkedMessages: ParkedMessage[];
  redriven: { queue: string; max: number | null }[];
  closed: number;
  /** Environments that were opened, in order. */
  opened: string[];
}

/** The dev of a laptop. */
export const A_LOCAL_CLOUD: LocalState = {
  pid: 1,
  env: 'dev',
  startedAt: isoAt(0),
  endpoint: 'http://127.0.0.1:4566',
  ecsEndpoint: 'http://127.0.0.1:4567',
  region: 'us-east-1',
  control: { url: 'http://127.0.0.1:4568', token: 'x'.repeat(48) },
  outputs: {},
};

export const aWorld = (changes: Partial<World> = {}): World => ({
  local: null,
  incidents: [],
  journals: {},
  mode: 'auto',
  secret: false,
  approvals: [],
  answers: [],
  firing: [],
  checkpoints: [],
  publicKey: null,
  experiences: [],
  tables: new Map(),
  stopped: [],
  broken: [],
  models: memoryModels({ load: () => Promise.resolve(new Map()) }),
  announced: [],
  tasks: [],
  ratings: [],
  parked: [],
  parkedMessages: [],
  redriven: [],
  closed: 0,
  opened: [],
  ...changes,
});

const PLACES: readonly PlaceName[] = ['mode parameter', 'entry', 'IAM denial'];

const placeIn = (world: World, name: PlaceName): Place => {
  const answer = (change: () => void, words: string): Promise<string> => {
    if (world.broken.includes(name)) return Promise.reject(new Error(`${name} does not answer`));
    change();
    return Promise.resolve(words);
  };
  const others = () => world.stopped.filter((other) => other !== name);
  return {
    name,
    stop: () =>
      answer(() => {
        world.stopped = [...others(), name];
        if (name === 'mode parameter') world.mode = 'off';
      }, 'closed'),
    resume: (mode) =>
      answer(() => {
        world.stopped = others();
        if (name === 'mode parameter') world.mode = mode;
      }, 'open'),
    isStopped: () => Promise.resolve(world.stopped.includes(name)),
  };
};

const modeOf = (world: World): ReturnType<KillSwitch['mode']> =>
  Promise.resolve(
    world.secret
      ? { mode: 'off', reason: 'mode parameter could not be read (AccessDeniedException)', since: null, unread: true }
      : { mode: world.mode, reason: `mode parameter says '${world.mode}'`, since: null },
  );

const whereaboutsOf = ({ local }: World, env: EnvironmentName, { aws: _, ...config }: Where): Whereabouts => ({
  env,
  local,
  config,
});

const killSwitchOver = (world: World, env: EnvironmentName, where: Where): KillSwitch => ({
  connection: whereaboutsOf(world, env, where),
  places: PLACES.map((name) => placeIn(world, name)),
  mode: () => modeOf(world),
  setMode: (mode) => {
    world.mode = mode;
    return Promise.resolve();
  },
  close: () => {
    world.closed += 1;
  },
});

export const kintsugiOver = (world: World, env: EnvironmentName = 'dev', where: Where = { aws: false }): Kintsugi => ({
  connection: {
    ...whereaboutsOf(world, env, where),
    tables: { journal: 'j', incidents: 'i', workloads: 'w', agents: 'a', leases: 'l', qtable: 'q', experiences: 'e' },
    records: { bucket: 'r', keyArn: 'arn:aws:kms:eu-west-1:123456789012:key/k' },
    models: 'm',
  },
  incidents: (status, limit) =>
    Promise.resolve(world.incidents.filter((one) => status === undefined || one.status === status).slice(0, limit)),
  incident: (id) => Promise.resolve(world.incidents.find(({ incidentId }) => incidentId === id) ?? null),
  journal: (id) => Promise.resolve((world.journals[id] ?? []) as readonly JournalRecord[]),
  storedRecords: (id) => Promise.resolve(world.journals[id] ?? []),
  allStoredRecords: () => Promise.resolve(Object.values(world.journals).flat()),
  workloads: () => Promise.resolve([aService('payments'), aService('checkout')]),
  agents: () => Promise.resolve([]),
  firingAlarms: () => Promise.resolve(new Set(world.firing)),
  mode: () => modeOf(world),
  approvals: {
    pending: (id) => Promise.resolve(world.approvals.find(({ incidentId }) => incidentId === id) ?? null),
    claim: (request) => {
      const isOpen = world.approvals.includes(request);
      world.approvals = world.approvals.filter((other) => other !== request);
      return Promise.resolve(isOpen);
    },
    reopen: (request) => {
      world.approvals = [...world.approvals, request];
      return Promise.resolve();
    },
    consent: (request, consent) => {
      world.approvals = world.approvals.map((other) =>
        other === request ? { ...other, consents: [...other.consents, consent] } : other,
      );
      return Promise.resolve(true);
    },
    send: (_, approval) => {
      world.answers.push(approval);
      return Promise.resolve(true);
    },
  },
  checkpoints: () => Promise.resolve({ checkpoints: world.checkpoints, publicKey: world.publicKey, tip: null }),
  experiences: () => Promise.resolve(world.experiences),
  evidenceTables: () => Promise.resolve(world.tables),
  correctEvidence: (tier, deltas) => {
    world.tables = new Map(world.tables).set(tier, applyDeltas(world.tables.get(tier) ?? new Map(), deltas));
    return Promise.resolve();
  },
  deadLetters: {
    queues: () => Promise.resolve(world.parked),
    peek: (_, max) => Promise.resolve(world.parkedMessages.slice(0, max)),
    redrive: ({ id, messages }, max) => {
      world.redriven.push({ queue: id, max });
      return Promise.resolve({ how: 'one by one', messages: Math.min(messages, max ?? Infinity) });
    },
  },
  models: world.models.archive,
  pointers: world.models.pointers,
  train: (input) =>
    train(input, {
      clock: { now: () => at(30) },
      sha256,
      experiences: { all: () => Promise.resolve(world.experiences) },
      archive: world.models.archive,
      pointers: world.models.pointers,
      catalogue: defaultCatalogue,
      limits: aLimits(),
      codeVersion: '1',
    }),
  learn: (experience) => {
    if (world.experiences.some(({ executionId }) => executionId === experience.executionId)) {
      return Promise.resolve('known');
    }
    world.experiences.push(experience);
    return Promise.resolve('learned');
  },
  publish: (events) => {
    world.announced.push(...events.map(({ detailType }) => detailType));
    return Promise.resolve();
  },
  taskQueue: () =>
    Promise.resolve({
      list: () => Promise.resolve(world.tasks),
      request: (body) => {
        const task = newTask(
          body,
          { name: 'ada', subject: 'ada', may: [] },
          at(30),
          String(world.tasks.length).padStart(8, '0'),
        );
        world.tasks.unshift(task);
        return Promise.resolve(task);
      },
    }),
  rate: (incidentId, rating) => {
    const feedback = { incidentId, person: 'ada', at: new Date(at(30)).toISOString(), ...rating };
    world.ratings.push(feedback);
    return Promise.resolve(feedback);
  },
  close: () => {
    world.closed += 1;
  },
});

export interface RunOptions {
  readonly columns?: number;
  readonly isTTY?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly dirs?: readonly string[];
  readonly input?: string;
  readonly untilInterrupted?: Io['untilInterrupted'];
}

/** Runs one command line against a world. */
export const run = (world: World, line: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  runLine(
    line,
    {
      input: options.input ?? '',
      columns: options.columns ?? 100,
      isTTY: options.isTTY ?? false,
      env: options.env ?? {},
      dirs: options.dirs ?? [process.cwd()],
      user: 'ada',
      now: () => at(30),
      untilInterrupted: options.untilInterrupted ?? (() => Promise.resolve()),
    },
    {
      kintsugi: (env, where) => {
        world.opened.push(env);
        return Promise.resolve(kintsugiOver(world, env, where));
      },
      killSwitch: (env, where) => Promise.resolve(killSwitchOver(world, env, where)),
    },
  );
