import type { ActionId, ActionPlan, AppliedAction } from '../../core/contracts/action.ts';
import type { Workload, WorkloadKind } from '../../core/contracts/workload.ts';
import { InvalidInputError } from '../../core/shared/errors.ts';
import type { Actuator, ChangeTag } from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';

/** What was done, and the ids under which it will come back as an event. */
export type Change = Pick<AppliedAction, 'changeIds' | 'detail'>;

/** The hands for one kind of workload. */
export interface ActuatorOf<Kind extends WorkloadKind> {
  isApplied(workload: WorkloadOf<Kind>, plan: ActionPlan, since: EpochMs): Promise<boolean>;
  apply(workload: WorkloadOf<Kind>, plan: ActionPlan, tag: ChangeTag): Promise<Change>;
  undo(workload: WorkloadOf<Kind>, plan: ActionPlan, tag: ChangeTag): Promise<Change>;
}
type WorkloadOf<Kind extends WorkloadKind> = Extract<Workload, { readonly kind: Kind }>;
export type PlanOf<Id extends ActionId> = Extract<ActionPlan, { readonly actionId: Id }>;

export const NO_CHANGE = (detail: string): Change => ({ changeIds: [], detail });

/** An actuator for every kind of workload. Waiting changes nothing, so nobody's hands are needed for it. */
export const actuators = (hands: { readonly [Kind in WorkloadKind]: ActuatorOf<Kind> }): Actuator => ({
  isApplied: async (workload, plan, since) =>
    plan.actionId === 'wait' ? false : bind(hands, workload).isApplied(plan, since),
  apply: async (workload, plan, tag) =>
    plan.actionId === 'wait' ? NO_CHANGE('waited: nothing was changed') : bind(hands, workload).apply(plan, tag),
  undo: async (workload, plan, tag) =>
    plan.actionId === 'wait'
      ? NO_CHANGE('nothing was changed, so nothing is put back')
      : bind(hands, workload).undo(plan, tag),
});

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

/** The workload is no longer as it was when the plan was made: acting on it would undo somebody else's change. */
export const stale = (
  workload: Workload,
  { actionId }: ActionPlan,
  planned: string,
  found: string,
): InvalidInputError =>
  new InvalidInputError(
    `${actionId} of ${workload.workloadId} is refused: it was planned for ${planned}, but the workload has ${found} now`,
  );

export const irreversible = (workload: Workload, { actionId }: ActionPlan, why: string): InvalidInputError =>
  new InvalidInputError(`${actionId} of ${workload.workloadId} cannot be undone: ${why}`);
