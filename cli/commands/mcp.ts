import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { Command } from 'commander';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import manifest from '../../package.json' with { type: 'json' };
import { chatDeps } from '../chat/deps.ts';
import { mcpServer } from '../chat/mcp.ts';
import type { Context } from '../context.ts';

const HELP = `
For an assistant that speaks the Model Context Protocol over standard input and output. It can read incidents, explanations,
topology and mode, and ask for tasks; approvals and the mode stay with people.

Example of a client's configuration:
  { "mcpServers": { "kintsugi": { "command": "npx", "args": ["kintsugi", "mcp", "--env", "dev"] } } }`;

export const addMcp = (program: Command, context: Context): void => {
  program
    .command('mcp')
    .summary('serve an assistant by the Model Context Protocol')
    .description('Serves tools over standard input and output until the input ends.')
    .addHelpText('after', HELP)
    .action((_options: object, command: Command) =>
      context.withKintsugi(command, async (kintsugi) => {
        const deps = await chatDeps(kintsugi, context.io);
        const server = mcpServer({ ...deps, sha256, version: manifest.version });
        const ended = new Promise((resolve) => context.io.stdin.once('end', resolve));
        await server.connect(new StdioServerTransport(context.io.stdin, context.io.stdout));
        await ended;
        await server.close();
      }),
    );
};
