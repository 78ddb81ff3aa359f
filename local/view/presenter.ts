import type { Colours } from '../../cli/terminal/colours.ts';
import { phaseTime, attemptsOf } from '../../core/explanation/timeline.ts';
import { incidentTitle, spinner } from '../../cli/terminal/incident.ts';
import { padEnd, padStart, wrap } from '../../cli/terminal/text.ts';
import { inSeconds } from '../../core/shared/units.ts';
import { finishedLines, liveLines } from './live.ts';
import { LiveScreen, type TerminalStream } from './screen.ts';
import type { CloudView, IncidentView } from './watcher.ts';
import { isClosed } from './watcher.ts';

/** Shows what happens: as a live region on a terminal, as plain lines elsewhere. */
export interface Presenter {
  /** A step of starting or stopping; stays. */
  readonly step: (line: string) => void;
  /** Lines for people; stay. */
  readonly say: (lines: readonly string[]) => void;
  readonly show: (view: CloudView) => void;
  readonly close: () => void;
}

export interface PresenterOptions {
  readonly stream: TerminalStream;
  readonly colours: Colours;
  /** Milliseconds since the start. */
  readonly elapsed: () => number;
}

const stamp = (milliseconds: number): string => padStart(inSeconds(milliseconds), 8);

const REPAINT_MS = 250;

/** On a terminal: steps and finished incidents stay above, the rest is painted over four times a second. */
export const terminalPresenter = ({ stream, colours, elapsed }: PresenterOptions): Presenter => {
  const screen = new LiveScreen(stream);
  const finished = new Set<string>();
  let view: CloudView | undefined;
  const look = () => ({ colours, width: screen.width, height: screen.height, now: Date.now() });

  const paint = (): void => {
    if (view !== undefined) screen.paint(liveLines(view, look()));
    else screen.paint([`${colours.yellow(spinner(Date.now()))} ${colours.dim(stamp(elapsed()))}  Starting ...`]);
  };
  const timer = setInterval(paint, REPAINT_MS);

  return {
    step: (line) => {
      screen.print(step(line, elapsed(), colours, screen.width));
      paint();
    },
    say: (lines) => screen.print(lines),
    show: (next) => {
      const ended = endedSince(finished, next);
      view = next;
      screen.print(ended.flatMap((one) => finishedLines(one, look())));
      paint();
    },
    close: () => {
      clearInterval(timer);
      screen.close();
    },
  };
};

/** Anywhere else: one line per step, one per phase, and the account of each incident. */
export const plainPresenter = ({ stream, colours, elapsed }: PresenterOptions): Presenter => {
  const WIDTH = 120;
  const printed = new Set<string>();
  const finished = new Set<string>();
  const write = (lines: readonly string[]): void => {
    for (const line of lines) stream.write(`${line}\n`);
  };
  const phases = ({ incident, records }: IncidentView): string[] =>
    attemptsOf(records).flatMap(({ attempt, phases: all }) =>
      all.flatMap((phase) => {
        const key = `${incident.incidentId}/${attempt}/${phase.name}/${phase.state}`;
        const isNews = phase.state === 'done' || phase.state === 'failed' || phase.state === 'waiting_for_person';
        if (!isNews || printed.has(key)) return [];
        printed.add(key);
        const took = padStart(phaseTime(phase, Date.now()), 7);
        return [`${stamp(elapsed())}  ${incident.incidentId}  ${padEnd(phase.name, 8)} ${took}  ${phase.fact}`];
      }),
    );
  return {
    step: (line) => write(step(line, elapsed(), colours, Infinity)),
    say: write,
    show: (view) => {
      write(view.incidents.toReversed().flatMap(phases));
      for (const one of endedSince(finished, view)) {
        const look = { colours, width: WIDTH, now: Date.now() };
        write([
          incidentTitle(one.incident, look),
          ...wrap(one.incident.explanation ?? '', WIDTH - 2).map((l) => `  ${l}`),
        ]);
      }
    },
    close: () => undefined,
  };
};

const step = (line: string, elapsedMs: number, colours: Colours, width: number): string[] => {
  const [first = '', ...rest] = line
    .split('\n')
    .flatMap((part) => (width === Infinity ? [part] : wrap(part, width - 12)));
  return [`${colours.dim(stamp(elapsedMs))}  ${first}`, ...rest.map((part) => `${' '.repeat(10)}${part}`)];
};

/** Incidents that are over and were not when we looked last, the oldest first. */
const endedSince = (known: Set<string>, view: CloudView): readonly IncidentView[] =>
  view.incidents
    .filter((one) => isClosed(one) && !known.has(one.incident.incidentId))
    .toReversed()
    .map((one) => {
      known.add(one.incident.incidentId);
      return one;
    });
