import type { Decision } from '../contracts/decision.ts';
import type { Incident } from '../contracts/incident.ts';
import type { JournalRecord } from '../contracts/journal.ts';
import { ActionIdSchema } from '../contracts/action.ts';
import { list, minutesText, percentText } from '../explanation/wording.ts';
import { durationMs, formatDuration, fromIso } from '../shared/units.ts';
import type { EpochMs } from '../shared/units.ts';
import { foreseen } from './foreseen.ts';
import type { Change, QuestionIntent, Target } from './intent.ts';
import type { ChatRecords } from './records.ts';
import { SEARCHED, changeOf } from './records.ts';

export interface ChatLink {
  readonly title: string;
  /** A route of the API. */
  readonly path: string;
}
export interface ChatText {
  readonly text: string;
  readonly links: readonly ChatLink[];
}

export const HELP = [
  'I answer from the records: "what is broken?", "why did you restart checkout?", "how is payments?", "what would you do if payments leaked memory?", "list open incidents", "who approved that?", "what needs my approval?", "which agents are there?", "what mode are you in?".',
  'And I take requests: "scale checkout to 4", "restart payments and then roll back checkout", "pause healing for an hour", "switch to manual mode", "approve", "stop everything". I show the plan first; once you say yes it becomes a task that passes the guards like everything else.',
].join('\n');

/** Answers a question in sentences, from the records alone, with links to what they rest on. */
export const answerTo = async (intent: QuestionIntent, records: ChatRecords, now: EpochMs): Promise<ChatText> => {
  switch (intent.kind) {
    case 'help':
      return said(HELP);
    case 'mode': {
      const { mode, reason } = await records.mode();
      return said(`The mode is ${mode} (${reason}).`, { title: 'mode', path: '/mode' });
    }
    case 'agents':
      return agents(records);
    case 'tasks':
      return tasks(records);
    case 'task':
      return task(intent.taskId, records);
    case 'broken':
      return broken(records, now);
    case 'waiting':
      return waiting(records, now);
    case 'incidents':
      return incidents(intent, records, now);
    case 'status':
      return status(intent.workloadId, records, now);
    case 'depends':
      return depends(intent.workloadId, records);
    case 'hypothetical':
      return foreseen(intent, records);
    case 'approver':
      return withIncident(intent.target, null, records, approver);
    case 'why':
      return withIncident(intent.target, intent.not ? null : intent.change, records, (incident, journal) =>
        intent.not && intent.change !== null
          ? whyNot(incident, journal, intent.change)
          : why(incident, journal, intent.change, now),
      );
  }
};

const said = (text: string, ...links: readonly ChatLink[]): ChatText => ({ text, links });
const linkTo = ({ incidentId }: Pick<Incident, 'incidentId'>): ChatLink => ({
  title: incidentId,
  path: `/incidents/${incidentId}`,
});
const ago = (iso: string, now: EpochMs): string => `${formatDuration(durationMs(Math.max(0, now - fromIso(iso))))} ago`;
const inOneLine = (incident: Incident, now: EpochMs): string =>
  `${incident.incidentId}: ${incident.workloadId}, ${incident.summary} (${incident.status.replace('_', ' ')}, opened ${ago(incident.openedAt, now)}${incident.lastAction === null ? '' : `, last action ${incident.lastAction}`})`;
const isOpen = ({ status }: Incident): boolean => status === 'open' || status === 'awaiting_approval';

const agents = async (records: ChatRecords): Promise<ChatText> => {
  const all = await records.agents();
  const lines = all.map(({ agentId, name, state }) => `${name ?? agentId}: ${state ?? 'state unknown'}`);
  return said(all.length === 0 ? 'No agent is registered.' : lines.join('\n'), { title: 'agents', path: '/agents' });
};

const UNREACHABLE = 'The tasks cannot be read from here: they need the HTTP API.';

const tasks = async (records: ChatRecords): Promise<ChatText> => {
  const all = await records.tasks();
  if (all === null) return said(UNREACHABLE);
  const lines = all
    .slice(0, 10)
    .map(({ taskId, request, status, priority }) => `${taskId}: ${request} (${status}, ${priority})`);
  return said(all.length === 0 ? 'There are no tasks.' : lines.join('\n'), { title: 'tasks', path: '/tasks' });
};

