import type { Command } from 'commander';
import { loadIncident, RECORDED_ROW_SECONDS } from '../../local/replay/petshop.ts';
import type { Replayed } from '../../local/replay/replay.ts';
import { replayIncident } from '../../local/replay/replay.ts';
import type { Context } from '../context.ts';
import { CliError } from '../system/cli-error.ts';
import { hang } from '../terminal/text.ts';

interface Options {
  readonly issue: string;
  readonly speed: string;
  readonly detection?: boolean;
  readonly json?: boolean;
}

const HELP = `
The recording's graph is registered as workloads that nothing may be done to; its metrics go into CloudWatch, an alarm
fires, and the loop names the cause and hands over to a person. The label of the recording is only compared with it.

Examples:
  kintsugi replay ../shared/data/petshop/low_traffic.json --issue 0
  kintsugi replay ../shared/data/petshop/low_traffic.json --issue 4 --speed 150`;

/** Incidents to look for the replay's in. */
const RECENT = 50;

export const addReplay = (program: Command, context: Context): void => {
  program
    .command('replay')
    .summary('play a recorded incident into the local cloud')
    .description(
      'Plays a recorded incident (PetShop) into the running local cloud, and shows which cause the loop names.',
    )
    .argument('<file>', 'a scenario of the PetShop data as JSON')
    .requiredOption('--issue <number>', 'which incident of the file, from 0 on')
    .option(
      '--speed <factor>',
      `how much faster than recorded; rows of ${RECORDED_ROW_SECONDS} s become whole seconds`,
      '60',
    )
    .option('--detection', 'let the detector look at the metrics as well, after each row')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (file: string, options: Options, command: Command) => {
      const number = wholeNumber('--issue', options.issue);
      const speed = wholeNumber('--speed', options.speed);
      const rowSeconds = RECORDED_ROW_SECONDS / speed;
      if (!Number.isInteger(rowSeconds)) {
        throw new CliError(
          `--speed ${speed} is not allowed: ${RECORDED_ROW_SECONDS} divided by it must be whole seconds (30, 60, 100, 150, 300).`,
        );
      }
      const incident = await loadIncident(file, number);
      await context.withKintsugi(command, async (kintsugi) => {
        const { local, tables } = kintsugi.connection;
        if (local === null) {
          throw new CliError(
            'no local cloud is running, and only there incidents are replayed. Start it with: npm start',
          );
        }
        const replayed = await replayIncident({
          incident,
          number,
          rowSeconds,
          aws: { endpoint: local.endpoint, region: local.region, ...kintsugi.connection.config },
          workloadsTable: tables.workloads,
          incidents: () => kintsugi.incidents(undefined, RECENT),
          journal: kintsugi.journal,
          detection: options.detection === true,
          onProgress: (line) => context.io.stderr.write(`${line}\n`),
        });
        if (options.json === true) return context.printJson(replayed);
        context.print(account(replayed, incident.injected, context));
      });
    });
};

const wholeNumber = (option: string, text: string): number => {
  if (!/^\d{1,6}$/.test(text) || (option === '--speed' && Number(text) === 0)) {
    throw new CliError(
      `${option} ${text} is not allowed: it must be a whole number${option === '--speed' ? ' from 1 on' : ''}.`,
    );
  }
  return Number(text);
};

const account = (replayed: Replayed, injected: string, { colours, look }: Context): string[] => {
  const { incident, namedRoot, labelledRoot, opened, diagnosis, signals, seconds } = replayed;
  const isRight = namedRoot === labelledRoot;
  const heard = Object.entries(signals)
    .map(([source, count]) => `${source} (${count})`)
    .join(', ');
  const reason = diagnosis?.answer === 'causes' ? diagnosis.causes[0]?.reason : diagnosis?.reason;
  return [
    `${colours.bold('Root named')}  ${isRight ? colours.green('yes') : colours.red('no')}, in ${incident.incidentId}`,
    `${colours.bold('Incident')}  ${incident.status} ${seconds.toFixed(0)} s after its first row; ${opened} opened; heard from ${heard}`,
    `${colours.bold('Named')}     ${isRight ? colours.green(namedRoot) : colours.red(namedRoot)}`,
    `${colours.bold('Recorded')}  ${labelledRoot}, by: ${injected}`,
    ...hang(`${colours.bold('Because')}   `, reason ?? 'no diagnosis was made', look().width),
  ];
};
