import type * as z from 'zod';
import type { ExternalEventSchema } from '../../core/contracts/api/events.ts';
import type { Task, TaskStatus } from '../../core/contracts/api/tasks.ts';
import type { WriteOperation } from '../../core/contracts/api/routes.ts';
import type { Incident } from '../../core/contracts/incident.ts';
import type { Mode } from '../../core/contracts/limits.ts';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import { receiptOf } from '../../core/approval/receipt.ts';
import type { ModeSource } from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { after, minutes, toIso } from '../../core/shared/units.ts';
import type { Handlers } from '../api/gate.ts';
import { isNamed } from '../api/gate.ts';
import type { AskDeps } from '../shared/ask-for-task.ts';
import { askForTask } from '../shared/ask-for-task.ts';
import type { AnswerDeps } from '../shared/give-answer.ts';
import { giveAnswer } from '../shared/give-answer.ts';
import { whyNotSet } from '../shared/mode-change.ts';
import type { RatingDeps } from '../shared/rate-incident.ts';
import { rateIncident } from '../shared/rate-incident.ts';
import { HttpProblem } from '../api/http.ts';

export interface WriteDeps extends AskDeps {
  readonly env: EnvironmentName;
  readonly getIncident: (incidentId: string) => Promise<Incident | null>;
  readonly approvals: AnswerDeps;
  readonly enqueue: (event: z.output<typeof ExternalEventSchema>) => Promise<void>;
  readonly ratings: RatingDeps;
  readonly mode: ModeSource;
  readonly setMode: (mode: Mode) => Promise<void>;
  /** Changes the status of a task that is in one of these states; null when it is in another one by now. */
  readonly moveTask: (
    taskId: string,
    from: readonly TaskStatus[],
    change: { readonly status: TaskStatus; readonly result: string | null; readonly updatedAt: string },
  ) => Promise<Task | null>;
  readonly keepTicket: (ticketHash: string, subject: string, until: EpochMs) => Promise<void>;
  /** Address of the WebSocket. */
  readonly liveUrl: string;
}

const TICKET_LASTS = minutes(1);

/** What every writing route does. */
export const writeHandlers = (deps: WriteDeps): Handlers<WriteOperation> => ({
  ...incidentWrites(deps),
  ...taskWrites(deps),
  acceptEvent: async ({ body }) => {
    if (body.detail.env !== deps.env) {
      const message = `must be ${deps.env}, got ${body.detail.env}`;
      throw new HttpProblem(400, `body.detail.env: ${message}`, { errors: [{ field: 'body.detail.env', message }] });
    }
    await deps.enqueue(body);
    return { id: body.id, status: 'queued' };
  },
  setMode: async ({ body }, { ifMatch, etagOf }) => {
    const before = await deps.mode.read();
    if (!isNamed(ifMatch ?? '', etagOf(before))) {
      throw new HttpProblem(412, `the mode is ${before.mode} by now: look at it again`);
    }
    const refusal = whyNotSet(body.mode, before, deps.env);
    if (refusal !== null) throw new HttpProblem(409, refusal);
    await deps.setMode(body.mode);
    return deps.mode.read();
  },
  openLiveUpdates: async (_request, { caller }) => {
    const ticket = deps.secret();
    const until = after(deps.clock.now(), TICKET_LASTS);
    await deps.keepTicket(deps.sha256(ticket), caller.subject, until);
    return { url: deps.liveUrl, ticket, expiresAt: toIso(until) };
  },
});

const incidentWrites = (deps: WriteDeps): Handlers<'giveFeedback' | 'answerApproval'> => ({
  giveFeedback: async ({ params: { id }, body }, { caller }) => {
    const incident = await deps.getIncident(id);
    if (incident === null) throw new HttpProblem(404, `path.id: there is no incident ${id}`);
    if (incident.closedAt === null) throw new HttpProblem(409, `${id} is not over: it can be rated when it is`);
    const feedback = { incidentId: id, person: caller.name, at: toIso(deps.clock.now()), ...body };
    if (!(await rateIncident(caller.subject, feedback, deps.ratings))) {
      throw new HttpProblem(409, `${caller.name} has rated ${id} before`);
    }
    return feedback;
  },
  answerApproval: async ({ params: { id }, body }, { caller }) => {
    const answer = { ...body, approver: caller.name };
    const held = await giveAnswer(id, answer, deps.clock.now(), deps.approvals);
    if (!held.ok) throw new HttpProblem(409, held.error);
    return receiptOf(held.value, answer);
  },
});

const taskWrites = (deps: WriteDeps): Handlers<'requestTask' | 'cancelTask'> => ({
  requestTask: ({ body }, { caller }) => askForTask(body, caller, deps),
  cancelTask: async ({ params: { id } }, { caller }) => {
    const task = await deps.getTask(id);
    if (task === null) throw new HttpProblem(404, `path.id: there is no task ${id}`);
    const cancelled = await move(task, ['queued', 'planned'], 'cancelled', `cancelled by ${caller.name}`, deps);
    if (cancelled === null) {
      const now = (await deps.getTask(id))?.status ?? task.status;
      throw new HttpProblem(409, `task ${id} is ${now}: it can be cancelled while it is queued or planned`);
    }
    if (!(await withdraw(cancelled, caller.name, deps))) {
      await move(cancelled, ['cancelled'], 'running', null, deps);
      throw new HttpProblem(409, `task ${id} was confirmed at this very moment: it is under way`);
    }
    // Its worker tells those that wait for it.
    await deps.enqueueTask(cancelled);
    return cancelled;
  },
});

const move = (
  { taskId }: Task,
  from: readonly TaskStatus[],
  status: TaskStatus,
  result: string | null,
  { moveTask, clock }: WriteDeps,
): Promise<Task | null> => moveTask(taskId, from, { status, result, updatedAt: toIso(clock.now()) });

/** Takes back the question about a task's plan, where one was asked; false when somebody has said yes already. */
const withdraw = async ({ incidentId }: Task, approver: string, { approvals, clock }: WriteDeps): Promise<boolean> => {
  const request = incidentId === null ? null : await approvals.pending(incidentId);
  if (incidentId === null) return true;
  if (request === null) return false;
  const { planHash, question } = request;
  const no = { answer: 'decline', approver, questionId: question.questionId, planHash, reason: 'cancelled' } as const;
  return (await giveAnswer(incidentId, no, clock.now(), approvals)).ok;
};
