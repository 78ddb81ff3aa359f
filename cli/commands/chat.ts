import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import type { ChatDeps, Pending, Reply } from '../../core/chat/converse.ts';
import { converse } from '../../core/chat/converse.ts';
import { chatDeps } from '../chat/deps.ts';
import type { Context } from '../context.ts';
import { commandFor } from '../system/connect.ts';
import type { Kintsugi } from '../system/kintsugi.ts';

const HELP = `
It answers from the records, and shows the plan of whatever you ask for. A plan becomes tasks only when the next line says
yes; tasks pass the guards like everything else. With a message it answers once.

A language model can be asked which of the offered sentences is meant (KINTSUGI_LLM_URL, KINTSUGI_LLM_MODEL,
KINTSUGI_LLM_KEY; any endpoint with OpenAI's chat completions, Amazon Bedrock's included). It is off by default.

Examples:
  kintsugi chat
  kintsugi chat "why did you restart checkout?"
  printf 'scale checkout to 4\\nyes\\n' | kintsugi chat`;

export const addChat = (program: Command, context: Context): void => {
  program
    .command('chat')
    .summary('ask or request something in a sentence')
    .description('Answers questions and takes requests in sentences.')
    .argument('[message...]', 'asked once; without it, lines are read until the end of the input')
    .option('--json', 'print one JSON object per answer')
    .addHelpText('after', HELP)
    .action((words: readonly string[], { json = false }: { readonly json?: boolean }, command: Command) =>
      context.withKintsugi(command, async (kintsugi) => {
        const deps = await chatDeps(kintsugi, context.io);
        if (words.length === 0) return conversation(deps, kintsugi, json, context);
        const { reply } = await converse(words.join(' '), null, deps);
        show(reply, kintsugi, json, context);
        if (reply.kind === 'plan' && !json) {
          context.print([`Nothing was done: say it within \`${commandFor(kintsugi.connection, 'chat')}\`, then yes.`]);
        }
      }),
    );
};

const conversation = async (deps: ChatDeps, kintsugi: Kintsugi, json: boolean, context: Context): Promise<void> => {
  const { stdin, stdout } = context.io;
  const prompt = (): void => void (stdout.isTTY === true && !json && stdout.write(context.colours.bold('> ')));
  let pending: Pending | null = null;
  prompt();
  for await (const line of createInterface({ input: stdin })) {
    if (/^(exit|quit|bye)$/i.test(line.trim())) return;
    if (line.trim() !== '') {
      const turn: Awaited<ReturnType<typeof converse>> = await converse(line, pending, deps);
      pending = turn.pending;
      show(turn.reply, kintsugi, json, context);
    }
    prompt();
  }
};

const show = (
  reply: Reply,
  { connection }: Kintsugi,
  json: boolean,
  { print, printJson, colours, finish }: Context,
): void => {
  if (json) return printJson(reply);
  if (reply.kind === 'refusal') finish(1);
  const linked = reply.links.filter(({ path }) => path.startsWith('/incidents/')).map(({ title }) => title);
  print([
    reply.kind === 'refusal' ? colours.yellow(reply.text) : reply.text,
    ...reply.plan.map((line) => `  ${line}`),
    ...reply.options.map((option) => `  - ${option}`),
    ...linked.slice(0, 3).map((id) => colours.dim(`  ${commandFor(connection, `explain ${id}`)}`)),
  ]);
};
