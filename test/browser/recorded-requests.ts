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

const TRIED = 'model-dev-20261120-040000-1a2b3c';

export const theVersions = (): AnswerOf<'listModels'> => ({
  models: [
    {
      version: 'live',
      status: 'deciding',
      createdAt: null,
      tiers: [],
      passed: null,
      note: 'It goes on learning from each incident.',
    },
    {
      version: TRIED,
      status: 'frozen',
      createdAt: '2026-11-20T04:00:00.000Z',
      tiers: ['web'],
      passed: true,
      note: 'It passed all 7 tests.',
    },
    {
      version: 'model-dev-20261119-040000-4d5e6f',
      status: 'frozen',
      createdAt: '2026-11-19T04:00:00.000Z',
      tiers: ['web'],
      passed: false,
      note: 'It failed thinEvidence: 12 experiences of at least 30.',
    },
  ],
});

export const theDifferences = (version: string, tier: string): AnswerOf<'compareModels'> => ({
  from: 'live',
  to: version,
  tier,
  cells: [{ hypothesis: 'badDeploy', actionId: 'rollback', before: 0.71, after: 0.84 }],
});

export const theTrial = (version: string): AnswerOf<'promoteModel'> => ({
  version,
  result: 'started',
  reasons: ['admin@shop.example: it has passed'],
});

export const thePolicies = (): AnswerOf<'listPolicies'> => ({
  version: 'c'.repeat(64),
  policies: [
    {
      policyId: 'mode-off',
      file: 'mode.cedar:3',
      effect: 'forbid',
      description: 'the mode is off',
      text: '@id("mode-off")\nforbid (principal, action, resource) when { context.mode.mode == "off" };',
    },
    {
      policyId: 'permit',
      file: 'permit.cedar:1',
      effect: 'permit',
      description: null,
      text: '@id("permit")\npermit (principal, action, resource);',
    },
  ],
});

export const theSimulation = (): AnswerOf<'simulatePolicies'> => ({
  incidents: 61,
  complete: true,
  checked: 84,
  changed: [
    {
      incidentId: incidentIds.healed,
      attempt: 1,
      actionId: 'rollback',
      hypothesis: 'badDeploy',
      before: 'allow',
      after: 'deny',
      reasons: ['no-rollback: releases are rolled back by people'],
    },
  ],
});
