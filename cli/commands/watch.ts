import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { terminalPresenter } from '../../local/view/presenter.ts';
import type { CloudView } from '../../local/view/watcher.ts';
import { startWatcher } from '../../local/view/watcher.ts';
import type { Context } from '../context.ts';
import type { Kintsugi } from '../system/kintsugi.ts';
import type { IncidentEvent } from '../terminal/incident-events.ts';
import { eventKey, incidentEvents } from '../terminal/incident-events.ts';
import { padEnd } from '../terminal/text.ts';

interface Options {
  readonly for?: number;
  readonly json?: boolean;
}

const HELP = `
On a terminal: the open incidents with their phases, painted over; what has ended stays above. Elsewhere, and with --json:
one line for each event, beginning with those of the incidents that are open. It ends with Ctrl-C, or after --for.

Examples:
  kintsugi watch
  kintsugi watch --env prod --json | jq -r 'select(.event == "ended") | .fact'
  kintsugi watch --for 60 > last-minute.log`;

/** A look costs four reads: at a local cloud nobody minds one a second. */
const EVERY_MS = { local: 1_000, aws: 2_000 } as const;

const secondsOf = (text: string): number => {
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new InvalidArgumentError('It must be a number of seconds above 0.');
};

export const addWatch = (program: Command, context: Context): void => {
  program
    .command('watch')
    .summary('follow incidents live, phase by phase')
    .description('Shows incidents as they are opened, healed and closed.')
    .option('--for <seconds>', 'end after so long', secondsOf)
    .option('--json', 'print one JSON object per event')
    .addHelpText('after', HELP)
    .action((options: Options, command: Command) =>
      context.withKintsugi(command, (kintsugi) => watch(kintsugi, options, context)),
    );
};

const watch = async (kintsugi: Kintsugi, options: Options, context: Context): Promise<void> => {
  const { io, colours } = context;
  const startedAt = io.now();
  const presenter =
    io.stdout.isTTY === true && options.json !== true
      ? terminalPresenter({ stream: io.stdout, colours, elapsed: () => io.now() - startedAt })
      : null;
  const show = presenter?.show ?? eventPrinter(options, context);
  const said = new Set<string>();
  const stop = startWatcher({
    kintsugi,
    everyMs: kintsugi.connection.local === null ? EVERY_MS.aws : EVERY_MS.local,
    onView: (view) => show(sinceStart(view, startedAt)),
    onError: (error) => {
      const text = error instanceof Error ? error.message : String(error);
      if (!said.has(text)) io.stderr.write(`${colours.red('kintsugi:')} ${text}\n`);
      said.add(text);
    },
  });
  try {
    await io.untilInterrupted(options.for === undefined ? null : 1_000 * options.for);
  } finally {
    stop();
    presenter?.close();
  }
};

/** What was over before somebody looked is no news. */
const sinceStart = (view: CloudView, startedAt: number): CloudView => ({
  ...view,
  incidents: view.incidents.filter(
    ({ incident: { closedAt } }) => closedAt === null || Date.parse(closedAt) >= startedAt,
  ),
});

/** Prints each event once, in the order in which it happened. */
const eventPrinter = ({ json }: Options, { io, colours }: Context) => {
  const printed = new Set<string>();
  return ({ incidents }: CloudView): void => {
    const news = incidents
      .flatMap(({ incident, records }) => incidentEvents(incident, records))
      .filter((event) => !printed.has(eventKey(event)))
      .sort((a, b) => a.at.localeCompare(b.at));
    for (const event of news) {
      printed.add(eventKey(event));
      io.stdout.write(`${json === true ? JSON.stringify(event) : line(event, colours)}\n`);
    }
  };
};

const line = (
  { at, incidentId, workloadId, event, phase, state, fact }: IncidentEvent,
  { dim, bold }: Context['colours'],
): string => {
  const what = event === 'phase' ? (phase ?? '') : event === 'ended' ? state : event;
  const waits = state === 'waiting_for_person' ? `asks a person: ${fact}` : fact;
  return `${dim(at)}  ${incidentId}  ${bold(padEnd(what, 9))}  ${event === 'opened' ? `${workloadId}: ${waits}` : waits}`;
};
