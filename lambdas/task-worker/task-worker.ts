import type { StoredTask, TaskStatus } from '../../core/contracts/api/tasks.ts';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import type { RequestIntent } from '../../core/chat/intent.ts';
import { interpret } from '../../core/chat/interpret.ts';
import { knownWorkloads } from '../../core/chat/records.ts';
import { incidentIdFor } from '../../core/incident/incident-id.ts';
import { atMostMembers, relatedWorkloads } from '../../core/incident/members.ts';
import type { IncidentStore, Journal, Workflow, WorkloadRegistry } from '../../core/shared/ports.ts';
import type { Result } from '../../core/shared/result.ts';
import { err, ok } from '../../core/shared/result.ts';
import { toIso } from '../../core/shared/units.ts';
import type { ChangeIntent } from '../../core/task/opening.ts';
import { isChange, signalOf } from '../../core/task/opening.ts';
import { isOver, progressOf } from '../../core/task/progress.ts';
import { inputOf, openingOf } from '../shared/opening.ts';
import type { RecorderDeps } from '../shared/recorder.ts';
import type { OrderDeps } from './orders.ts';
import { carryOut } from './orders.ts';

/** What a worker may change about a task. */
export type TaskChange = Partial<Pick<StoredTask, 'status' | 'agent' | 'incidentId' | 'plan' | 'result' | 'begunAt'>>;

export interface TaskWorkerDeps extends RecorderDeps, OrderDeps {
  readonly registry: WorkloadRegistry;
  readonly getTask: (taskId: string) => Promise<StoredTask | null>;
  /** Changes a task that is in one of these states; null when it is in another one by now. */
  readonly changeTask: (
    taskId: string,
    from: readonly TaskStatus[],
    change: TaskChange & { readonly updatedAt: string },
  ) => Promise<StoredTask | null>;
  /** Tasks that are queued. */
  readonly queuedTasks: () => Promise<readonly StoredTask[]>;
  readonly enqueueTask: (task: StoredTask) => Promise<void>;
  readonly incidents: Pick<IncidentStore, 'open'>;
  readonly journal: Pick<Journal, 'read'>;
  readonly workflow: Workflow;
}

const NOT_BEGUN: readonly TaskStatus[] = ['queued'];
const UNDER_WAY: readonly TaskStatus[] = ['running', 'planned'];

/**
 * Takes up a task, once: reads what it asks for, waits for those that it depends on, and either opens the incident that
 * carries it out or carries it out itself.
 *
 * Safe to run again at any point: an incident's id follows from the task, and what is over is left as it is.
 *
 * @returns the task as it is now; null when there is none
 */
export const handleTask = async (taskId: string, deps: TaskWorkerDeps): Promise<StoredTask | null> => {
  const task = await deps.getTask(taskId);
  if (task === null) return null;
  if (isOver(task.status)) return wake(task, deps);
  if (task.status === 'planned') return task;
  if (task.status === 'queued') {
    const waits = await whyNotYet(task, deps);
    if (waits === 'wait') return task;
    if (waits !== null) return end(task, { status: 'refused', result: waits }, deps);
  }
  const intent = await intentOf(task, deps);
  if (!intent.ok) return end(task, { status: 'refused', result: intent.error }, deps);
  const begun = task.status === 'running' ? task : await begin(task, intent.value, deps);
  if (begun === null) return task;
  if (isChange(intent.value)) return open(begun, intent.value, deps);
  return end(begun, await carryOut(intent.value, begun, deps), deps);
};

/** Follows the incident that carries a task out. */
export const followTask = async (incidentId: string, deps: TaskWorkerDeps): Promise<StoredTask | null> => {
  const records = await deps.journal.read(incidentId);
  const taskId = taskIdIn(records);
  const task = taskId === null ? null : await deps.getTask(taskId);
  if (task === null) return null;
  if (isOver(task.status)) return wake(task, deps);
  const progress = progressOf(records);
  const now = await change(task, UNDER_WAY, progress, deps);
  return isOver(now.status) ? wake(now, deps) : now;
};

