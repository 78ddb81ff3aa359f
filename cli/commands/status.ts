import type { Command } from 'commander';
import type { Incident } from '../../core/contracts/incident.ts';
import type { Mode } from '../../core/contracts/limits.ts';
import type { Workload } from '../../core/contracts/workload.ts';
import type { Context } from '../context.ts';
import { commandFor } from '../system/connect.ts';
import type { AgentStatus, Kintsugi } from '../system/kintsugi.ts';
import { incidentTitle } from '../terminal/incident.ts';
import { hang, table } from '../terminal/text.ts';
import { ago, modeWord } from '../terminal/words.ts';

const MANY = 100;

/** Everything that `status` says, also as JSON. */
interface Status {
  readonly env: string;
  /** The local cloud's endpoint, or `aws`. */
  readonly endpoint: string;
  readonly mode: Mode | 'unknown';
  readonly modeReason: string;
  readonly workloads: readonly (Pick<Workload, 'workloadId' | 'kind' | 'owner' | 'criticality'> & {
    readonly alarms: readonly string[];
    readonly incidentId: string | null;
  })[];
  readonly openIncidents: readonly Incident[];
  readonly agents: readonly AgentStatus[];
}

export const addStatus = (program: Command, context: Context): void => {
  program
    .command('status')
    .summary('mode, workloads with their alarms, open incidents, agents')
    .description('Shows how an environment is doing: its mode, its workloads and their alarms, open incidents, agents.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  kintsugi status\n  kintsugi status --env prod --json')
    .action((options: { readonly json?: boolean }, command: Command) =>
      context.withKintsugi(command, async (kintsugi) => {
        const status = await read(kintsugi);
        if (options.json === true) context.printJson(status);
        else context.print(lines(status, kintsugi, context));
      }),
    );
};

const read = async (kintsugi: Kintsugi): Promise<Status> => {
  const [mode, workloads, firing, open, waiting, agents] = await Promise.all([
    kintsugi.mode(),
    kintsugi.workloads(),
    kintsugi.firingAlarms(),
    kintsugi.incidents('open', MANY),
    kintsugi.incidents('awaiting_approval', MANY),
    kintsugi.agents(),
  ]);
  const openIncidents = [...open, ...waiting];
  return {
    env: kintsugi.connection.env,
    endpoint: kintsugi.connection.local?.endpoint ?? 'aws',
    mode: modeWord(mode),
    modeReason: mode.reason,
    workloads: workloads
      .map(({ workloadId, kind, owner, criticality, alarms }) => ({
        workloadId,
        kind,
        owner,
        criticality,
        alarms: alarms.filter(({ alarmName }) => firing.has(alarmName)).map(({ role }) => role),
        incidentId: openIncidents.find((incident) => incident.workloadId === workloadId)?.incidentId ?? null,
      }))
      .sort((a, b) => a.workloadId.localeCompare(b.workloadId)),
    openIncidents,
    agents,
  };
};

const lines = (status: Status, { connection }: Kintsugi, { colours, look }: Context): string[] => {
  const { width, now } = look();
  const where = status.endpoint === 'aws' ? 'AWS' : `local cloud at ${status.endpoint}`;
  const rows = status.workloads.map(({ workloadId, kind, criticality, alarms, incidentId }) => [
    `${alarms.length === 0 ? colours.green('●') : colours.red('●')} ${workloadId}`,
    kind,
    String(criticality),
    alarms.length === 0 ? colours.dim('ok') : colours.red(alarms.join(', ')),
    incidentId ?? colours.dim('-'),
  ]);
  const columns = [
    { title: '  WORKLOAD' },
    { title: 'KIND' },
    { title: 'CRIT' },
    { title: 'ALARMS', flexible: true },
    { title: 'OPEN INCIDENT' },
  ];
  return [
    `${colours.bold(`Kintsugi ${status.env}`)}, ${where}, mode ${colours.bold(status.mode)}`,
    // What is not as it should be says why.
    ...(status.mode === 'off' || status.mode === 'unknown' ? hang('  ', `(${status.modeReason})`, width) : []),
    '',
    ...(rows.length === 0 ? ['No workload is watched yet.'] : table(columns, rows, width, colours.dim)),
    '',
    ...(status.openIncidents.length === 0
      ? ['No open incident.']
      : status.openIncidents.map((incident) => incidentTitle(incident, look()))),
    ...status.openIncidents
      .filter((incident) => incident.status === 'awaiting_approval')
      .map(({ incidentId }) =>
        colours.yellow(`  Answer with: ${commandFor(connection, `approve ${incidentId}`)}  (or: decline)`),
      ),
    '',
    ...agentLines(status.agents, now),
  ];
};

const agentLines = (agents: readonly AgentStatus[], now: number): string[] =>
  agents.length === 0
    ? ['No agent has sent a heartbeat yet (they do every few minutes).']
    : agents.map(({ name, agentId, state, lastHeartbeat }) => {
        const heartbeat = lastHeartbeat === null ? 'no heartbeat' : `heartbeat ${ago(lastHeartbeat, now)}`;
        return `Agent ${name ?? agentId}: ${state ?? 'unknown'}, ${heartbeat}`;
      });
