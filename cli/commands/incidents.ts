import { type Command, InvalidArgumentError } from 'commander';
import type { Incident, IncidentStatus } from '../../core/contracts/incident.ts';
import { IncidentStatusSchema } from '../../core/contracts/incident.ts';
import type { Context } from '../context.ts';
import { statusColour } from '../terminal/incident.ts';
import type { Kintsugi } from '../system/kintsugi.ts';
import { timeLeft } from '../terminal/question.ts';
import { table } from '../terminal/text.ts';
import { ago, notAllowed, span } from '../terminal/words.ts';

interface Options {
  readonly status?: IncidentStatus;
  readonly limit: number;
  readonly json?: boolean;
}

const MOST = 100;

const statusOf = (text: string): IncidentStatus => {
  const parsed = IncidentStatusSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(notAllowed('It', text, IncidentStatusSchema.options));
};

const limitOf = (text: string): number => {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST) return limit;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST}.`);
};

export const addIncidents = (program: Command, context: Context): void => {
  program
    .command('incidents')
    .summary('list incidents, newest first')
    .description('Lists incidents, newest first.')
    .option('--status <status>', `only these: ${IncidentStatusSchema.options.join(', ')}`, statusOf)
    .option('--limit <number>', `how many, at most ${MOST}`, limitOf, 20)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  kintsugi incidents\n  kintsugi incidents --status escalated --limit 5 --json')
    .action((options: Options, command: Command) =>
      context.withKintsugi(command, async (kintsugi) => {
        const incidents = await kintsugi.incidents(options.status, options.limit);
        if (options.json === true) context.printJson(incidents);
        else context.print(lines(incidents, await timesLeft(kintsugi, incidents, context), context));
      }),
    );
};

/** Until when each question that waits can be answered. */
const timesLeft = async (
  kintsugi: Kintsugi,
  incidents: readonly Incident[],
  { io }: Context,
): Promise<ReadonlyMap<string, string>> => {
  const waiting = incidents.filter(({ status }) => status === 'awaiting_approval');
  const questions = await Promise.all(waiting.map(({ incidentId }) => kintsugi.approvals.pending(incidentId)));
  return new Map(
    questions.flatMap((question) =>
      question === null ? [] : [[question.incidentId, timeLeft(question, io.now())] as const],
    ),
  );
};

const lines = (
  incidents: readonly Incident[],
  left: ReadonlyMap<string, string>,
  { colours, look }: Context,
): string[] => {
  if (incidents.length === 0) return ['No incidents.'];
  const { width, now } = look();
  const columns = [
    { title: 'INCIDENT', flexible: true },
    { title: 'WORKLOAD' },
    { title: 'OPENED' },
    { title: 'STATUS' },
    { title: 'TOOK', align: 'right' as const },
    { title: 'ACTION' },
  ];
  const rows = incidents.map((incident) => [
    incident.incidentId,
    incident.workloadId,
    ago(incident.openedAt, now),
    statusColour(incident.status, colours)(statusWords(incident, left)),
    incident.closedAt === null ? '' : span(Date.parse(incident.closedAt) - Date.parse(incident.openedAt)),
    actionOf(incident),
  ]);
  return table(columns, rows, width, colours.dim);
};

const actionOf = ({ lastAction, attempts }: Incident): string =>
  lastAction === null ? '-' : `${lastAction}${attempts > 1 ? ` (attempt ${attempts})` : ''}`;

/** The status as a person needs it: how long a question waits, and whether it is Kintsugi itself that is stuck. */
const statusWords = ({ incidentId, status, gap }: Incident, left: ReadonlyMap<string, string>): string => {
  const time = left.get(incidentId);
  if (time !== undefined) return `asks you, ${time}`;
  return gap == null ? status : 'blocked';
};
