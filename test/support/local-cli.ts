import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import type { ExitCode, Io } from '../../cli/context.ts';
import { runCli } from '../../cli/program.ts';
import type { LocalState } from '../../cli/system/local-state.ts';
import { writeLocalState } from '../../cli/system/local-state.ts';
import type { LocalCloud } from '../../local/local-cloud.ts';

export interface Ran {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

/** The command line of a local cloud that a test started, as somebody in its folder has it. */
export interface LocalCli {
  readonly run: (...line: readonly string[]) => Promise<Ran>;
  /** Runs a command that must succeed. */
  readonly done: (...line: readonly string[]) => Promise<void>;
  /** What other commands are told of the cloud. */
  readonly announce: (changes: Partial<LocalState>) => Promise<void>;
  readonly close: () => Promise<void>;
}

const texts = (): { readonly stream: Writable; readonly text: () => string } => {
  const chunks: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk.toString('utf8'));
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
};

export const localCli = async (cloud: Pick<LocalCloud, 'endpoint' | 'outputs' | 'ecs'>): Promise<LocalCli> => {
  const dir = await mkdtemp(join(tmpdir(), 'kintsugi-cli-'));
  const state: LocalState = {
    pid: process.pid,
    env: 'dev',
    startedAt: new Date().toISOString(),
    endpoint: cloud.endpoint,
    ecsEndpoint: cloud.ecs.endpoint,
    region: cloud.ecs.region,
    control: { url: 'http://127.0.0.1:1', token: 'x'.repeat(32) },
    outputs: cloud.outputs,
  };
  await writeLocalState(dir, state);
  const run: LocalCli['run'] = async (...line) => {
    const [out, err] = [texts(), texts()];
    const stdin = new PassThrough();
    stdin.end();
    const io: Io = {
      stdin,
      stdout: Object.assign(out.stream, { columns: 200, isTTY: false }),
      stderr: err.stream,
      env: process.env,
      dirs: [dir, process.cwd()],
      user: 'ada',
      now: Date.now,
      untilInterrupted: (atMostMs) => new Promise((resolve) => setTimeout(resolve, atMostMs ?? 0)),
    };
    const code = await runCli(line, io);
    return { code, out: out.text(), err: err.text() };
  };
  return {
    announce: (changes) => writeLocalState(dir, { ...state, ...changes }),
    close: () => rm(dir, { recursive: true, force: true }),
    run,
    done: async (...line) => {
      const { code, out, err } = await run(...line);
      if (code !== 0) throw new Error(`kintsugi ${line.join(' ')} ended with ${code}: ${err}${out}`);
    },
  };
};
