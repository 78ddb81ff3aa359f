import type * as z from 'zod';
import type { Task, TaskBodySchema } from '../contracts/api/tasks.ts';
import type { EpochMs } from '../shared/units.ts';
import { toIso } from '../shared/units.ts';

/**
 * A task as it is when it was asked for. Its id begins with the time, so that ids sort as tasks came.
 *
 * @param unique - hex digits that no other request of the same second has
 */
export const newTask = (
  body: z.output<typeof TaskBodySchema>,
  requestedBy: string,
  now: EpochMs,
  unique: string,
): Task => {
  const at = toIso(now);
  const second = at.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  return {
    taskId: `task-${second}-${unique.slice(0, 8)}`,
    ...body,
    status: 'queued',
    requestedBy,
    requestedAt: at,
    updatedAt: at,
    agent: null,
    incidentId: null,
    result: null,
  };
};
