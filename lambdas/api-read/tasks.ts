import { encodeCursor } from '../../core/api/cursor.ts';
import type { Task } from '../../core/contracts/api/tasks.ts';
import type { Handlers } from '../api/gate.ts';
import { HttpProblem } from '../api/http.ts';
import { positionIn } from './incidents.ts';

export interface TaskReads {
  readonly getTask: (taskId: string) => Promise<Task | null>;
  /** Newest first, from `before` backwards. */
  readonly listTasks: (before: string | null, limit: number) => Promise<Task[]>;
}

/** Tasks that one request may read to find those of a status. */
const MOST_READ = 1_000;

export const taskHandlers = (deps: TaskReads): Handlers<'listTasks' | 'showTask'> => ({
  showTask: async ({ params: { id } }) => {
    const task = await deps.getTask(id);
    if (task === null) throw new HttpProblem(404, `path.id: there is no task ${id}`);
    return task;
  },
  listTasks: async ({ query: { status, limit, cursor } }) => {
    const before = positionIn(cursor)?.id ?? null;
    const read = await deps.listTasks(before, status === undefined ? limit + 2 : MOST_READ);
    const wanted = read.filter(
      (task) => task.taskId !== before && (status === undefined || status.includes(task.status)),
    );
    const tasks = wanted.slice(0, limit);
    const isCut = wanted.length > tasks.length;
    const last = isCut ? tasks.at(-1) : read.length >= MOST_READ ? read.at(-1) : undefined;
    return { tasks, nextCursor: last === undefined ? null : encodeCursor({ at: last.requestedAt, id: last.taskId }) };
  },
});
