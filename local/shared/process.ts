import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface CommandOptions {
  readonly cwd?: string;
  /** The whole environment of the child; nothing is inherited that is not in it. Default: this process's own. */
  readonly env?: NodeJS.ProcessEnv;
  /** Called with every line of standard output and standard error, without the line end. */
  readonly onLine?: (line: string) => void;
  readonly timeoutMs?: number;
  /** Ends the command early, with its children. */
  readonly signal?: AbortSignal;
}

export interface CommandResult {
  /** Standard output, complete. */
  readonly stdout: string;
  readonly durationMs: number;
}

/** A command that ended with a status other than 0, was ended, or could not be started. `tail` is the end of what it said. */
export class CommandFailedError extends Error {
  override readonly name = 'CommandFailedError';
  readonly command: string;
  readonly tail: readonly string[];

  constructor(command: string, reason: string, tail: readonly string[]) {
    super([`\`${command}\` ${reason}`, ...tail].join('\n  '));
    this.command = command;
    this.tail = tail;
  }
}

const TAIL_LINES = 40;

/** Keeps the last lines of a stream of lines, for the message of an error. */
const tailOf = (limit: number) => {
  const lines: string[] = [];
  return {
    lines,
    add: (line: string): void => {
      if (line.trim() !== '') lines.push(line);
      if (lines.length > limit) lines.shift();
    },
  };
};

/**
 * Runs a command to its end and returns what it printed.
 *
 * The command leads a process group of its own, so that ending it ends its children too, and Ctrl-C in the terminal
 * reaches us alone.
 *
 * @throws CommandFailedError when it cannot be started, does not end with status 0, times out or is aborted
 */
export const runCommand = async (
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> => {
  const startedAt = performance.now();
  const tail = tailOf(TAIL_LINES);
  const stdout: string[] = [];
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const removeExitHook = endWithUs(child);
  const readers = [child.stdout, child.stderr].map(async (stream) => {
    for await (const line of createInterface({ input: stream })) {
      if (stream === child.stdout) stdout.push(line);
      tail.add(line);
      options.onLine?.(line);
    }
  });
  try {
    const reason = await waitForEnd(child, options);
    await Promise.all(readers);
    if (reason !== undefined) throw new CommandFailedError([command, ...args].join(' '), reason, tail.lines);
    return { stdout: stdout.join('\n'), durationMs: performance.now() - startedAt };
  } finally {
    removeExitHook();
  }
};

/** Resolves when the child has ended: with nothing after status 0, with the reason otherwise. */
const waitForEnd = (child: ChildProcess, options: CommandOptions): Promise<string | undefined> =>
  new Promise((resolve) => {
    let ended: string | undefined;
    const endEarly = (reason: string) => (): void => {
      ended = reason;
      void stopProcessGroup(child, 5_000);
    };
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(endEarly(`did not end within ${options.timeoutMs} ms`), options.timeoutMs);
    const onAbort = endEarly('was stopped');
    options.signal?.addEventListener('abort', onAbort, { once: true });
    if (options.signal?.aborted === true) onAbort();
    const finish = (reason: string | undefined): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
      resolve(ended ?? reason);
    };
    child.once('error', (error) => finish(`could not be started: ${error.message}`));
    child.once('exit', (status, signal) =>
      finish(status === 0 ? undefined : `ended with ${signal ?? `status ${String(status)}`}`),
    );
  });

/** Kills the child's group if this process exits first. Returns a function that takes the hook away. */
export const endWithUs = (child: ChildProcess): (() => void) => {
  const kill = (): void => signalGroup(child, 'SIGKILL');
  process.once('exit', kill);
  return () => process.removeListener('exit', kill);
};

/**
 * Ends a child that was started with `detached: true`, and everything that it started: asks first, then kills.
 *
 * @param graceMs - how long it may take to end by itself
 */
export const stopProcessGroup = async (child: ChildProcess, graceMs: number): Promise<void> => {
  if (hasEnded(child)) {
    signalGroup(child, 'SIGKILL'); // children that outlived their leader
    return;
  }
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  signalGroup(child, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs);
  await ended;
  clearTimeout(timer);
  signalGroup(child, 'SIGKILL');
};

/** Whether the child is gone, or never was. */
export const hasEnded = (child: ChildProcess): boolean =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

const signalGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already, which is what was wanted.
  }
};
