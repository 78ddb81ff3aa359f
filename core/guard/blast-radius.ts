import type { ActionPlan } from '../contracts/action.ts';
import type { KnownFacts } from './facts.ts';
import { allow, defineGuard, deny, nothingToLimit } from './guard.ts';
import type { Finding, Measure } from './guard.ts';

type Facts = Pick<KnownFacts, 'limits' | 'workload' | 'state'>;
type Plan<Id extends ActionPlan['actionId']> = Extract<ActionPlan, { readonly actionId: Id }>;

/**
 * Enough of the workload stays healthy while the action is under way.
 *
 * A restart of sick tasks touches nothing healthy, redeploy and rollback roll over and keep the service's own minimum,
 * scaling out adds, redrive moves messages: these restore, and may be done however few tasks are healthy. What takes
 * healthy tasks away must leave `minHealthyPercent` of those that remain wanted.
 */
export const blastRadiusGuard = defineGuard(
  'blast-radius',
  ['limits', 'workload', 'state', 'decision'],
  ({ decision: { plan }, ...facts }): Finding => {
    switch (plan.actionId) {
      case 'wait':
      case 'escalate':
        return nothingToLimit(plan.actionId);
      case 'restart':
        return judgeRestart(plan, facts);
      case 'scaleOut':
        return judgeScaleOut(plan, facts);
      case 'scaleIn':
        return judgeScaleIn(plan, facts);
      case 'redeploy':
      case 'rollback':
        return allow(`${plan.actionId} replaces step by step and keeps the healthy minimum`, shareOf(facts));
      case 'redrive':
        return allow('redrive moves messages and takes nothing away', shareOf(facts));
    }
  },
);

const judgeRestart = (plan: Plan<'restart'>, facts: Facts): Finding => {
  const { desired, tasks } = facts.state;
  if (desired === null) return noTaskCount(facts);
  const sick = new Set(tasks.filter((task) => task.sick).map(({ taskArn }) => taskArn));
  // A task that nobody has seen may be a healthy one.
  const touched = new Set(plan.taskArns.filter((taskArn) => !sick.has(taskArn))).size;
  return touched === 0 ? allow('only sick tasks are restarted', shareOf(facts)) : judgeShare(touched, desired, facts);
};

const judgeScaleOut = (plan: Plan<'scaleOut'>, facts: Facts): Finding => {
  const { desired } = facts.state;
  if (desired === null || facts.workload.kind !== 'ecs-service') return noTaskCount(facts);
  const { maxTasks, workloadId } = facts.workload;
  const measure = {
    fact: `${desired} to ${plan.toTasks} tasks`,
    limit: `more than now, at most ${maxTasks}`,
    limitSource: `registration of ${workloadId}`,
  };
  return plan.toTasks > desired && plan.toTasks <= maxTasks
    ? allow('scaling out takes nothing away', measure)
    : deny(`scaling out to ${plan.toTasks} tasks is not within what the workload may have`, measure);
};

const judgeScaleIn = (plan: Plan<'scaleIn'>, facts: Facts): Finding => {
  const { desired } = facts.state;
  if (desired === null || facts.workload.kind !== 'ecs-service') return noTaskCount(facts);
  const { minTasks, workloadId } = facts.workload;
  if (plan.toTasks >= minTasks && plan.toTasks < desired) {
    // Nobody chooses which tasks go: the worst case takes healthy ones only.
    return judgeShare(desired - plan.toTasks, plan.toTasks, facts);
  }
  return deny(`scaling in to ${plan.toTasks} tasks is not within what the workload may have`, {
    fact: `${desired} to ${plan.toTasks} tasks`,
    limit: `fewer than now, at least ${minTasks}`,
    limitSource: `registration of ${workloadId}`,
  });
};

/** @param taken - healthy tasks that go; @param wanted - tasks that should run meanwhile */
const judgeShare = (taken: number, wanted: number, facts: Facts): Finding => {
  const left = Math.max(0, healthyTasks(facts) - taken);
  const measure = { ...shareOf(facts), fact: `${left} of ${wanted} tasks stay healthy` };
  return wanted > 0 && left * 100 >= wanted * facts.limits.minHealthyPercent
    ? allow('enough tasks stay healthy meanwhile', measure)
    : deny('too few tasks would stay healthy meanwhile', measure);
};

const healthyTasks = ({ state }: Facts): number =>
  state.tasks.filter((task) => task.lastStatus === 'RUNNING' && !task.sick).length;

const shareOf = (facts: Facts): Measure => ({
  fact: `${healthyTasks(facts)} of ${facts.state.desired ?? 'no'} tasks are healthy`,
  limit: `${facts.limits.minHealthyPercent} % healthy`,
  limitSource: 'limits.minHealthyPercent',
});

const noTaskCount = (facts: Facts): Finding =>
  deny('how many tasks the workload has could not be read', { ...shareOf(facts), fact: 'task count not known' });
