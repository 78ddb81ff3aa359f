import * as z from 'zod';
import { chooser } from '../../core/chat/choose.ts';
import type { ChatDeps } from '../../core/chat/converse.ts';
import type { ChatRecords } from '../../core/chat/records.ts';
import { ChatModelSchema } from '../../core/contracts/chat-model.ts';
import { defaultCatalogue } from '../../core/learning/default-catalogue.ts';
import { epochMs } from '../../core/shared/units.ts';
import { chatCompletions } from '../../lambdas/adapters/chat-completions.ts';
import type { Io } from '../context.ts';
import { CliError } from '../system/cli-error.ts';
import type { Kintsugi } from '../system/kintsugi.ts';
import type { TaskQueue } from '../system/task-queue.ts';

/** What a conversation works with: the records by AWS APIs, tasks by the HTTP API, a language model only where one is set. */
export const chatDeps = async (kintsugi: Kintsugi, { env, now }: Pick<Io, 'env' | 'now'>): Promise<ChatDeps> => {
  // A question needs no queue, so its absence is told only to whoever asks for a task.
  const queue = await kintsugi.taskQueue(env['KINTSUGI_TOKEN']).catch((error: unknown) => error);
  const tasks = isQueue(queue) ? queue : null;
  return {
    env: kintsugi.connection.env,
    records: recordsOf(kintsugi, tasks),
    requestTask: (task) => (tasks === null ? Promise.reject(queue as Error) : tasks.request(task)),
    now: () => epochMs(now()),
    choose: modelIn(env),
  };
};

const isQueue = (value: unknown): value is TaskQueue =>
  typeof value === 'object' && value !== null && 'request' in value;

const recordsOf = (kintsugi: Kintsugi, tasks: TaskQueue | null): ChatRecords => ({
  incidents: (limit) => kintsugi.incidents(undefined, limit),
  incident: kintsugi.incident,
  journal: kintsugi.journal,
  workloads: kintsugi.workloads,
  firingAlarms: kintsugi.firingAlarms,
  mode: kintsugi.mode,
  agents: kintsugi.agents,
  tasks: () => tasks?.list() ?? Promise.resolve(null),
  table: async (tier) => (await kintsugi.evidenceTables()).get(tier) ?? new Map(),
  catalogue: defaultCatalogue,
});

const modelIn = (env: NodeJS.ProcessEnv): ChatDeps['choose'] => {
  const url = env['KINTSUGI_LLM_URL'];
  if (url === undefined) return null;
  const parsed = ChatModelSchema.safeParse({ url, model: env['KINTSUGI_LLM_MODEL'] });
  if (!parsed.success) throw new CliError(`KINTSUGI_LLM_URL, _MODEL: ${z.prettifyError(parsed.error)}`);
  return chooser(chatCompletions(parsed.data, () => Promise.resolve(env['KINTSUGI_LLM_KEY'] ?? null)));
};
