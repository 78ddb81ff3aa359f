import type { RequestIntent } from '../../core/chat/intent.ts';
import type { Feedback } from '../../core/contracts/api/incidents.ts';
import type { StoredTask, TaskStatus } from '../../core/contracts/api/tasks.ts';
import type { Incident } from '../../core/contracts/incident.ts';
import type { Mode } from '../../core/contracts/limits.ts';
import type { AnswerKind } from '../../core/contracts/verdict.ts';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import type { ChangeIntent } from '../../core/task/opening.ts';
import type { Clock, ModeSource } from '../../core/shared/ports.ts';
import { cut } from '../../core/shared/cut.ts';
import { after, fromIso, isBefore, minutes, toIso } from '../../core/shared/units.ts';
import { giveAnswer } from '../shared/give-answer.ts';
import type { AnswerDeps } from '../shared/give-answer.ts';
import { whyNotSet } from '../shared/mode-change.ts';
import type { RatingDeps } from '../shared/rate-incident.ts';
import { rateIncident } from '../shared/rate-incident.ts';
import type { StoppedPlace } from '../shared/stopped-place.ts';

/** What is asked of Kintsugi itself, in the same ways as by the routes. */
export interface OrderDeps {
  readonly env: EnvironmentName;
  readonly clock: Clock;
  readonly mode: ModeSource;
  readonly setMode: (mode: Mode) => Promise<void>;
  readonly stop: (reason: string) => Promise<readonly StoppedPlace[]>;
  readonly approvals: AnswerDeps;
  readonly getIncident: (incidentId: string) => Promise<Incident | null>;
  readonly ratings: RatingDeps;
  /** Null when the task is no longer queued. */
  readonly cancelTask: (taskId: string, at: string) => Promise<unknown>;
  /**
   * Lets healing of a workload, or of all, rest until then; null: no longer.
   *
   * @returns the workloads
   */
  readonly pause: (
    workloadId: string | null,
    pause: { readonly from: string; readonly until: string; readonly pausedBy: string } | null,
  ) => Promise<readonly string[]>;
}

type Order = Exclude<RequestIntent, ChangeIntent>;
interface Ended {
  readonly status: Extract<TaskStatus, 'done' | 'refused' | 'failed'>;
  readonly result: string;
}

const done = (result: string): Ended => ({ status: 'done', result });
const refused = (result: string): Ended => ({ status: 'refused', result });

/** The operation of the API that does the same; null: whoever may ask for a task may ask for that. */
const OPERATION: Readonly<Record<Order['kind'], string | null>> = {
  mode: 'setMode',
  stop: 'stopEverything',
  approve: 'answerApproval',
  decline: 'answerApproval',
  takeover: 'answerApproval',
  rate: 'giveFeedback',
  cancel: 'cancelTask',
  pause: null,
  resume: null,
};

/** Carries out what changes Kintsugi and no workload, if whoever asked may do it by the route as well. */
export const carryOut = async (intent: Order, task: StoredTask, deps: OrderDeps): Promise<Ended> => {
  const operation = OPERATION[intent.kind];
  if (operation !== null && !task.may.includes(operation)) {
    return refused(`${task.requestedBy} may not do that: it takes a role that may call ${operation}`);
  }
  switch (intent.kind) {
    case 'mode':
      return setMode(intent.mode, deps);
    case 'stop':
      return stopped(await deps.stop(cut(`${task.requestedBy}: ${task.request}`, LONGEST_REASON)));
    case 'pause':
    case 'resume':
      return pause(intent, task, deps);
    case 'approve':
    case 'decline':
    case 'takeover':
      return answer(intent.incidentId, intent.kind, task, deps);
    case 'rate':
      return rate(intent, task, deps);
    case 'cancel':
      return (await deps.cancelTask(intent.taskId, toIso(deps.clock.now()))) === null
        ? refused(`${intent.taskId} is not queued, or there is none`)
        : done(`${intent.taskId} is cancelled`);
  }
};

const setMode = async (mode: Mode, deps: OrderDeps): Promise<Ended> => {
  const refusal = whyNotSet(mode, await deps.mode.read(), deps.env);
  if (refusal !== null) return refused(refusal);
  await deps.setMode(mode);
  return done(`the mode is ${mode}`);
};

const LONGEST_REASON = 500;

const stopped = (reports: readonly StoppedPlace[]): Ended => {
  const result = reports.map(({ place, ok, detail }) => `${place}: ${ok ? '' : 'NOT stopped, '}${detail}`).join('; ');
  return { status: reports.every(({ ok }) => ok) ? 'done' : 'failed', result };
};

const pause = async (
  intent: Extract<Order, { readonly kind: 'pause' | 'resume' }>,
  { requestedBy }: StoredTask,
  deps: OrderDeps,
): Promise<Ended> => {
  const now = deps.clock.now();
  const window =
    intent.kind === 'resume'
      ? null
      : { from: toIso(now), until: toIso(after(now, minutes(intent.minutes))), pausedBy: requestedBy };
  const workloads = await deps.pause(intent.workloadId, window);
  const whose = workloads.join(', ');
  if (workloads.length === 0) return refused(`there is no workload ${intent.workloadId ?? ''}`.trimEnd());
  return done(window === null ? `healing of ${whose} goes on` : `healing of ${whose} rests until ${window.until}`);
};

/** An answer is to what was shown: to the question that was open when the task was asked for, and to no later one. */
const answer = async (incidentId: string, kind: AnswerKind, task: StoredTask, deps: OrderDeps): Promise<Ended> => {
  const request = await deps.approvals.pending(incidentId);
  if (request === null) return refused('nothing is waiting for an answer: it was answered already, or it is over');
  if (isBefore(fromIso(task.requestedAt), fromIso(request.requestedAt))) {
    return refused('the question is newer than the answer: look at it again');
  }
  const { questionId } = request.question;
  const given = { answer: kind, approver: task.requestedBy, questionId, planHash: request.planHash, reason: null };
  const held = await giveAnswer(incidentId, given, deps.clock.now(), deps.approvals);
  if (!held.ok) return refused(held.error);
  return done(held.value.status === 'waiting' ? 'a second person has to approve as well' : `${incidentId}: ${kind}`);
};

const rate = async (
  { incidentId, rating }: Extract<Order, { readonly kind: 'rate' }>,
  { requestedBy, subject }: StoredTask,
  { clock, getIncident, ratings }: OrderDeps,
): Promise<Ended> => {
  const incident = await getIncident(incidentId);
  if (incident === null) return refused(`there is no incident ${incidentId}`);
  if (incident.closedAt === null) return refused(`${incidentId} is not over: it can be rated when it is`);
  const at = toIso(clock.now());
  const resolved = incident.status === 'recovered';
  const feedback: Feedback = { incidentId, person: requestedBy, at, resolved, rating, comment: null };
  return (await rateIncident(subject, feedback, ratings))
    ? done(`${incidentId} is rated ${rating}`)
    : refused(`${requestedBy} has rated ${incidentId} before`);
};
