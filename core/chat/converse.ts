import * as z from 'zod';
import type { ChatAnswerSchema, Priority, Task } from '../contracts/api/tasks.ts';
import { PrioritySchema } from '../contracts/api/tasks.ts';
import type { EnvironmentName } from '../contracts/workload.ts';
import type { EpochMs } from '../shared/units.ts';
import { after as later, epochMs, isBefore, minutes } from '../shared/units.ts';
import type { ChatLink } from './answer.ts';
import { answerTo } from './answer.ts';
import type { Choose } from './choose.ts';
import { RequestIntentSchema, sentenceOf } from './intent.ts';
import type { Interpretation, Step } from './interpret.ts';
import { interpret } from './interpret.ts';
import type { ChatRecords } from './records.ts';
import { worldOf } from './records.ts';

/** A plan that was shown and waits for a yes. */
export interface Pending {
  readonly steps: readonly Step[];
  readonly priority: Priority;
  /** A yes after this is to something that was long ago. */
  readonly until: EpochMs;
}

/** A plan as it is kept between two requests. */
export const PendingSchema: z.ZodType<Pending> = z.object({
  steps: z.array(z.object({ intent: RequestIntentSchema, after: z.array(z.int().min(0)) })).min(1),
  priority: PrioritySchema,
  until: z.number().transform(epochMs),
});

const PLAN_LASTS = minutes(10);

export interface Reply {
  readonly kind: z.output<typeof ChatAnswerSchema>['kind'];
  readonly text: string;
  readonly links: readonly ChatLink[];
  /** The steps of the plan, in words. */
  readonly plan: readonly string[];
  /** Sentences that would be understood. */
  readonly options: readonly string[];
  /** Tasks that were asked for. */
  readonly tasks: readonly Task[];
}

/** Asks for a task; the API's `POST /tasks`. */
export type RequestTask = (task: {
  readonly request: string;
  readonly workloadId: string | null;
  readonly priority: Priority;
  readonly dependsOn: string[];
  /** A person has seen the plan and said yes to it. */
  readonly confirmed: boolean;
}) => Promise<Task>;

export interface ChatDeps {
  readonly env: EnvironmentName;
  readonly records: ChatRecords;
  readonly requestTask: RequestTask;
  readonly now: () => EpochMs;
  /** Where one is configured: picks one of the sentences that the interpreter offers. */
  readonly choose: Choose | null;
}

/**
 * One turn of a conversation. The only effect that a message can have is a task, and only if the message before it showed
 * exactly that plan and this one is nothing but a yes.
 */
export const converse = async (
  message: string,
  pending: Pending | null,
  deps: ChatDeps,
): Promise<{ readonly reply: Reply; readonly pending: Pending | null }> => {
  const world = await worldOf(deps.env, deps.records);
  const found = await widened(message, interpret(message, world), deps, (text) => interpret(text, world));
  switch (found.kind) {
    case 'confirm':
      if (pending === null)
        return { reply: reply('question', 'No plan waits for a yes. What shall be done?'), pending: null };
      if (isBefore(pending.until, deps.now())) {
        return { reply: reply('question', 'The plan is too old for a yes. Say it again.'), pending: null };
      }
      return { reply: await queue(pending, deps, true), pending: null };
    case 'abort':
      return {
        reply: reply('answer', pending === null ? 'Nothing was planned.' : 'Nothing will be done.'),
        pending: null,
      };
    case 'refuse':
      return { reply: reply('refusal', found.text), pending: null };
    case 'ask':
      return { reply: { ...reply('question', found.text), options: found.options }, pending: null };
    case 'question': {
      const answer = await answerTo(found.intent, deps.records, deps.now());
      // A question in between does not take the plan back; what would be done was shown and has not changed.
      return { reply: { ...reply('answer', answer.text), links: answer.links }, pending };
    }
    case 'plan':
      return {
        reply: shown(found),
        pending: { steps: found.steps, priority: found.priority, until: later(deps.now(), PLAN_LASTS) },
      };
  }
};

const reply = (kind: Reply['kind'], text: string): Reply => ({
  kind,
  text,
  links: [],
  plan: [],
  options: [],
  tasks: [],
});

/** Lets the provider choose where the grammar asks back; what it chooses is read like any message. */
const widened = async (
  message: string,
  found: Interpretation,
  { choose }: ChatDeps,
  again: (text: string) => Interpretation,
): Promise<Interpretation> => {
  if (choose === null || found.kind !== 'ask' || found.options.length === 0) return found;
  const chosen = await choose(message, found.options);
  return chosen === null ? found : again(chosen);
};

const shown = ({ steps, priority }: Omit<Pending, 'until'>): Reply => ({
  ...reply(
    'plan',
    `I would ask for this with ${priority} priority; the guards decide about each step. Say yes to queue it.`,
  ),
  plan: planLines(steps),
});

export const planLines = (steps: readonly Step[]): string[] =>
  steps.map(({ intent, after }, index) => {
    const first = after.map((place) => place + 1);
    return `${index + 1}. ${sentenceOf(intent)}${first.length === 0 ? '' : ` (after ${first.join(' and ')} succeeded)`}`;
  });

/**
 * Asks for the tasks in order. If one cannot be asked for, those after it are not either, and the reply says which are.
 *
 * @param confirmed - whether a person said yes to exactly these steps; a program's yes is none
 */
export const queue = async (
  { steps, priority }: Omit<Pending, 'until'>,
  { requestTask }: Pick<ChatDeps, 'requestTask'>,
  confirmed: boolean,
): Promise<Reply> => {
  const tasks: Task[] = [];
  for (const { intent, after } of steps) {
    try {
      const task = await requestTask({
        request: sentenceOf(intent),
        workloadId: 'workloadId' in intent ? intent.workloadId : null,
        priority: intent.kind === 'stop' ? 'high' : priority,
        dependsOn: after.flatMap((place) => tasks[place]?.taskId ?? []),
        confirmed,
      });
      tasks.push(task);
    } catch (error) {
      const done =
        tasks.length === 0 ? 'Nothing was queued' : `Only ${tasks.map(({ taskId }) => taskId).join(', ')} was queued`;
      return { ...reply('refusal', `${done}: ${error instanceof Error ? error.message : String(error)}`), tasks };
    }
  }
  return {
    ...reply('answer', tasks.map(({ taskId, request, status }) => `${taskId}: ${request} (${status})`).join('\n')),
    links: tasks.map(({ taskId }) => ({ title: taskId, path: `/tasks/${taskId}` })),
    tasks,
  };
};