/** The task as it is after the change; as somebody else has changed it, or this very change did when its answer was lost. */
const change = async (
  task: StoredTask,
  from: readonly TaskStatus[],
  to: TaskChange,
  { changeTask, getTask, clock }: TaskWorkerDeps,
): Promise<StoredTask> =>
  (await changeTask(task.taskId, from, { ...to, updatedAt: toIso(clock.now()) })) ??
  (await getTask(task.taskId)) ??
  task;

const taskIdIn = ([first]: readonly JournalRecord[]): string | null =>
  first?.kind === 'incident_opened' ? (first.body.signal.request?.taskId ?? null) : null;

/** `wait`, or why it will never begin; null when it may. */
const whyNotYet = async ({ dependsOn }: StoredTask, { getTask }: TaskWorkerDeps): Promise<string | null> => {
  const needed = await Promise.all(dependsOn.map(async (id) => ({ id, status: (await getTask(id))?.status })));
  const lost = needed.find(({ status }) => status === undefined || (isOver(status) && status !== 'done'));
  if (lost !== undefined)
    return `${lost.id}, on which it depends, ${lost.status === undefined ? 'is gone' : `was ${lost.status}`}`;
  return needed.every(({ status }) => status === 'done') ? null : 'wait';
};

/** The one thing that a task asks for. What is not understood, or says several things, is not guessed at. */
const intentOf = async (
  task: StoredTask,
  { registry, env }: TaskWorkerDeps,
): Promise<Result<RequestIntent, string>> => {
  const world = { env, workloads: knownWorkloads(await registry.all('fresh')), waiting: [], queued: [] };
  const found = interpret(task.request, world);
  switch (found.kind) {
    case 'plan': {
      const [only, ...others] = found.steps;
      if (only === undefined || others.length > 0) return err('it asks for several things: ask for one task each');
      return ok(only.intent);
    }
    case 'refuse':
      return err(found.text);
    case 'ask':
      return err([found.text, ...found.options].join('; '));
    case 'question':
      return err('it is a question, which POST /chat answers');
    case 'confirm':
    case 'abort':
      return err('it answers something, and nothing was asked');
  }
};

/** Null when somebody else has begun it, and goes on with it. */
const begin = async (task: StoredTask, intent: RequestIntent, deps: TaskWorkerDeps): Promise<StoredTask | null> => {
  const begunAt = toIso(deps.clock.now());
  const incidentId = isChange(intent) ? incidentIdFor(signalOf(task, intent, begunAt, deps.sha256), deps.sha256) : null;
  const running = { status: 'running', agent: 'interaction-agent', begunAt, incidentId } as const;
  const now = await change(task, NOT_BEGUN, running, deps);
  return now.status === 'running' && now.begunAt === begunAt ? now : null;
};

/** Opens the incident of a wish. It takes no workload away from those who heal it: signals still open incidents of their own. */
const open = async (task: StoredTask, intent: ChangeIntent, deps: TaskWorkerDeps): Promise<StoredTask> => {
  const signal = signalOf(task, intent, task.begunAt ?? task.requestedAt, deps.sha256);
  const { incident, record } = openingOf(signal, [], deps);
  await deps.incidents.open({ incident, signal, record, members: [] });
  const related = relatedWorkloads(intent.workloadId, await deps.registry.all());
  const members = atMostMembers(intent.workloadId, related);
  await deps.workflow.start(incident.incidentId, { ...inputOf(record), members: [...members] });
  return task;
};

const end = async (
  task: StoredTask,
  result: Required<Pick<TaskChange, 'status' | 'result'>>,
  deps: TaskWorkerDeps,
): Promise<StoredTask> => wake(await change(task, [...NOT_BEGUN, ...UNDER_WAY], result, deps), deps);

/** Tasks that wait for this one are looked at again, each by its own queue; once too often does no harm. */
const wake = async (task: StoredTask, deps: TaskWorkerDeps): Promise<StoredTask> => {
  const waiting = (await deps.queuedTasks()).filter(({ dependsOn }) => dependsOn.includes(task.taskId));
  await Promise.all(waiting.map((one) => deps.enqueueTask(one)));
  return task;
};
