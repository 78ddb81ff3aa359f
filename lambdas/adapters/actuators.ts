import { ACTIONS } from '../../core/action/catalogue.ts';
import { describePlan } from '../../core/action/plan.ts';
import type { ActionId, ActionPlan, AppliedAction } from '../../core/contracts/action.ts';
import type { Workload, WorkloadKind } from '../../core/contracts/workload.ts';
import { InvalidInputError, StalePlanError } from '../../core/shared/errors.ts';
import type { Actuator, ChangeTag } from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';

/** What was done, and the ids under which it will come back as an event. */
export type Change = Pick<AppliedAction, 'changeIds' | 'detail'>;

/** The hands for one kind of workload. */
export interface ActuatorOf<Kind extends WorkloadKind> {
  isApplied(workload: WorkloadOf<Kind>, plan: ActionPlan, since: EpochMs): Promise<boolean | 'unknown'>;
  apply(workload: WorkloadOf<Kind>, plan: ActionPlan, tag: ChangeTag): Promise<Change>;
  undo(workload: WorkloadOf<Kind>, plan: ActionPlan, tag: ChangeTag): Promise<Change>;
}
type WorkloadOf<Kind extends WorkloadKind> = Extract<Workload, { readonly kind: Kind }>;
export type PlanOf<Id extends ActionId> = Extract<ActionPlan, { readonly actionId: Id }>;

export const NO_CHANGE = (detail: string): Change => ({ changeIds: [], detail });

/** An actuator for every kind of workload. What changes nothing (waiting, calling a person) needs nobody's hands. */
export const actuators = (hands: { readonly [Kind in WorkloadKind]: ActuatorOf<Kind> }): Actuator => ({
  isApplied: async (workload, plan, since) => mutates(plan) && bind(hands, workload).isApplied(plan, since),
  apply: async (workload, plan, tag) =>
    mutates(plan) ? bind(hands, workload).apply(plan, tag) : NO_CHANGE(`${describePlan(plan)}; nothing was changed`),
  undo: async (workload, plan, tag) =>
    mutates(plan) ? bind(hands, workload).undo(plan, tag) : NO_CHANGE('nothing was changed, so nothing is put back'),
});

const mutates = ({ actionId }: ActionPlan): boolean => ACTIONS[actionId].mutates;

/** The hands for this workload, bound to it, so that kinds need telling apart in one place only. */
const bind = (hands: { readonly [Kind in WorkloadKind]: ActuatorOf<Kind> }, workload: Workload) => {
  const on = <Kind extends WorkloadKind>(actuator: ActuatorOf<Kind>, target: WorkloadOf<Kind>) => ({
    isApplied: (plan: ActionPlan, since: EpochMs) => actuator.isApplied(target, plan, since),
    apply: (plan: ActionPlan, tag: ChangeTag) => actuator.apply(target, plan, tag),
    undo: (plan: ActionPlan, tag: ChangeTag) => actuator.undo(target, plan, tag),
  });
  switch (workload.kind) {
    case 'ecs-service':
      return on(hands['ecs-service'], workload);
    case 'lambda-function':
      return on(hands['lambda-function'], workload);
    case 'sqs-queue':
      return on(hands['sqs-queue'], workload);
  }
};

/** A plan that this kind of workload cannot carry out. */
export const cannot = (workload: Workload, { actionId }: ActionPlan, allowed: readonly ActionId[]): InvalidInputError =>
  new InvalidInputError(
    `${actionId} cannot be done to ${workload.workloadId}, a ${workload.kind}; possible are ${allowed.join(', ')}`,
  );

/** Somebody else has changed the workload since the plan was made: acting on it would undo their change. */
export const stale = (workload: Workload, { actionId }: ActionPlan, planned: string, found: string): StalePlanError =>
  new StalePlanError(`${actionId} of ${workload.workloadId} was planned for ${planned}, but it has ${found} now`);

export const irreversible = (workload: Workload, { actionId }: ActionPlan, why: string): InvalidInputError =>
  new InvalidInputError(`${actionId} of ${workload.workloadId} cannot be undone: ${why}`);
