import type { Command } from 'commander';
import { CliError } from '../system/cli-error.ts';
import { closest } from '../terminal/words.ts';

/** `kintsugi help proof verify` prints what `kintsugi proof verify --help` does. */
export const addHelp = (program: Command): void => {
  program
    .helpCommand(false)
    .command('help')
    .description('how a command is used')
    .argument('[command...]', 'its name, and of a part of it: proof verify')
    .action((path: readonly string[]) => {
      path
        .reduce<Command>((command, name) => {
          const found = command.commands.find((one) => one.name() === name);
          if (found === undefined) throw new CliError(unknownCommand(command, name));
          return found;
        }, program)
        .outputHelp();
    });
};

/** What is said of a name that is no command of this one. */
const unknownCommand = (command: Command, name: string): string => {
  const meant = closest(
    name,
    command.commands.map((one) => one.name()),
  );
  const guess = meant === undefined ? '' : ` Did you mean ${meant}?`;
  return `unknown command '${name}'.${guess} ${howTo(command)}`;
};

const pathOf = (command: Command): string =>
  command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;

const howTo = (command: Command): string => `(${pathOf(command)} --help shows how it is used)`;

/** Whatever is wrong with a command line, its own command's help is named, and every word that is too many. */
export const explainErrors = (command: Command): void => {
  command.showHelpAfterError(howTo(command)).allowExcessArguments();
  for (const one of command.commands) explainErrors(one);
};

/** Refuses words that a command does not take. */
export const refuseExcess = (command: Command): void => {
  const { args, registeredArguments: known } = command;
  const extra = known.at(-1)?.variadic === true ? [] : args.slice(known.length);
  const [first] = extra;
  if (first === undefined) return;
  if (command.commands.length > 0) throw new CliError(unknownCommand(command, first));
  const words = extra.map((word) => `'${word}'`).join(', ');
  throw new CliError(`${pathOf(command)} does not take ${words}. ${howTo(command)}`);
};
