import type * as z from 'zod';
import type { StoredTask, TaskBodySchema } from '../contracts/api/tasks.ts';
import type { EpochMs } from '../shared/units.ts';
import { toIso } from '../shared/units.ts';

/** Who asks, and what they may do besides. */
export interface Asker {
  readonly name: string;
  /** Stable id. */
  readonly subject: string;
  readonly may: readonly string[];
}

/**
 * A task as it is when it was asked for. Its id begins with the time, so that ids sort as tasks came.
 *
 * @param unique - hex digits that no other request of the same second has
 */
export const newTask = (
  body: z.output<typeof TaskBodySchema>,
  { name, subject, may }: Asker,
  now: EpochMs,
  unique: string,
): StoredTask => {
  const at = toIso(now);
  const second = at.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  return {
    taskId: `task-${second}-${unique.slice(0, 8)}`,
    ...body,
    status: 'queued',
    requestedBy: name,
    requestedAt: at,
    updatedAt: at,
    agent: null,
    incidentId: null,
    plan: null,
    result: null,
    subject,
    may: [...may],
    begunAt: null,
  };
};
