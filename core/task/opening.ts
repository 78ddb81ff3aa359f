import type { StoredTask } from '../contracts/api/tasks.ts';
import type { RequestedChange } from '../contracts/request.ts';
import type { Signal } from '../contracts/signal.ts';
import { sentenceOf } from '../chat/intent.ts';
import type { RequestIntent } from '../chat/intent.ts';
import type { Sha256 } from '../shared/ports.ts';

/** A wish that changes a workload. */
export type ChangeIntent = Extract<
  RequestIntent,
  { readonly kind: 'scaleTo' | 'scaleBy' | 'restart' | 'redeploy' | 'rollback' | 'redrive' }
>;

const CHANGES: ReadonlySet<RequestIntent['kind']> = new Set<ChangeIntent['kind']>([
  'scaleTo',
  'scaleBy',
  'restart',
  'redeploy',
  'rollback',
  'redrive',
]);

export const isChange = (intent: RequestIntent): intent is ChangeIntent => CHANGES.has(intent.kind);

/** As a request is answered by a person who waits, it comes before most faults and after a workload that is down. */
const SEVERITY = 50;

/**
 * The signal of a wish: the same for the same task, however often its message is delivered.
 *
 * @param begunAt - when its worker took it up first, ISO 8601
 */
export const signalOf = (
  task: Pick<StoredTask, 'taskId' | 'requestedBy' | 'confirmed' | 'may'>,
  intent: ChangeIntent,
  begunAt: string,
  sha256: Sha256,
): Signal => ({
  signalId: sha256(`task|${task.taskId}`),
  workloadId: intent.workloadId,
  source: 'task',
  status: 'firing',
  role: null,
  severity: SEVERITY,
  occurredAt: begunAt,
  summary: `${task.requestedBy} asked: ${sentenceOf(intent)}`,
  changeIds: [],
  request: {
    taskId: task.taskId,
    by: task.requestedBy,
    confirmed: task.confirmed && task.may.includes('answerApproval'),
    change: changeOf(intent),
  },
});

const changeOf = (intent: ChangeIntent): RequestedChange => {
  switch (intent.kind) {
    case 'scaleTo':
    case 'scaleBy':
      return { kind: intent.kind, tasks: intent.tasks };
    default:
      return { kind: intent.kind };
  }
};