const task = async (taskId: string, records: ChatRecords): Promise<ChatText> => {
  const all = await records.tasks();
  if (all === null) return said(UNREACHABLE);
  const found = all.find((one) => one.taskId === taskId);
  if (found === undefined) return said(`There is no task ${taskId} among the newest.`);
  const result = found.result === null ? '' : ` ${found.result}`;
  return said(`${taskId}, "${found.request}", is ${found.status}.${result}`, {
    title: taskId,
    path: `/tasks/${taskId}`,
  });
};

const broken = async (records: ChatRecords, now: EpochMs): Promise<ChatText> => {
  const [all, workloads, firing] = await Promise.all([
    records.incidents(SEARCHED),
    records.workloads(),
    records.firingAlarms(),
  ]);
  const open = all.filter(isOpen);
  const alarmed = workloads.filter(
    ({ workloadId, alarms }) =>
      alarms.some(({ alarmName }) => firing.has(alarmName)) &&
      !open.some((incident) => incident.workloadId === workloadId),
  );
  const lines = [
    ...open.map((incident) => inOneLine(incident, now)),
    ...alarmed.map(({ workloadId }) => `${workloadId}: an alarm fires; there is no incident about it of its own.`),
  ];
  const text =
    lines.length === 0
      ? `Nothing is known to be broken: no incident is open and none of the ${workloads.length} workloads has an alarm that fires.`
      : lines.join('\n');
  return said(text, ...open.map(linkTo));
};

const waiting = async (records: ChatRecords, now: EpochMs): Promise<ChatText> => {
  const open = (await records.incidents(SEARCHED)).filter(({ status }) => status === 'awaiting_approval');
  if (open.length === 0) return said('Nothing waits for a person.', { title: 'approvals', path: '/approvals' });
  return said(open.map((incident) => inOneLine(incident, now)).join('\n'), ...open.map(linkTo));
};

const MOST_LISTED = 10;

const incidents = async (
  { open, workloadId }: Extract<QuestionIntent, { kind: 'incidents' }>,
  records: ChatRecords,
  now: EpochMs,
): Promise<ChatText> => {
  const all = (await records.incidents(SEARCHED)).filter(
    (incident) => (!open || isOpen(incident)) && (workloadId === null || incident.workloadId === workloadId),
  );
  const which = `${open ? 'open ' : ''}incidents${workloadId === null ? '' : ` of ${workloadId}`}`;
  if (all.length === 0) return said(`There are no ${which}.`, { title: 'incidents', path: '/incidents' });
  const shown = all.slice(0, MOST_LISTED);
  const more = all.length > shown.length ? [`and ${all.length - shown.length} more`] : [];
  return said([...shown.map((incident) => inOneLine(incident, now)), ...more].join('\n'), ...shown.map(linkTo));
};

const status = async (workloadId: string, records: ChatRecords, now: EpochMs): Promise<ChatText> => {
  const [all, workloads, firing] = await Promise.all([
    records.incidents(SEARCHED),
    records.workloads(),
    records.firingAlarms(),
  ]);
  const workload = workloads.find((one) => one.workloadId === workloadId);
  if (workload === undefined) return said(`There is no workload ${workloadId}.`);
  const alarms = workload.alarms.filter(({ alarmName }) => firing.has(alarmName)).map(({ role }) => role);
  const [newest] = all.filter((incident) => incident.workloadId === workloadId);
  const state = alarms.length === 0 ? 'has no alarm that fires' : `has firing alarms for ${list(alarms)}`;
  const history =
    newest === undefined ? 'No incident of it is known.' : `Its newest incident: ${inOneLine(newest, now)}.`;
  return said(
    `${workloadId} (${workload.kind}, owner ${workload.owner}) ${state}. ${history}`,
    ...(newest === undefined ? [] : [linkTo(newest)]),
  );
};

const depends = async (workloadId: string, records: ChatRecords): Promise<ChatText> => {
  const workloads = await records.workloads();
  const calls = (from: (typeof workloads)[number]) => [
    ...new Set([...from.dependsOn, ...(from.seenCalls ?? []).map(({ callee }) => callee)]),
  ];
  const own = workloads.find((one) => one.workloadId === workloadId);
  const callers = workloads.filter((one) => calls(one).includes(workloadId)).map((one) => one.workloadId);
  const needs = own === undefined ? [] : calls(own);
  return said(
    `${workloadId} depends on ${list(needs)}; ${list(callers)} ${callers.length > 1 ? 'depend' : 'depends'} on it.`,
    {
      title: 'topology',
      path: '/topology',
    },
  );
};

