import type { RequestTask } from '../../core/chat/converse.ts';
import type { ApiClient } from '../../core/api/client.ts';
import type { Task } from '../../core/contracts/api/tasks.ts';
import { saying } from './http-api.ts';

/** Tasks, through the HTTP API: its gate decides who may ask for one. */
export interface TaskQueue {
  readonly request: RequestTask;
  /** Newest first. */
  readonly list: () => Promise<readonly Task[]>;
}

const NEWEST = 50;
/** The queue of an environment. */
export const taskQueueOf = (client: ApiClient): TaskQueue => ({
  request: async (body) => (await saying(client.call('requestTask', { body }))).value,
  list: async () => (await saying(client.call('listTasks', { query: { limit: NEWEST } }))).value.tasks,
});
