import type { Readable, Writable } from 'node:stream';
import type { Command } from 'commander';
import type { EnvironmentName } from '../core/contracts/workload.ts';
import { EnvironmentNameSchema } from '../core/contracts/workload.ts';
import type { Account } from './system/connect.ts';
import { connectAws, connectLocal, inAws, locally } from './system/connect.ts';
import { CliError } from './system/cli-error.ts';
import type { KillSwitch } from './system/kill-switch.ts';
import { openKillSwitch } from './system/kill-switch.ts';
import type { Kintsugi } from './system/kintsugi.ts';
import { openKintsugi } from './system/kintsugi.ts';
import type { LocalState } from './system/local-state.ts';
import { findLocalState } from './system/local-state.ts';
import type { Colours } from './terminal/colours.ts';
import type { Look } from './terminal/incident.ts';
import { notAllowed } from './terminal/words.ts';

/** The process around the CLI: what a test replaces. */
export interface Io {
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly columns?: number; readonly isTTY?: boolean };
  readonly stderr: Writable;
  readonly env: NodeJS.ProcessEnv;
  /** Folders from which a local cloud is looked for, upwards: the current one, then the project's own, the last. */
  readonly dirs: readonly string[];
  /** Who answers a question. */
  readonly user: string;
  readonly now: () => number;
  /** Waits until somebody wants the command to end, or so many milliseconds. */
  readonly untilInterrupted: (atMostMs: number | null) => Promise<void>;
}

/** 0: done. 1: an error. 2: a check found something wrong. */
export type ExitCode = 0 | 1 | 2;

/** Where an environment is looked for. */
export interface Where extends Account {
  /** In AWS, also while a local cloud runs. A profile or a region means the same. */
  readonly aws: boolean;
}

/** What the options of a command line say about the environment that is meant. */
export interface Target {
  readonly env: EnvironmentName;
  readonly where: Where;
}

/** Finds and opens an environment's Kintsugi: the whole of it, or only what stops it. */
export interface Open {
  readonly kintsugi: (env: EnvironmentName, where: Where) => Promise<Kintsugi>;
  readonly killSwitch: (env: EnvironmentName, where: Where) => Promise<KillSwitch>;
}

/** What every command works with. */
export interface Context {
  readonly io: Io;
  readonly colours: Colours;
  readonly look: () => Look;
  readonly print: (lines: readonly string[]) => void;
  readonly printJson: (value: unknown) => void;
  /** Runs with the environment that the options name, and lets go of it afterwards. */
  readonly withKintsugi: <T>(command: Command, use: (kintsugi: Kintsugi) => Promise<T>) => Promise<T>;
  /** The same with what stops and resumes it, which takes less of an account's permissions. */
  readonly withKillSwitch: <T>(command: Command, use: (killSwitch: KillSwitch) => Promise<T>) => Promise<T>;
  /** Opens another environment of the same account in AWS, for what goes from one to the next; the caller closes it. */
  readonly open: (env: EnvironmentName, beside: Kintsugi) => Promise<Kintsugi>;
  readonly targetOf: (command: Command) => Target;
  readonly finish: (code: ExitCode) => void;
}

const DEFAULT_WIDTH = 100;

export const contextOf = (io: Io, colours: Colours, open: Open, finish: (code: ExitCode) => void): Context => ({
  io,
  colours,
  look: () => ({ colours, width: Math.max(60, io.stdout.columns ?? DEFAULT_WIDTH), now: io.now() }),
  print: (lines) => io.stdout.write(lines.map((line) => `${line}\n`).join('')),
  printJson: (value) => io.stdout.write(`${JSON.stringify(value, null, 2)}\n`),
  withKintsugi: (command, use) => using(command, open.kintsugi, use),
  withKillSwitch: (command, use) => using(command, open.killSwitch, use),
  open: (env, { connection: { config } }) => open.kintsugi(env, { aws: true, ...accountOf(config) }),
  targetOf,
  finish,
});

const using = async <Opened extends { readonly close: () => void }, T>(
  command: Command,
  open: (env: EnvironmentName, where: Where) => Promise<Opened>,
  use: (opened: Opened) => Promise<T>,
): Promise<T> => {
  const { env, where } = targetOf(command);
  const opened = await open(env, where);
  try {
    return await use(opened);
  } finally {
    opened.close();
  }
};

interface GlobalOptions {
  readonly env?: string;
  readonly aws?: boolean;
  readonly profile?: string;
  readonly region?: string;
}

const targetOf = (command: Command): Target => {
  const { env = 'dev', aws = false, profile, region } = command.optsWithGlobals<GlobalOptions>();
  const name = EnvironmentNameSchema.safeParse(env);
  if (!name.success) throw new CliError(notAllowed('--env', env, EnvironmentNameSchema.options));
  const account = accountOf({ profile, region });
  return { env: name.data, where: { aws: aws || Object.keys(account).length > 0, ...account } };
};

const accountOf = ({ profile, region }: { readonly [K in keyof Account]: Account[K] | undefined }): Account => ({
  ...(profile === undefined ? {} : { profile }),
  ...(region === undefined ? {} : { region }),
});

/** The local cloud when it runs and dev is meant; else the environment that is deployed in the user's AWS account. */
export const openIn = ({ dirs }: Pick<Io, 'dirs'>): Open => {
  const localOf = (env: EnvironmentName, { aws }: Where): Promise<LocalState | null> =>
    env === 'dev' && !aws ? findLocalState(dirs) : Promise.resolve(null);
  return {
    kintsugi: async (env, where) => {
      const local = await localOf(env, where);
      return openKintsugi(local === null ? await connectAws(env, accountOf(where)) : connectLocal(local));
    },
    killSwitch: async (env, where) => {
      const local = await localOf(env, where);
      return openKillSwitch(local === null ? inAws(env, accountOf(where)) : locally(local));
    },
  };
};
