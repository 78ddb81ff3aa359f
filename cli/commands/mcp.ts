import type { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { Command } from 'commander';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import manifest from '../../package.json' with { type: 'json' };
import { chatDeps } from '../chat/deps.ts';
import type { Context } from '../context.ts';

const HELP = `
For an assistant that speaks the Model Context Protocol over standard input and output. It can read incidents, explanations,
topology and mode, and ask for tasks; approvals and the mode stay with people.

Example of a client's configuration, after \`npm run build\`:
  { "mcpServers": { "kintsugi": { "command": "node", "args": ["/path/to/dist/kintsugi.mjs", "mcp", "--env", "dev"] } } }`;

export const addMcp = (program: Command, context: Context): void => {
  program
    .command('mcp')
    .summary('serve an assistant by the Model Context Protocol')
    .description('Serves tools over standard input and output until the input ends.')
    .addHelpText('after', HELP)
    .action((_options: object, command: Command) =>
      context.withKintsugi(command, async (kintsugi) => {
        // Loaded here, because loading them takes 0.2 s, which no other command should take.
        const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js');
        const { mcpServer } = await import('../chat/mcp.ts');
        const deps = await chatDeps(kintsugi, context.io);
        const server = mcpServer({ ...deps, sha256, version: manifest.version });
        const transport = new StdioServerTransport(context.io.stdin, context.io.stdout);
        const answered = answersOf(transport);
        const ended = new Promise((resolve) => context.io.stdin.once('end', resolve));
        await server.connect(transport);
        await ended;
        await answered();
        await server.close();
      }),
    );
};

/** Waits until every request that came in was answered: whoever pipes requests in closes the input behind them. */
const answersOf = (transport: StdioServerTransport): (() => Promise<void>) => {
  const open = new Set<string | number>();
  let noneLeft: () => void = () => undefined;
  const send = transport.send.bind(transport);
  // The SDK calls what was set before it connects, and then its own.
  transport.onmessage = (message) => {
    if (!('method' in message)) return;
    if ('id' in message) open.add(message.id);
    // What was called off is not answered.
    else if (message.method === 'notifications/cancelled') open.delete(Object(message.params)['requestId'] as string);
  };
  transport.send = async (message) => {
    await send(message);
    if (!('method' in message) && message.id !== undefined) open.delete(message.id);
    if (open.size === 0) noneLeft();
  };
  return () => (open.size === 0 ? Promise.resolve() : new Promise((resolve) => (noneLeft = resolve)));
};
