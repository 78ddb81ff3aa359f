import type { Command } from 'commander';
import { faultNames, faults } from '../../local/faults/faults.ts';
import type { Context } from '../context.ts';
import { CliError } from '../system/cli-error.ts';
import { breakLocally, clearLocally } from '../system/control-client.ts';
import { findLocalState } from '../system/local-state.ts';
import { hang, padEnd } from '../terminal/text.ts';
import { notAllowed } from '../terminal/words.ts';

interface Options {
  readonly list?: boolean;
  readonly clear?: boolean;
  readonly json?: boolean;
}

const HELP = `
A fault is real: processes crash, leak, hang or are released broken, and requests of the demo shop really
fail. A control looks like a fault and must be left alone.

Examples:
  kintsugi break --list
  kintsugi break memory-leak
  kintsugi break hang payments
  kintsugi break --clear`;

export const addBreak = (program: Command, context: Context): void => {
  program
    .command('break')
    .summary('break something in the local demo shop, for real')
    .description('Breaks something in the demo shop of the running local cloud, and lets Kintsugi heal it.')
    .argument('[fault]', 'what to break; --list shows them')
    .argument('[service]', 'where; each fault has a default')
    .option('--list', 'show every fault and control with what really happens')
    .option('--clear', 'take away what was broken, without waiting for Kintsugi')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (fault: string | undefined, service: string | undefined, options: Options) => {
      if (options.list === true) return list(context, options);
      if (options.clear !== true && fault === undefined) {
        throw new CliError('say what to break; kintsugi break --list shows what there is.');
      }
      if (fault !== undefined) check(fault, service);
      const local = await findLocalState(context.io.dirs);
      if (local === null) {
        throw new CliError('no local cloud is running, and only there things can be broken. Start it with: npm start');
      }
      const broken = fault === undefined ? [] : [await breakLocally(local, fault, service ?? null)];
      const changed = fault === undefined ? await clearLocally(local) : broken;
      if (options.json === true) return context.printJson(fault === undefined ? { cleared: changed } : changed[0]);
      if (fault === undefined) {
        const what = changed.map((one) => `${one.fault} on ${one.service}`).join(', ');
        return context.print([what === '' ? 'Nothing was broken.' : `Taken away: ${what}.`]);
      }
      context.print(broken.flatMap((one) => injected(one.fault, one.service, one.happens, one.kind, context)));
    });
};

/** Refuses what the local cloud would refuse, also when none runs: a typing mistake is not about the cloud. */
const check = (fault: string, service: string | undefined): void => {
  const known = faultNames.find((name) => name === fault);
  if (known === undefined) throw new CliError(notAllowed('fault', fault, faultNames));
  const { services } = faults[known];
  if (service !== undefined && !services.some((role) => role === service)) {
    throw new CliError(notAllowed(`service for ${known}`, service, services));
  }
};

const injected = (
  fault: string,
  service: string,
  happens: string,
  kind: string,
  { colours, look }: Context,
): string[] => [
  `${colours.red('Broken')}: ${colours.bold(fault)} on ${colours.bold(service)}`,
  ...hang('  ', happens, look().width),
  kind === 'fault'
    ? `  Watch it in the terminal of npm start, or with: kintsugi status`
    : `  This is a control: the right thing is to leave it alone.`,
];

const list = (context: Context, { json }: Options): void => {
  const all = faultNames.map((name) => ({ name, ...faults[name] }));
  if (json === true) {
    return context.printJson(
      all.map(({ name, kind, title, happens, defaultService, services, curedBy }) => ({
        name,
        kind,
        title,
        happens,
        defaultService,
        services,
        curedBy,
      })),
    );
  }
  const { colours, look } = context;
  const widest = Math.max(...faultNames.map((name) => name.length));
  const section = (kind: 'fault' | 'control', title: string): string[] => [
    colours.bold(title),
    ...all
      .filter((fault) => fault.kind === kind)
      .flatMap(({ name, happens, defaultService, services }) => [
        ...hang(`  ${colours.cyan(padEnd(name, widest))}  `, happens, Math.min(look().width, 110)),
        `  ${' '.repeat(widest)}  ${colours.dim(
          `on ${services.map((service) => (service === defaultService ? `${service} (default)` : service)).join(', ')}`,
        )}`,
      ]),
    '',
  ];
  context.print([
    ...section('fault', 'Faults: Kintsugi should heal them'),
    ...section('control', 'Controls: Kintsugi should leave them alone'),
    `Break one with: kintsugi break <fault> [service]`,
  ]);
};
