import type { Interpretation } from '../../core/chat/interpret.ts';
import type { ChatWorld, QuestionIntent, Target } from '../../core/chat/intent.ts';
import { sentenceOf } from '../../core/chat/intent.ts';

const ecs = (workloadId: string) => ({
  workloadId,
  changes: ['restart', 'redeploy', 'rollback', 'scale'] as const,
  tasks: { min: 2, max: 6 },
});

/** What the phrases are said about. */
export const WORLD: ChatWorld = {
  env: 'dev',
  workloads: [
    ecs('storefront'),
    ecs('checkout'),
    ecs('payments'),
    ecs('search-api'),
    { workloadId: 'orders', changes: ['redrive'], tasks: null },
  ],
  waiting: ['inc-20261121-053000-payments-1a2b3c'],
  queued: ['task-20261121-060000-0a1b2c3d'],
};

/** An interpretation in the notation of the phrases. */
export const written = (found: Interpretation): string => {
  switch (found.kind) {
    case 'question':
      return `q ${question(found.intent)}`;
    case 'plan':
      return `do ${found.steps
        .map(
          ({ intent, after }, index) => `${index === 0 ? '' : after.length > 0 ? ' > ' : ' ; '}${sentenceOf(intent)}`,
        )
        .join('')}`;
    case 'ask':
    case 'confirm':
    case 'abort':
      return '?';
    case 'refuse':
      return '!';
  }
};

const target = (of: Target): string =>
  of.of === 'incident' ? of.incidentId : of.of === 'workload' ? of.workloadId : 'latest';

const question = (intent: QuestionIntent): string => {
  switch (intent.kind) {
    case 'why':
      return [intent.not ? 'why-not' : 'why', target(intent.target), intent.change]
        .filter((part) => part !== null)
        .join(' ');
    case 'approver':
      return `approver ${target(intent.target)}`;
    case 'incidents':
      return [
        'incidents',
        ...(intent.open ? ['open'] : []),
        ...(intent.workloadId === null ? [] : ['of', intent.workloadId]),
      ].join(' ');
    case 'hypothetical':
      return `hypothetical ${intent.workloadId} ${intent.hypothesis}`;
    case 'status':
    case 'depends':
      return `${intent.kind} ${intent.workloadId}`;
    case 'task':
      return `task ${intent.taskId}`;
    case 'broken':
    case 'waiting':
    case 'agents':
    case 'mode':
    case 'tasks':
    case 'help':
      return intent.kind;
  }
};
