import type * as z from 'zod';
import { newTask } from '../../core/api/task.ts';
import type { ServedOperation } from '../../core/contracts/api/routes.ts';
import type { StoredTask, Task, TaskBodySchema } from '../../core/contracts/api/tasks.ts';
import { TaskSchema } from '../../core/contracts/api/tasks.ts';
import type { Clock, Sha256 } from '../../core/shared/ports.ts';
import type { Caller } from '../api/caller.ts';
import type { Objection } from '../api/gate.ts';
import { HttpProblem } from '../api/http.ts';

/** What it takes to ask for a task, by its route or in the chat. */
export interface AskDeps {
  readonly clock: Clock;
  readonly sha256: Sha256;
  /** A secret that nobody can guess, of letters and digits. */
  readonly secret: () => string;
  readonly objection: Objection;
  readonly getTask: (taskId: string) => Promise<Task | null>;
  readonly putTask: (task: StoredTask) => Promise<boolean>;
  readonly enqueueTask: (task: Pick<Task, 'taskId' | 'priority'>) => Promise<void>;
}

/** What a task can do that not everybody may who may ask for one. */
const OPERATIONS: readonly ServedOperation[] = [
  'setMode',
  'stopEverything',
  'answerApproval',
  'giveFeedback',
  'cancelTask',
];

/**
 * Keeps a task and puts it into the queue of its priority, together with what its caller may do now: a task is no way to more.
 *
 * @throws HttpProblem 409 when it depends on a task that is not there
 */
export const askForTask = async (
  body: z.output<typeof TaskBodySchema>,
  caller: Caller,
  deps: AskDeps,
): Promise<Task> => {
  const missing = (
    await Promise.all(body.dependsOn.map(async (id) => ((await deps.getTask(id)) === null ? [id] : [])))
  ).flat();
  if (missing.length > 0) throw new HttpProblem(409, `body.dependsOn: there is no task ${missing.join(', ')}`);
  const objections = await Promise.all(OPERATIONS.map((operation) => deps.objection(caller, operation)));
  const may = OPERATIONS.filter((_, index) => objections[index] === null);
  const { name, subject } = caller;
  const task = newTask(body, { name, subject, may }, deps.clock.now(), deps.sha256(deps.secret()));
  if (!(await deps.putTask(task))) throw new HttpProblem(409, `there is a task ${task.taskId} already: ask again`);
  await deps.enqueueTask(task);
  return TaskSchema.parse(task);
};
