import { PassThrough, Writable } from 'node:stream';
import type { ExitCode, Io } from '../../cli/context.ts';
import { runCli } from '../../cli/program.ts';

/** What one command line did, as seen from outside. */
export interface Ran {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

/** The terminal and the clock that a command line sees; the input is read to its end. */
export interface Seat extends Omit<Io, 'stdin' | 'stdout' | 'stderr'> {
  readonly input: string;
  readonly columns: number;
  readonly isTTY: boolean;
}

const collector = (): { readonly stream: Writable; readonly text: () => string } => {
  const chunks: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk.toString('utf8'));
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
};

export const runLine = async (
  line: readonly string[],
  { input, columns, isTTY, ...rest }: Seat,
  open?: Parameters<typeof runCli>[2],
): Promise<Ran> => {
  const [out, err] = [collector(), collector()];
  const stdin = new PassThrough();
  stdin.end(input);
  const stdout = Object.assign(out.stream, { columns, isTTY });
  const code = await runCli(line, { ...rest, stdin, stdout, stderr: err.stream }, open);
  return { code, out: out.text(), err: err.text() };
};
