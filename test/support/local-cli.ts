import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalState } from '../../cli/system/local-state.ts';
import { writeLocalState } from '../../cli/system/local-state.ts';
import type { LocalCloud } from '../../local/local-cloud.ts';
import { localStateOf } from '../../local/local-state.ts';
import { runLine, type Ran } from './run-line.ts';

/** The command line of a local cloud that a test started, as somebody in its folder has it. */
export interface LocalCli {
  readonly run: (...line: readonly string[]) => Promise<Ran>;
  /** Runs a command that must succeed. */
  readonly done: (...line: readonly string[]) => Promise<void>;
  /** What other commands are told of the cloud. */
  readonly announce: (changes: Partial<LocalState>) => Promise<void>;
  readonly close: () => Promise<void>;
}

export const localCli = async (cloud: Pick<LocalCloud, 'endpoint' | 'outputs' | 'ecs'>): Promise<LocalCli> => {
  const dir = await mkdtemp(join(tmpdir(), 'kintsugi-cli-'));
  const state = localStateOf(cloud, { url: 'http://127.0.0.1:1', token: 'x'.repeat(32) });
  await writeLocalState(dir, state);
  const run: LocalCli['run'] = (...line) =>
    runLine(line, {
      input: '',
      columns: 200,
      isTTY: false,
      env: process.env,
      dirs: [dir, process.cwd()],
      user: 'ada',
      now: Date.now,
      untilInterrupted: (atMostMs) => new Promise((resolve) => setTimeout(resolve, atMostMs ?? 0)),
    });
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
