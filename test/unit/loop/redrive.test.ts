import { SQSClient } from '@aws-sdk/client-sqs';
import type { ActionPlan } from '../../../core/contracts/action.ts';
import type { ActInput } from '../../../core/contracts/loop-state.ts';
import { fromIso, seconds } from '../../../core/shared/units.ts';
import type { ActDeps } from '../../../lambdas/act/act.ts';
import { act } from '../../../lambdas/act/act.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { sqsRedriveActuator } from '../../../lambdas/adapters/sqs-redrive-actuator.ts';
import {
  AGENT_ID,
  aDecision,
  aLimits,
  aLoopState,
  anEvidence,
  aQueue,
  aState,
  aValidation,
  aVerdict,
} from '../../support/builders.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';
import { type AwsEndpoint, startAwsEndpoint } from '../adapters/aws-endpoint.ts';

/** A thousand dead letters, of which a hundred may be moved, whatever happens to the function that moves them. */

const PLAN: ActionPlan = { actionId: 'redrive', messages: 100 };

let endpoint: AwsEndpoint;
afterEach(() => endpoint.close());

/** @param fails - call by which the queue is away, counted from 1 */
const queue = async (fails = Infinity) => {
  let dead = 1_000;
  endpoint = await startAwsEndpoint(({ operation, body }, index) => {
    if (index + 1 === fails) return { status: 503, body: {} };
    switch (operation) {
      case 'ReceiveMessage': {
        const count = Math.min(dead, (JSON.parse(body) as { MaxNumberOfMessages: number }).MaxNumberOfMessages);
        const Messages = Array.from({ length: count }, (_, n) => ({
          MessageId: `m${n}`,
          ReceiptHandle: 'r',
          Body: 'b',
        }));
        return { body: { Messages } };
      }
      case 'DeleteMessage':
        dead -= 1;
        return { body: {} };
      default:
        return { body: { MessageId: 'm', Attributes: { ApproximateNumberOfMessages: String(dead) } } };
    }
  });
  const hands = sqsRedriveActuator(new SQSClient({ ...endpoint.settings, md5: false }));
  const workload = aQueue('orders', { allowedActions: ['redrive'] });
  const stores = memoryStores();
  const clock = simulatedClock();
  const lease = { resource: 'orders', fencingToken: 1, expiresAt: aVerdict().lease?.expiresAt ?? '' };
  const input: ActInput = {
    ...aLoopState({ workloadId: 'orders' }),
    evidence: anEvidence({ workload }),
    validation: aValidation(),
    decision: aDecision(PLAN),
    verdict: aVerdict(PLAN, { lease }),
  };
  stores.tables.leases.set('orders', {
    holder: input.incidentId,
    fencingToken: 1,
    expiresAt: fromIso(lease.expiresAt),
  });
  clock.advance(seconds(20));
  const deps: ActDeps = {
    clock,
    sha256,
    env: 'dev',
    agentId: AGENT_ID,
    journal: stores.journal,
    coordination: stores.coordination,
    mode: { read: async () => ({ mode: 'auto', reason: 'set by a test', since: null }) },
    limits: aLimits(),
    alarms: {
      states: async () => [{ alarmName: 'orders-dead-letters', role: 'deadLetters', state: 'ALARM', since: null }],
    },
    metrics: { read: async () => ({}), readEach: async () => [] },
    probe: { state: async () => aState({ deadLetters: dead }) },
    actuator: {
      isApplied: (_, plan, since) => hands.isApplied(workload, plan, since),
      apply: (_, plan, tag) => hands.apply(workload, plan, tag),
      undo: (_, plan, tag) => hands.undo(workload, plan, tag),
    },
  };
  return { input, deps, stores, left: () => dead };
};

test('what was moved and recorded is not moved again', async () => {
  const { input, deps, left } = await queue();
  const first = await act(input, deps);
  const again = await act(input, deps);
  expect(left()).toBe(900);
  expect(again).toEqual(first);
});

test('what was moved and not recorded is not moved again, and is told as what it may be', async () => {
  const { input, deps, left } = await queue();
  const dying: ActDeps['journal'] = { ...deps.journal, append: () => Promise.reject(new Error('the process died')) };
  await expect(act(input, { ...deps, journal: dying })).rejects.toThrow('died');
  expect(left()).toBe(900);
  const { action } = await act(input, deps);
  expect(left()).toBe(900);
  expect(action).toMatchObject({
    status: 'already_applied',
    detail: expect.stringMatching(/^move 100 messages back .*, or a part of it/),
  });
});

test('a move that broke off is not begun anew', async () => {
  // Ten messages are received, each sent and deleted: the queue is away in the middle of the second ten.
  const { input, deps, left } = await queue(30);
  await expect(act(input, deps)).rejects.toThrow();
  const moved = 1_000 - left();
  expect(moved).toBeGreaterThan(0);
  expect((await act(input, deps)).action?.status).toBe('already_applied');
  expect(1_000 - left()).toBe(moved);
});

test('its result is looked for before the queue is', async () => {
  const { input, deps } = await queue();
  const first = await act(input, deps);
  const away: ActDeps['actuator'] = { ...deps.actuator, isApplied: () => Promise.reject(new Error('not asked')) };
  expect(await act(input, { ...deps, actuator: away })).toEqual(first);
});
