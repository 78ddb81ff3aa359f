import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { CliError } from '../system/cli-error.ts';
import type { DeadLetters, ParkedMessage, ParkedQueue } from '../system/dead-letters.ts';
import { hang, padEnd, table } from '../terminal/text.ts';
import { notAllowed, span } from '../terminal/words.ts';

interface Json {
  readonly json?: boolean;
}
interface Limited extends Json {
  readonly max?: string;
}
interface Redrive extends Limited {
  readonly queue?: string;
  readonly yes?: boolean;
}

/** Messages that are shown when nobody says how many. */
const SHOWN = 5;
const MOST = 10_000;
const BODY_CHARACTERS = 400;

const HELP = `
A queue is named as its alarm and its runbook: lib/observability/runbooks/<queue>.md. What is redriven is handled once
more; a signal that comes twice opens one incident, one that is older than a quarter of an hour is dismissed.

Examples:
  kintsugi dlq list
  kintsugi dlq show signals-dead-letters
  kintsugi dlq redrive --queue signals-dead-letters            what would be moved
  kintsugi dlq redrive --queue signals-dead-letters --max 1 --yes`;

/** `kintsugi dlq`: what Kintsugi itself could not deliver, handle or understand. */
export const addDlq = (program: Command, context: Context): void => {
  const dlq = program
    .command('dlq')
    .summary("Kintsugi's own dead letters: list, show, redrive")
    .description('What Kintsugi itself could not deliver, handle or understand, and the way back.')
    .addHelpText('after', HELP);
  dlq
    .command('list')
    .summary('the queues, and how many messages wait in them')
    .option('--json', 'print JSON')
    .action(({ json }: Json, command: Command) =>
      context.withKintsugi(command, async ({ deadLetters }) => {
        const queues = await deadLetters.queues();
        if (json === true) context.printJson(queues);
        else context.print(listLines(queues, context));
      }),
    );
  dlq
    .command('show')
    .summary('what the messages say, and why they are there')
    .argument('<queue>', 'as kintsugi dlq list calls it')
    .option('--max <number>', 'messages at most', String(SHOWN))
    .option('--json', 'print JSON')
    .action((wanted: string, { max, json }: Limited, command: Command) =>
      context.withKintsugi(command, async ({ deadLetters }) => {
        const queue = queueOf(await deadLetters.queues(), wanted);
        const messages = await deadLetters.peek(queue, limitOf(max) ?? SHOWN);
        if (json === true) context.printJson(messages);
        else if (messages.length === 0) context.print([`${queue.id} is empty.`]);
        else context.print(messages.flatMap((message) => messageLines(message, context)));
      }),
    );
  dlq
    .command('redrive')
    .summary('move messages back to where they are handled')
    .description('Shows what would be moved; with --yes moves it.')
    .option('--queue <queue>', 'one queue; without it every one that holds messages')
    .option('--max <number>', 'messages of each queue at most; without it all')
    .option('--yes', 'move them, not only show what would be moved')
    .option('--json', 'print JSON')
    .action((options: Redrive, command: Command) =>
      context.withKintsugi(command, ({ deadLetters }) => redrive(deadLetters, options, context)),
    );
};

const redrive = async (deadLetters: DeadLetters, options: Redrive, context: Context): Promise<void> => {
  const max = limitOf(options.max);
  const all = await deadLetters.queues();
  const chosen = options.queue === undefined ? all : [queueOf(all, options.queue)];
  const [only] = options.queue === undefined ? [] : chosen;
  if (only?.destination === null) {
    throw new CliError(`${only.id} cannot be redriven: what is in it is no message of a queue. ${runbookOf(only)}`);
  }
  const plans = chosen
    .filter(({ destination, messages }) => destination !== null && messages > 0)
    .map((queue) => ({ queue, messages: Math.min(queue.messages, max ?? Infinity) }));
  const moved = [];
  for (const { queue, messages } of plans) {
    const done = options.yes === true ? await deadLetters.redrive(queue, max) : null;
    moved.push({ queue: queue.id, to: queue.destination?.name ?? '', planned: messages, done });
  }
  if (options.json === true) return context.printJson({ preview: options.yes !== true, moved });
  if (moved.length === 0) return context.print(['There is nothing to redrive.']);
  context.print([
    ...moved.map(({ queue, to, planned, done }) => {
      if (done === null) return `  ${planned} of ${queue} would go to ${to}`;
      const how = done.how === 'task' ? 'are being moved by SQS' : 'were moved';
      return `  ${done.messages} of ${queue} ${how} to ${to}`;
    }),
    ...(options.yes === true
      ? []
      : [context.colours.dim('Nothing was moved. Do it with --yes, after the cause is mended.')]),
  ]);
};

const queueOf = (queues: readonly ParkedQueue[], wanted: string): ParkedQueue => {
  const found = queues.find(({ id }) => id === wanted);
  if (found !== undefined) return found;
  throw new CliError(
    notAllowed(
      'queue',
      wanted,
      queues.map(({ id }) => id),
    ),
  );
};

const limitOf = (text: string | undefined): number | null => {
  if (text === undefined) return null;
  const max = Number(text);
  if (Number.isInteger(max) && max >= 1 && max <= MOST) return max;
  throw new CliError(`--max ${text} is not allowed: it must be a whole number from 1 to ${MOST}.`);
};

const runbookOf = ({ id }: ParkedQueue): string => `Read lib/observability/runbooks/${id}.md.`;

const listLines = (queues: readonly ParkedQueue[], { colours, look }: Context): string[] => {
  const rows = queues.map(({ id, messages, destination }) => [
    id,
    messages === 0 ? colours.dim('0') : colours.red(String(messages)),
    destination?.name ?? colours.dim('by its runbook'),
  ]);
  const columns = [
    { title: 'QUEUE' },
    { title: 'MESSAGES', align: 'right' as const },
    { title: 'GOES BACK TO', flexible: true },
  ];
  return queues.length === 0
    ? ['No parking queue has an alarm here: is the Operations stack deployed?']
    : table(columns, rows, look().width, colours.dim);
};

const messageLines = (message: ParkedMessage, { colours, look, io }: Context): string[] => {
  const { messageId, sentAt, received, source, reason, body } = message;
  const age = sentAt === null ? 'unknown' : `${span(Math.max(0, io.now() - Date.parse(sentAt)))} (${sentAt})`;
  const fact = (name: string, value: string): string[] => hang(`  ${padEnd(name, 9)}`, value, look().width);
  const shortened = body.length > BODY_CHARACTERS ? `${body.slice(0, BODY_CHARACTERS)}…` : body;
  return [
    colours.bold(messageId),
    ...fact('age', age),
    ...fact('received', `${received} times`),
    ...fact('source', source ?? 'it does not say'),
    ...fact('reason', reason ?? "it does not say; search the function's log for the message id"),
    ...fact('body', shortened),
  ];
};
