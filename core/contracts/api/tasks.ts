import * as z from 'zod';
import { AgentNameSchema } from '../agent.ts';
import { IncidentIdSchema } from '../loop-state.ts';
import { TaskIdSchema } from '../request.ts';
import { WorkloadIdSchema } from '../workload.ts';
import type { RouteSpec } from './route.ts';
import { listOf, nextCursor, pageQuery } from './route.ts';

export { TaskIdSchema };

export const PrioritySchema = z.enum(['high', 'normal', 'low']);
export type Priority = z.output<typeof PrioritySchema>;

/** `planned`: what would be done is shown, and waits for a person's yes. */
export const TaskStatusSchema = z.enum(['queued', 'running', 'planned', 'done', 'refused', 'failed', 'cancelled']);
export type TaskStatus = z.output<typeof TaskStatusSchema>;

export const TaskBodySchema = z.strictObject({
  /** In the person's own words. */
  request: z.string().min(1).max(2_000),
  workloadId: WorkloadIdSchema.nullable().default(null),
  priority: PrioritySchema.default('normal'),
  /** Tasks that must be done before this one begins. */
  dependsOn: z.array(TaskIdSchema).max(10).default([]),
  /** The caller has been shown what it means and said yes: an approval, if the caller may approve. */
  confirmed: z.boolean().default(false),
});

export const TaskSchema = z.object({
  taskId: TaskIdSchema,
  request: z.string(),
  workloadId: WorkloadIdSchema.nullable(),
  priority: PrioritySchema,
  dependsOn: z.array(TaskIdSchema),
  status: TaskStatusSchema,
  requestedBy: z.string(),
  requestedAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  agent: AgentNameSchema.nullable().default(null),
  /** The incident that carries it out, with its plan, its verdict and its proof; null where no workload is changed. */
  incidentId: IncidentIdSchema.nullable().default(null),
  /** What exactly will be done, once that is known. */
  plan: z.string().nullable().default(null),
  /** What came of it, in words. */
  result: z.string().nullable().default(null),
});
export type Task = z.output<typeof TaskSchema>;

/** A task as it is kept: with what its worker must know and nobody else. */
export const StoredTaskSchema = TaskSchema.extend({
  /** Stable id of whoever asked. */
  subject: z.string().default(''),
  /** Operations of the API that whoever asked was allowed then; what the task does is held to it. */
  may: z.array(z.string()).default([]),
  confirmed: z.boolean().default(false),
  /** When a worker took it up. */
  begunAt: z.iso.datetime().nullable().default(null),
});
export type StoredTask = z.output<typeof StoredTaskSchema>;

export const TaskListSchema = z.object({ tasks: z.array(TaskSchema), nextCursor });
export const TaskPathSchema = z.object({ id: TaskIdSchema });

export const ChatBodySchema = z.strictObject({
  message: z.string().min(1).max(2_000),
  /** Continues a conversation; null begins one. */
  conversationId: z
    .string()
    .regex(/^chat-[0-9a-z-]{8,60}$/, 'must be the `conversationId` of an earlier answer')
    .nullable()
    .default(null),
});
/** `question`: it needs to know more; `plan`: what would be done after a yes; `refusal`: and why. */
export const ChatAnswerSchema = z.object({
  conversationId: z.string(),
  kind: z.enum(['answer', 'question', 'plan', 'refusal']),
  text: z.string(),
  /** What the answer rests on; `path` is a route of this API. */
  links: z.array(z.object({ title: z.string(), path: z.string() })),
  /** The steps of a plan that waits for a yes, in words. */
  plan: z.array(z.string()),
  /** Sentences that would be understood, where it asks back. */
  options: z.array(z.string()),
  /** Tasks that a yes has queued. */
  tasks: z.array(TaskSchema),
});

export const taskRoutes = {
  requestTask: {
    method: 'POST',
    path: '/tasks',
    role: 'operator',
    tag: 'tasks',
    summary: 'Ask an agent to do something',
    body: TaskBodySchema,
    status: 202,
    response: TaskSchema,
    problems: [409],
  },
  listTasks: {
    method: 'GET',
    path: '/tasks',
    role: 'viewer',
    tag: 'tasks',
    summary: 'List tasks, newest first',
    query: z.strictObject({
      status: listOf(TaskStatusSchema, TaskStatusSchema.options.length).optional(),
      ...pageQuery,
    }),
    status: 200,
    response: TaskListSchema,
  },
  showTask: {
    method: 'GET',
    path: '/tasks/{id}',
    role: 'viewer',
    tag: 'tasks',
    summary: 'Show one task',
    params: TaskPathSchema,
    status: 200,
    response: TaskSchema,
    problems: [404],
  },
  cancelTask: {
    method: 'DELETE',
    path: '/tasks/{id}',
    role: 'operator',
    tag: 'tasks',
    summary: 'Cancel a task before it acts',
    params: TaskPathSchema,
    status: 200,
    response: TaskSchema,
    problems: [404, 409],
  },
  chat: {
    method: 'POST',
    path: '/chat',
    role: 'operator',
    tag: 'tasks',
    summary: 'Ask or request something in a sentence',
    description:
      'Questions are answered from the records. A request is answered with its plan; the next message of the conversation, if it is nothing but a yes, makes tasks of it, which pass the guards like everything else.',
    body: ChatBodySchema,
    status: 200,
    response: ChatAnswerSchema,
  },
} as const satisfies Readonly<Record<string, RouteSpec>>;
