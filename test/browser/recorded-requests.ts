import type { AnswerOf } from '../../core/contracts/api/routes.ts';
import { incidentIds } from './recorded-answers.ts';

/** What the API answers to those who ask for something to be done. */

export const theStopReport = (): AnswerOf<'stopEverything'> => ({
  stopped: true,
  places: [
    { place: 'mode parameter', stopped: true, detail: '/kintsugi/dev/mode is off' },
    { place: 'entry', stopped: true, detail: 'Act does not run any more, and signals wait in their queue' },
    { place: 'IAM denial', stopped: false, detail: 'iam:AttachRolePolicy is not allowed' },
  ],
});

const TASK = 'task-20261121-101500-1a2b3c4d';

export const theTask = (taskId: string): AnswerOf<'showTask'> => ({
  taskId,
  request: 'scale checkout to 4 tasks',
  workloadId: 'checkout',
  priority: 'normal',
  dependsOn: [],
  status: 'planned',
  requestedBy: 'admin@shop.example',
  requestedAt: new Date().toISOString(),
  updatedAt: new Date().toISOString(),
  agent: 'interaction-agent',
  incidentId: incidentIds.healed,
  plan: 'scale out from 2 to 4 tasks',
  result: null,
});

/** A question, a request, and what a yes and a no to it are answered with. */
export const theChatAnswer = (message: string): AnswerOf<'chat'> => {
  const base = { conversationId: 'chat-0123456789abcdef', links: [], plan: [], options: [], tasks: [] };
  if (message === 'yes') {
    return { ...base, kind: 'answer', text: `${TASK}: scale checkout to 4 tasks (queued)`, tasks: [theTask(TASK)] };
  }
  if (message === 'no') return { ...base, kind: 'answer', text: 'Nothing will be done.' };
  if (message.startsWith('scale')) {
    const text = 'I would ask for this with normal priority; the guards decide about each step. Say yes to queue it.';
    return { ...base, kind: 'plan', text, plan: ['1. scale checkout to 4 tasks'] };
  }
  const title = incidentIds.asking;
  return { ...base, kind: 'answer', text: 'One incident is open.', links: [{ title, path: `/incidents/${title}` }] };
};
