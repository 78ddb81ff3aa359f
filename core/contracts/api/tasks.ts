import * as z from 'zod';
import { AgentNameSchema } from '../agent.ts';
import { IncidentIdSchema } from '../loop-state.ts';
import { WorkloadIdSchema } from '../workload.ts';
import type { RouteSpec } from './route.ts';
import { listOf, nextCursor, pageQuery } from './route.ts';

/** Readable and sortable: when it was asked for, and a part of the hash of what was. */
export const TaskIdSchema = z
  .string()
  .regex(/^task-\d{8}-\d{6}-[0-9a-f]{8}$/, 'must look like task-20261121-053000-1a2b3c4d');

export const PrioritySchema = z.enum(['high', 'normal', 'low']);
export type Priority = z.output<typeof PrioritySchema>;

export const TaskStatusSchema = z.enum(['queued', 'running', 'succeeded', 'refused', 'failed', 'cancelled']);

export const TaskBodySchema = z.strictObject({
  /** In the person's own words. */
  request: z.string().min(1).max(2_000),
  workloadId: WorkloadIdSchema.nullable().default(null),
  priority: PrioritySchema.default('normal'),
  /** Tasks that must have succeeded before this one begins. */
  dependsOn: z.array(TaskIdSchema).max(10).default([]),
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
  incidentId: IncidentIdSchema.nullable().default(null),
  /** What came of it, in words. */
  result: z.string().nullable().default(null),
});
export type Task = z.output<typeof TaskSchema>;

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
/** `question`: it needs to know more; `plan`: what would be done, as a task that waits; `refusal`: and why. */
export const ChatAnswerSchema = z.object({
  conversationId: z.string(),
  kind: z.enum(['answer', 'question', 'plan', 'refusal']),
  text: z.string(),
  /** What the answer rests on; `path` is a route of this API. */
  links: z.array(z.object({ title: z.string(), path: z.string() })),
  taskId: TaskIdSchema.nullable(),
  plan: z.array(z.string()),
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
    query: z.strictObject({ status: listOf(TaskStatusSchema, 6).optional(), ...pageQuery }),
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
    summary: 'Cancel a task that has not begun',
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
    body: ChatBodySchema,
    status: 200,
    response: ChatAnswerSchema,
    reserved: true,
  },
} as const satisfies Readonly<Record<string, RouteSpec>>;
