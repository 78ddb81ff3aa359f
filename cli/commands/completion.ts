import type { Command } from 'commander';
import { Argument } from 'commander';
import { RoleSchema } from '../../core/contracts/api/route.ts';
import { IncidentStatusSchema } from '../../core/contracts/incident.ts';
import { ModeSchema } from '../../core/contracts/limits.ts';
import { EnvironmentNameSchema } from '../../core/contracts/workload.ts';
import { faultNames } from '../../local/faults/faults.ts';
import type { Context } from '../context.ts';
import type { KnownValues, Shell } from '../terminal/completion.ts';
import { completionNodes, completionScript, SHELLS } from '../terminal/completion.ts';
import { FORMATS, VIEWS } from './proof-export.ts';

const HELP = `
Examples:
  source <(kintsugi completion bash)                 # in ~/.bashrc
  source <(kintsugi completion zsh)                  # in ~/.zshrc
  kintsugi completion fish | source                  # in ~/.config/fish/config.fish`;

const KNOWN: KnownValues = {
  env: EnvironmentNameSchema.options,
  to: EnvironmentNameSchema.exclude(['dev']).options,
  status: IncidentStatusSchema.options,
  mode: ModeSchema.options,
  'resume mode': ModeSchema.exclude(['off']).options,
  role: RoleSchema.options,
  fault: faultNames,
  view: VIEWS,
  format: FORMATS,
};

export const addCompletion = (program: Command, { io }: Context): void => {
  program
    .command('completion')
    .summary('print the completion script of a shell')
    .description('Prints what makes a shell complete commands, options and their values.')
    .addArgument(new Argument('<shell>', 'the shell that you use').choices(SHELLS))
    .addHelpText('after', HELP)
    .action((shell: Shell) => {
      io.stdout.write(`${completionScript(shell, completionNodes(program, KNOWN))}\n`);
    });
};
