import { describePlan } from '../action/plan.ts';
import type { StoredTask, TaskStatus } from '../contracts/api/tasks.ts';
import type { JournalRecord } from '../contracts/journal.ts';

/** Statuses in which nothing more will come of a task. */
const OVER: readonly TaskStatus[] = ['done', 'refused', 'failed', 'cancelled'];
export const isOver = (status: TaskStatus): boolean => OVER.includes(status);

export type Progress = Pick<StoredTask, 'status' | 'plan' | 'result'>;

/**
 * How far a task is, from the records of the incident that carries it out: the same records, the same answer, in whatever
 * order and however often their events arrive.
 */
export const progressOf = (records: readonly JournalRecord[]): Progress => {
  const decision = records.findLast((record) => record.kind === 'action_decided')?.body;
  const plan = decision === undefined || decision.plan.actionId === 'escalate' ? null : describePlan(decision.plan);
  const end = records.findLast((record) => record.kind === 'attempt_explained')?.body;
  const broken = records.findLast((record) => record.kind === 'incident_escalated')?.body;
  if (broken !== undefined) return { status: 'failed', plan, result: broken.explanation };
  if (end !== undefined) return { status: ENDED[end.disposition], plan, result: end.explanation };
  const last = records.findLast(({ kind }) => kind === 'verdict_given' || kind === 'approval_answered');
  const waits = last?.kind === 'verdict_given' && last.body.verdict === 'ask';
  return { status: waits ? 'planned' : 'running', plan, result: null };
};

const ENDED = { recovered: 'done', escalated: 'failed', dismissed: 'refused', retry: 'running' } as const;
