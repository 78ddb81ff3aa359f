import type * as z from 'zod';
import { newTask } from '../../core/api/task.ts';
import type { ExternalEventSchema } from '../../core/contracts/api/events.ts';
import type { Task } from '../../core/contracts/api/tasks.ts';
import type { WriteOperation } from '../../core/contracts/api/routes.ts';
import type { Incident } from '../../core/contracts/incident.ts';
import type { Mode } from '../../core/contracts/limits.ts';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import { receiptOf } from '../../core/approval/receipt.ts';
import type { Clock, ModeSource, Sha256 } from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { after, minutes, toIso } from '../../core/shared/units.ts';
import type { Handlers } from '../api/gate.ts';
import { isNamed } from '../api/gate.ts';
import type { AnswerDeps } from '../shared/give-answer.ts';
import { giveAnswer } from '../shared/give-answer.ts';
import type { RatingDeps } from '../shared/rate-incident.ts';
import { rateIncident } from '../shared/rate-incident.ts';
import { HttpProblem } from '../api/http.ts';

export interface WriteDeps {
  readonly clock: Clock;
  readonly env: EnvironmentName;
  readonly sha256: Sha256;
  /** A secret that nobody can guess, of letters and digits. */
  readonly secret: () => string;
  readonly getIncident: (incidentId: string) => Promise<Incident | null>;
  readonly approvals: AnswerDeps;
  readonly enqueue: (event: z.output<typeof ExternalEventSchema>) => Promise<void>;
  readonly ratings: RatingDeps;
  readonly mode: ModeSource;
  readonly setMode: (mode: Mode) => Promise<void>;
  readonly getTask: (taskId: string) => Promise<Task | null>;
  readonly putTask: (task: Task) => Promise<boolean>;
  readonly enqueueTask: (task: Task) => Promise<void>;
  /** Null when the task is no longer queued. */
  readonly cancelTask: (taskId: string, at: string) => Promise<Task | null>;
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
  requestTask: async ({ body }, { caller }) => {
    const missing = (
      await Promise.all(body.dependsOn.map(async (id) => ((await deps.getTask(id)) === null ? [id] : [])))
    ).flat();
    if (missing.length > 0) throw new HttpProblem(409, `body.dependsOn: there is no task ${missing.join(', ')}`);
    const task = newTask(body, caller.name, deps.clock.now(), deps.sha256(deps.secret()));
    if (!(await deps.putTask(task))) throw new HttpProblem(409, `there is a task ${task.taskId} already: ask again`);
    await deps.enqueueTask(task);
    return task;
  },
  cancelTask: async ({ params: { id } }) => {
    const task = await deps.getTask(id);
    if (task === null) throw new HttpProblem(404, `path.id: there is no task ${id}`);
    const cancelled = await deps.cancelTask(id, toIso(deps.clock.now()));
    if (cancelled === null)
      throw new HttpProblem(409, `task ${id} is ${task.status}: only a queued one can be cancelled`);
    return cancelled;
  },
});
