import type { Choose } from '../../core/chat/choose.ts';
import type { Pending } from '../../core/chat/converse.ts';
import { converse } from '../../core/chat/converse.ts';
import type { ChatRecords } from '../../core/chat/records.ts';
import type { ChatOperation } from '../../core/contracts/api/routes.ts';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import type { Handlers } from '../api/gate.ts';
import type { AskDeps } from '../shared/ask-for-task.ts';
import { askForTask } from '../shared/ask-for-task.ts';

export interface ChatRouteDeps extends AskDeps {
  readonly env: EnvironmentName;
  readonly records: ChatRecords;
  readonly choose: Choose | null;
  readonly takePlan: (subject: string, conversationId: string) => Promise<Pending | null>;
  readonly keepPlan: (subject: string, conversationId: string, plan: Pending) => Promise<void>;
}

/** Digits of a secret: enough that nobody meets another's conversation. */
const ID_DIGITS = 24;

/** One turn of a conversation over HTTP; what waits for a yes is kept between the turns, for its caller alone. */
export const chatHandlers = (deps: ChatRouteDeps): Handlers<ChatOperation> => ({
  chat: async ({ body: { message, conversationId } }, { caller }) => {
    const id = conversationId ?? `chat-${deps.secret().slice(0, ID_DIGITS)}`;
    const waiting = conversationId === null ? null : await deps.takePlan(caller.subject, id);
    const { reply, pending } = await converse(message, waiting, {
      env: deps.env,
      records: deps.records,
      choose: deps.choose,
      now: () => deps.clock.now(),
      requestTask: (task) => askForTask(task, caller, deps),
    });
    if (pending !== null) await deps.keepPlan(caller.subject, id, pending);
    const { kind, text, links, plan, options, tasks } = reply;
    return {
      conversationId: id,
      kind,
      text,
      links: [...links],
      plan: [...plan],
      options: [...options],
      tasks: [...tasks],
    };
  },
});
