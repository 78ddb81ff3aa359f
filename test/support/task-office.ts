import { newTask } from '../../core/api/task.ts';
import type { Feedback } from '../../core/contracts/api/incidents.ts';
import type { StoredTask } from '../../core/contracts/api/tasks.ts';
import { TaskBodySchema } from '../../core/contracts/api/tasks.ts';
import type { Mode } from '../../core/contracts/limits.ts';
import type { Pause } from '../../core/task/pause.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import type { StoppedPlace } from '../../lambdas/shared/stopped-place.ts';
import type { TaskWorkerDeps } from '../../lambdas/task-worker/task-worker.ts';
import { followTask, handleTask } from '../../lambdas/task-worker/task-worker.ts';
import { AGENT_ID } from './builders.ts';
import type { HealingSystem } from './healing-system.ts';

interface Asked {
  readonly confirmed?: boolean;
  readonly dependsOn?: readonly string[];
  readonly priority?: 'high' | 'normal' | 'low';
  readonly by?: string;
  readonly may?: readonly string[];
}

/** Tasks, their queues and their worker in memory, beside a whole healing system. */
export interface TaskOffice {
  readonly deps: TaskWorkerDeps;
  /** Messages that wait, in the order in which they came. */
  readonly queue: string[];
  readonly modes: Mode[];
  readonly stops: string[];
  readonly pauses: (readonly [string | null, Pause | null])[];
  readonly ratings: Feedback[];
  places: readonly StoppedPlace[];
  ask(request: string, asked?: Asked): string;
  task(taskId: string): StoredTask;
  /** Delivers every message that waits, and those that come of it. */
  work(): Promise<void>;
  /** Runs a task's incident to its end, and tells the worker. */
  run(taskId: string): Promise<StoredTask>;
}

export const taskOffice = (system: HealingSystem): TaskOffice => {
  const tasks = new Map<string, StoredTask>();
  const queue: string[] = [];
  const { stores, clock } = system;
  const office: TaskOffice = {
    queue,
    modes: [],
    stops: [],
    pauses: [],
    ratings: [],
    places: [{ place: 'mode parameter', ok: true, detail: 'off' }],
    deps: {
      clock,
      sha256,
      env: 'dev',
      agentId: AGENT_ID,
      registry: stores.registry,
      getTask: async (taskId) => tasks.get(taskId) ?? null,
      changeTask: async (taskId, from, change) => {
        const task = tasks.get(taskId);
        if (task === undefined || !from.includes(task.status)) return null;
        const changed: StoredTask = { ...task, ...change };
        tasks.set(taskId, changed);
        return changed;
      },
      queuedTasks: async () => [...tasks.values()].filter(({ status }) => status === 'queued'),
      enqueueTask: async ({ taskId }) => void queue.push(taskId),
      incidents: stores.incidents,
      journal: stores.journal,
      workflow: system.workflow,
      mode: { read: async () => ({ mode: office.modes.at(-1) ?? 'auto', reason: 'as it was set', since: null }) },
      setMode: async (mode) => void office.modes.push(mode),
      stop: async (reason) => {
        office.stops.push(reason);
        return office.places;
      },
      approvals: { ...stores.approvals, send: async () => true },
      getIncident: stores.incidents.get,
      ratings: {
        experienceOf: async () => null,
        putFeedback: async (_subject, feedback) => {
          if (office.ratings.some(({ incidentId }) => incidentId === feedback.incidentId)) return false;
          office.ratings.push(feedback);
          return true;
        },
      },
      cancelTask: async (taskId, updatedAt) =>
        office.deps.changeTask(taskId, ['queued'], { status: 'cancelled', updatedAt }),
      pause: async (workloadId, pause) => {
        office.pauses.push([workloadId, pause]);
        return [workloadId ?? 'payments'];
      },
    },
    ask: (request, { by = 'ada', may = ['answerApproval'], ...rest } = {}) => {
      const body = TaskBodySchema.parse({ request, ...rest, dependsOn: [...(rest.dependsOn ?? [])] });
      const unique = sha256(`${tasks.size}`);
      const task = newTask(body, { name: by, subject: by, may }, clock.now(), unique);
      tasks.set(task.taskId, task);
      queue.push(task.taskId);
      return task.taskId;
    },
    task: (taskId) => {
      const task = tasks.get(taskId);
      if (task === undefined) throw new Error(`there is no task ${taskId}`);
      return task;
    },
    work: async () => {
      for (let taskId = queue.shift(); taskId !== undefined; taskId = queue.shift())
        await handleTask(taskId, office.deps);
    },
    run: async (taskId) => {
      const { incidentId } = office.task(taskId);
      if (incidentId === null) throw new Error(`${taskId} has no incident`);
      await system.run(incidentId);
      await followTask(incidentId, office.deps);
      return office.task(taskId);
    },
  };
  return office;
};
