import type { Command } from 'commander';
import type { Mode } from '../../core/contracts/limits.ts';
import { ModeSchema } from '../../core/contracts/limits.ts';
import type { Context } from '../context.ts';
import { CliError } from '../system/cli-error.ts';
import type { PlaceReport } from '../../lambdas/adapters/kill-switch-places.ts';
import { atEveryPlace } from '../../lambdas/adapters/kill-switch-places.ts';
import { commandFor } from '../system/connect.ts';
import type { KillSwitch } from '../system/kill-switch.ts';
import { padEnd } from '../terminal/text.ts';
import { notAllowed } from '../terminal/words.ts';

const HELP = `
Three places, each of which stops every change by itself:
  mode parameter  read before every verdict and every action; unreadable means off
  entry           Act's concurrency is 0, and signals wait in their queue
  IAM denial      Act's role may read and record, and change nothing

An action that has begun is not cut off. Questions that wait for a person stay open; a yes does nothing while stopped.`;

const LONGEST_REASON = 500;

export const addStop = (program: Command, context: Context): void => {
  program
    .command('stop')
    .summary('stop every change, in three independent places')
    .description('Stops every change at once and says of each place whether it is closed.')
    .option('--reason <text>', 'why; kept with the mode parameter', 'no reason was given')
    .option('--json', 'print JSON')
    .addHelpText('after', `${HELP}\n\nExamples:\n  kintsugi stop --reason "it restarts too much" --env prod`)
    .action(({ reason, json }: { readonly reason: string; readonly json?: boolean }, command: Command) => {
      if (reason.length > LONGEST_REASON) {
        throw new CliError(`--reason must be at most ${LONGEST_REASON} characters; got ${reason.length}.`);
      }
      return context.withKillSwitch(command, async (killSwitch) => {
        const reports = await stop(killSwitch, `${context.io.user}: ${reason}`);
        report(reports, json === true, context, [stoppedLine(reports, killSwitch, context)]);
      });
    });
  program
    .command('resume')
    .summary('undo a stop, in all three places')
    .description('Lets Kintsugi work again, in the mode that is named.')
    .option('--mode <mode>', ModeSchema.exclude(['off']).options.join(', '), 'manual')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  kintsugi resume\n  kintsugi resume --mode auto --env prod')
    .action((options: { readonly mode: string; readonly json?: boolean }, command: Command) => {
      const mode = ModeSchema.exclude(['off']).safeParse(options.mode);
      if (!mode.success) throw new CliError(notAllowed('--mode', options.mode, ModeSchema.exclude(['off']).options));
      return context.withKillSwitch(command, async (killSwitch) => {
        const { env } = killSwitch.connection;
        const reports = await resume(killSwitch, mode.data);
        const said = reports.every(({ ok }) => ok)
          ? `Kintsugi ${env} works again, in mode ${context.colours.bold(mode.data)}.`
          : stayingLine(killSwitch, context);
        report(reports, options.json === true, context, [said]);
      });
    });
};

/** Closes every place; exported for `kintsugi mode off`, which is the same. */
export const stop = ({ places }: KillSwitch, reason: string): Promise<readonly PlaceReport[]> =>
  atEveryPlace(places, (place) => place.stop(reason));

/** Opens every place, the mode parameter last: until then one closed place keeps the others from acting. */
export const resume = async ({ places }: KillSwitch, mode: Mode): Promise<readonly PlaceReport[]> => {
  const [parameter, ...others] = places;
  const opened = await atEveryPlace(others, (place) => place.resume(mode));
  return [
    ...(parameter === undefined ? [] : await atEveryPlace([parameter], (place) => place.resume(mode))),
    ...opened,
  ];
};

/** What is closed by now, and how it is opened again. */
export const stoppedLine = (
  reports: readonly PlaceReport[],
  { connection }: KillSwitch,
  { colours }: Context,
): string => {
  const { env } = connection;
  const closed = reports.filter(({ ok }) => ok).length;
  if (closed === 0) return colours.red(`Kintsugi ${env} is NOT stopped: no place could be closed.`);
  return `Kintsugi ${env} is ${colours.bold('stopped')}, by ${closed} of ${reports.length} places; one is enough. Undo it with: ${commandFor(connection, 'resume')}`;
};

export const stayingLine = ({ connection }: KillSwitch, { colours }: Context): string =>
  colours.red(`Kintsugi ${connection.env} stays stopped where it says so.`);

/** A place that failed makes the command fail, whatever the others did: somebody has to look at it. */
const report = (
  reports: readonly PlaceReport[],
  json: boolean,
  { colours, print, printJson, finish }: Context,
  last: readonly string[],
): void => {
  if (reports.some(({ ok }) => !ok)) finish(1);
  if (json) return printJson(reports);
  print([...placeLines(reports, colours), ...last]);
};

export const placeLines = (reports: readonly PlaceReport[], colours: Context['colours']): string[] =>
  reports.map(
    ({ place, ok, detail }) => `  ${ok ? colours.green('●') : colours.red('✘')} ${padEnd(place, 15)} ${detail}`,
  );
