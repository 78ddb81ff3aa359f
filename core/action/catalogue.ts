import type { ActionId, Risk } from '../contracts/action.ts';
import type { WorkloadKind } from '../contracts/workload.ts';

/** What everybody needs to know of an action before it is taken. */
export interface ActionSpec {
  /** What it does, as a clause that fits after "to": `to replace every task ...`. */
  readonly title: string;
  readonly kinds: readonly WorkloadKind[];
  readonly risk: Risk;
  /** How it is undone, in words; null when it cannot be, which guards and approvals take into account. */
  readonly undo: string | null;
  /** Whether it changes the workload. What changes nothing needs no lease and no budget. */
  readonly mutates: boolean;
}

const EVERY_KIND: readonly WorkloadKind[] = ['ecs-service', 'lambda-function', 'sqs-queue'];

/** The action catalogue. `apply`, `verify` and `undo` are the actuators' part, permissions the constructs'. */
export const ACTIONS: Readonly<Record<ActionId, ActionSpec>> = {
  wait: {
    title: 'wait and watch',
    kinds: EVERY_KIND,
    risk: 'none',
    undo: 'nothing was changed',
    mutates: false,
  },
  restart: {
    title: 'stop the tasks that are sick, so that the service replaces them',
    kinds: ['ecs-service'],
    risk: 'low',
    undo: 'the service replaces every task that was stopped: nothing has to be put back',
    mutates: true,
  },
  redeploy: {
    title: 'replace every task of the same revision, a few at a time',
    kinds: ['ecs-service'],
    risk: 'low',
    undo: 'the revision did not change: nothing has to be put back',
    mutates: true,
  },
  scaleOut: {
    title: 'run more tasks',
    kinds: ['ecs-service'],
    risk: 'low',
    undo: 'set the former number of tasks',
    mutates: true,
  },
  scaleIn: {
    title: 'run fewer tasks',
    kinds: ['ecs-service'],
    risk: 'medium',
    undo: 'set the former number of tasks',
    mutates: true,
  },
  rollback: {
    title: 'go back to the last revision that was stable',
    kinds: ['ecs-service', 'lambda-function'],
    risk: 'medium',
    undo: 'go forward to the revision that was replaced',
    mutates: true,
  },
  redrive: {
    title: 'move messages from the dead-letter queue back to their source',
    kinds: ['sqs-queue'],
    risk: 'medium',
    undo: null,
    mutates: true,
  },
  escalate: {
    title: 'call a person',
    kinds: EVERY_KIND,
    risk: 'none',
    undo: 'nothing was changed',
    mutates: false,
  },
};

/** Whether an action is harmless enough to prevent what has not happened yet: hardly any risk, and nothing to put back by hand. */
export const isGentle = (actionId: ActionId): boolean =>
  ['none', 'low'].includes(ACTIONS[actionId].risk) && ACTIONS[actionId].undo !== null;
