import type { Command } from 'commander';
import { RoleSchema } from '../../core/contracts/api/route.ts';
import type { Context } from '../context.ts';
import { CliError } from '../system/cli-error.ts';
import { localApiUrl, localToken } from '../system/sign-in.ts';
import { notAllowed } from '../terminal/words.ts';

const HELP = `
In an AWS account people sign in with Cognito; there is no such command for them.

Examples:
  curl -H "authorization: Bearer $(kintsugi token)" "$(kintsugi token --url)/incidents"
  kintsugi token viewer`;

export const addToken = (program: Command, context: Context): void => {
  program
    .command('token')
    .summary('a token for the HTTP API of the local cloud')
    .description('Prints a token of the local cloud for somebody with a role; it is good for an hour.')
    .argument('[role]', RoleSchema.options.join(', '), 'admin')
    .option('--url', 'print the address of the API instead')
    .addHelpText('after', HELP)
    .action((wanted: string, options: { readonly url?: boolean }, command: Command) => {
      const role = RoleSchema.safeParse(wanted);
      if (!role.success) throw new CliError(notAllowed('role', wanted, RoleSchema.options));
      return context.withKintsugi(command, async ({ connection: { local, env } }) => {
        if (local === null)
          throw new CliError(`tokens of ${env} come from its Cognito user pool. Start a local cloud with: npm start`);
        const users = { ...local, outputs: local.outputs[`Kintsugi-${local.env}-Api`] ?? {} };
        context.print([options.url === true ? localApiUrl(users) : await localToken(users, role.data)]);
      });
    });
};
