import type { Command } from 'commander';
import type { Mode } from '../../core/contracts/limits.ts';
import { ModeSchema } from '../../core/contracts/limits.ts';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import type { Context } from '../context.ts';
import { CliError } from '../system/cli-error.ts';
import type { PlaceReport } from '../../lambdas/adapters/kill-switch-places.ts';
import type { KillSwitch } from '../system/kill-switch.ts';
import { modeWord, notAllowed } from '../terminal/words.ts';
import { placeLines, resume, stayingLine, stop, stoppedLine } from './stop.ts';

const MEANING = {
  auto: 'acts by itself, within its guards',
  manual: 'asks a person before each action',
  shadow: 'decides and records, does nothing',
  off: 'does nothing',
} as const;

const HELP = `
Modes:
${ModeSchema.options.map((mode) => `  ${mode.padEnd(7)} ${MEANING[mode]}`).join('\n')}

It is the SSM parameter /kintsugi/<env>/mode, read anew before every action; unreadable means off. Off is what
'kintsugi stop' does, in all three places; any other mode lets go of what was stopped.

Examples:
  kintsugi mode
  kintsugi mode manual
  kintsugi mode off --env prod`;

export const addMode = (program: Command, context: Context): void => {
  program
    .command('mode')
    .summary('show or set what Kintsugi may do')
    .description('Shows the mode of an environment, or sets it. It holds from the next decision on.')
    .argument('[mode]', ModeSchema.options.join(', '))
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action((wanted: string | undefined, options: { readonly json?: boolean }, command: Command) => {
      const mode = wanted === undefined ? null : ModeSchema.safeParse(wanted);
      if (mode?.success === false) throw new CliError(notAllowed('mode', wanted ?? '', ModeSchema.options));
      return context.withKillSwitch(command, async (killSwitch) => {
        const { env } = killSwitch.connection;
        const before = await killSwitch.mode();
        const places = mode === null ? [] : await setMode(killSwitch, mode.data, context);
        // What was asked for is not yet what is: a place may have refused.
        const now = mode === null ? before : await killSwitch.mode();
        const isSet = mode === null || (places.every(({ ok }) => ok) && [mode.data, 'unknown'].includes(modeWord(now)));
        const why = mode === null || !isSet || now.unread === true;
        if (!isSet) context.finish(1);
        if (options.json === true) {
          return context.printJson({
            env,
            mode: modeWord(now),
            ...(why ? { reason: now.reason } : {}),
            ...(mode === null ? {} : { before: modeWord(before) }),
            ...(places.length === 0 ? {} : { places }),
          });
        }
        context.print([
          ...placeLines(places, context.colours),
          ...(isSet ? [] : [trouble(mode.data, places, killSwitch, context)]),
          modeLine(env, before, now, context),
          ...(why ? [context.colours.dim(`  ${now.reason}`)] : []),
        ]);
      });
    });
};

type Read = Awaited<ReturnType<KillSwitch['mode']>>;

const modeLine = (env: EnvironmentName, before: Read, now: Read, { colours }: Context): string => {
  const word = modeWord(now);
  const was = modeWord(before) === word ? '' : ` (was ${modeWord(before)})`;
  return word === 'unknown'
    ? `The mode of Kintsugi ${env} is not known${was}.`
    : `Kintsugi ${env} is in mode ${colours.bold(word)}${was}: it ${MEANING[word]}.`;
};

/** Something is not as it was asked for: what that means. */
const trouble = (wanted: Mode, places: readonly PlaceReport[], killSwitch: KillSwitch, context: Context): string => {
  if (wanted === 'off') return stoppedLine(places, killSwitch, context);
  const { env } = killSwitch.connection;
  return places.some(({ ok }) => !ok)
    ? stayingLine(killSwitch, context)
    : context.colours.red(`Kintsugi ${env}: mode ${wanted} was written, and is not what is read back.`);
};

/** Off closes every place; any other mode opens those that are closed, and then is the mode. */
const setMode = async (killSwitch: KillSwitch, mode: Mode, { io }: Context): Promise<readonly PlaceReport[]> => {
  if (mode === 'off') return stop(killSwitch, `${io.user}: kintsugi mode off`);
  const [, ...others] = killSwitch.places;
  const closed = await Promise.all(others.map((place) => place.isStopped()));
  if (closed.includes(true)) return resume(killSwitch, mode);
  await killSwitch.setMode(mode);
  return [];
};