/** The incident that is meant; if an action is asked about, the newest in which it was the last that was done. */
const withIncident = async (
  target: Target,
  change: Change | null,
  records: ChatRecords,
  tell: (incident: Incident, journal: readonly JournalRecord[]) => string,
): Promise<ChatText> => {
  const all = target.of === 'incident' ? [] : await records.incidents(SEARCHED);
  const meant = target.of === 'workload' ? all.filter(({ workloadId }) => workloadId === target.workloadId) : all;
  const did = change === null ? undefined : meant.find((incident) => lastChange(incident) === change);
  const incident = target.of === 'incident' ? await records.incident(target.incidentId) : (did ?? meant[0] ?? null);
  if (incident === null) {
    const which =
      target.of === 'incident' ? target.incidentId : target.of === 'workload' ? `of ${target.workloadId}` : '';
    return said(`There is no incident${which === '' ? ' yet' : ` ${which}`}.`);
  }
  return said(tell(incident, await records.journal(incident.incidentId)), linkTo(incident));
};

const lastChange = ({ lastAction }: Incident): Change | null => {
  const parsed = ActionIdSchema.safeParse(lastAction);
  return parsed.success ? changeOf(parsed.data) : null;
};

const decisionIn = (journal: readonly JournalRecord[]): Decision | null =>
  journal.findLast((record) => record.kind === 'action_decided')?.body ?? null;

const why = (incident: Incident, journal: readonly JournalRecord[], change: Change | null, now: EpochMs): string => {
  const decision = decisionIn(journal);
  const done = journal.flatMap((record) => (record.kind === 'action_applied' ? [changeOf(record.body.actionId)] : []));
  const denied =
    change === null || done.includes(change) || lastChange(incident) === change
      ? ''
      : `No record says that ${incident.workloadId} saw a ${change}. `;
  const chosen = decision === null ? '' : ` ${decision.plan.actionId} was chosen: ${decision.reason}.`;
  const account = incident.explanation ?? `${incident.summary}.${chosen}`;
  return `${denied}${incident.incidentId} on ${incident.workloadId} (${incident.status.replace('_', ' ')}, opened ${ago(incident.openedAt, now)}): ${account}`;
};

const whyNot = (incident: Incident, journal: readonly JournalRecord[], change: Change): string => {
  const decision = decisionIn(journal);
  if (decision === null)
    return `In ${incident.incidentId} nothing was decided: ${incident.explanation ?? incident.summary}`;
  const verdict = journal.findLast((record) => record.kind === 'verdict_given')?.body;
  const refused =
    verdict?.guards.filter(({ result }) => result !== 'allow').map(({ guard, reason }) => `${guard} (${reason})`) ?? [];
  const candidates = decision.candidates.filter(({ actionId }) => changeOf(actionId) === change);
  const chosen = changeOf(decision.plan.actionId);
  const about =
    chosen === change
      ? `${change} was chosen${refused.length === 0 ? '' : `, but ${list(refused)} stood against it`}.`
      : candidates
          .map(({ actionId, masked, expectedMinutes, recoverProbability }) =>
            masked !== null
              ? `${actionId} was ruled out: ${masked}.`
              : `${actionId} was expected to take ${minutesText(expectedMinutes)}${recoverProbability === null ? '' : ` and to help with ${percentText(recoverProbability.mean)}`}.`,
          )
          .join(' ');
  const instead = chosen === change ? '' : ` ${decision.plan.actionId} was chosen: ${decision.reason}.`;
  return `In ${incident.incidentId}: ${about === '' ? `${change} was not among the candidates.` : about}${instead}`;
};

const approver = (incident: Incident, journal: readonly JournalRecord[]): string => {
  const answer = journal.findLast((record) => record.kind === 'approval_answered')?.body;
  if (answer !== undefined) {
    const who =
      answer.approvers !== undefined && answer.approvers.length > 0
        ? list(answer.approvers)
        : (answer.approver ?? 'nobody');
    return `${incident.incidentId}: the answer was ${answer.answer}, by ${who}, at ${answer.answeredAt}.`;
  }
  if (incident.status === 'awaiting_approval') return `${incident.incidentId} still waits for an answer.`;
  const verdict = journal.findLast((record) => record.kind === 'verdict_given')?.body;
  return verdict?.verdict === 'allow'
    ? `${incident.incidentId}: nobody was asked; all ${verdict.guards.length} guards allowed it.`
    : `${incident.incidentId}: nobody approved anything.`;
};
