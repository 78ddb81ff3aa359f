import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import {
  AnomalyDetector,
  type Observation,
  REPORT_THRESHOLD,
  type Sample,
} from '../core/detection/anomaly-detector.ts';
import type { Availability } from '../core/detection/availability.ts';
import { toIssueScore } from '../core/detection/issue-score.ts';
import { InvalidInputError } from '../core/shared/errors.ts';
import { epochMs } from '../core/shared/units.ts';
import { fileTrouble, mustBeWritable } from './system/files.ts';

export interface DetectOptions {
  /** Print the shipped threshold and end. */
  readonly threshold?: boolean | undefined;
  /** Score the lines of standard input. */
  readonly stdin?: boolean | undefined;
  /** File to restore the detector from, if it exists, and to save it to. */
  readonly state?: string | undefined;
  /** Follow each score with a tab and a JSON object that gives the reason. */
  readonly explain?: boolean | undefined;
}

export interface DetectStreams {
  readonly input: Readable;
  readonly output: Writable;
  readonly errors: Writable;
}

const LINE = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}),\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*$/;

const parseLine = (line: string, lineNumber: number): Sample & { readonly value: number } => {
  const [, day, time, number] = LINE.exec(line) ?? [];
  const iso = `${day}T${time}.000Z`;
  const at = Date.parse(iso);
  const value = Number(number);
  // the round trip refuses days that do not exist, which Date.parse moves to the next month
  if (number === undefined || !Number.isFinite(value) || Number.isNaN(at) || new Date(at).toISOString() !== iso) {
    throw new InvalidInputError(
      `line ${lineNumber}: expected 'YYYY-MM-DD HH:MM:SS,<finite number>', got '${line.slice(0, 200)}'`,
    );
  }
  return { at: epochMs(at), value };
};

const loadDetector = (path: string | undefined): AnomalyDetector => {
  if (path === undefined || !existsSync(path)) return new AnomalyDetector();
  try {
    return AnomalyDetector.restore(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidInputError(`--state '${path}' is not a saved detector: ${reason}`, { cause: error });
  }
};

/** Replaces the file in one step: a reader or a crash never sees half a state. */
const saveDetector = (detector: AnomalyDetector, path: string | undefined): void => {
  if (path === undefined) return;
  try {
    writeFileSync(`${path}.new`, JSON.stringify(detector.save()));
    renameSync(`${path}.new`, path);
  } catch (cause) {
    throw new InvalidInputError(`--state '${path}' cannot be written: ${fileTrouble(cause)}`, { cause });
  }
};

/** `gap` says that samples were missing before this one. */
const explanation = (observation: Observation, before: Availability): string =>
  JSON.stringify({
    state: observation.state,
    ...(observation.state === 'learning' ? { samplesToGo: observation.samplesToGo } : {}),
    issueScore: toIssueScore(observation.score),
    gap: before.state === 'missing' ? before : null,
    reason: observation.state === 'scored' ? observation.reason : null,
  });

/** Lines of a stream by arrival: all that are complete, then the rest without line end. */
async function* batchesOfLines(input: Readable): AsyncGenerator<readonly string[]> {
  let rest = '';
  input.setEncoding('utf8');
  for await (const chunk of input) {
    const lines = `${rest}${String(chunk)}`.split('\n');
    rest = lines.pop() ?? '';
    yield lines;
  }
  if (rest !== '') yield [rest];
}

/**
 * Answers each line `YYYY-MM-DD HH:MM:SS,value` (UTC) at once with one number in [0, 1].
 *
 * Stops at the first malformed line, because answers after it would no longer stand beside their lines: says which line
 * and what it was on `errors`. The state is saved after every batch of lines that arrived together, and when it stops.
 *
 * @returns the exit code: 0, or 1 after an error
 */
export const runDetect = async (options: DetectOptions, { input, output, errors }: DetectStreams): Promise<0 | 1> => {
  if (options.threshold === true) {
    output.write(`${REPORT_THRESHOLD}\n`);
    return 0;
  }
  if (options.stdin !== true) {
    errors.write('detect: nothing to do; pass --stdin to score lines, or --threshold to print the threshold\n');
    return 1;
  }
  try {
    if (options.state !== undefined) await mustBeWritable(options.state, `--state '${options.state}'`);
    await answerLines(loadDetector(options.state), options, { input, output });
    return 0;
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    errors.write(`detect: ${error.message}\n`);
    return 1;
  }
};

const answerLines = async (
  detector: AnomalyDetector,
  { state, explain }: DetectOptions,
  { input, output }: Omit<DetectStreams, 'errors'>,
): Promise<void> => {
  let lineNumber = 0;
  for await (const lines of batchesOfLines(input)) {
    try {
      for (const line of lines) {
        lineNumber += 1;
        const sample = parseLine(line.replace(/\r$/, ''), lineNumber);
        const before = explain === true ? detector.availability(sample.at) : undefined;
        const observation = detector.observe(sample);
        const suffix = before === undefined ? '' : `\t${explanation(observation, before)}`;
        if (!output.write(`${observation.score}${suffix}\n`)) await once(output, 'drain');
      }
    } finally {
      saveDetector(detector, state);
    }
  }
};
