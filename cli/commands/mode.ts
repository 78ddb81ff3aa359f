import type { Command } from 'commander';
import type { Mode } from '../../core/contracts/limits.ts';
import { ModeSchema } from '../../core/contracts/limits.ts';
import type { Context } from '../context.ts';
import { CliError } from '../system/cli-error.ts';
import type { PlaceReport } from '../../lambdas/adapters/kill-switch-places.ts';
import type { KillSwitch } from '../system/kill-switch.ts';
import { notAllowed } from '../terminal/words.ts';
import { placeLines, resume, stop } from './stop.ts';

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
        const before = await killSwitch.mode();
        const places = mode === null ? [] : await setMode(killSwitch, mode.data, context);
        if (places.some(({ ok }) => !ok)) context.finish(1);
        const after = mode?.data ?? before.mode;
        const { env } = killSwitch.connection;
        if (options.json === true) {
          return context.printJson({
            env,
            mode: after,
            ...(mode === null ? { reason: before.reason } : { before: before.mode }),
            ...(places.length === 0 ? {} : { places }),
          });
        }
        const was = mode === null || before.mode === after ? '' : ` (was ${before.mode})`;
        context.print([
          ...placeLines(places, context.colours),
          `Kintsugi ${env} is in mode ${context.colours.bold(after)}${was}: it ${MEANING[after]}.`,
          ...(mode === null ? [context.colours.dim(`  ${before.reason}`)] : []),
        ]);
      });
    });
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
