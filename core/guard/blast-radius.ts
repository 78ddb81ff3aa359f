import type { ActionPlan } from '../contracts/action.ts';
import { MOST_TASKS } from '../contracts/evidence.ts';
import type { PolicySections } from '../contracts/policy-request.ts';
import type { KnownFacts } from './facts.ts';
import { definePolicyGuard } from './guard.ts';
import type { Measure } from './guard.ts';
import { minHealthyPercentFor } from './limit.ts';

type Facts = Pick<KnownFacts, 'limits' | 'workload' | 'state'>;

/**
 * Enough of the workload stays healthy while the action is under way: `policies/blast-radius.cedar`.
 *
 * A restart of sick tasks touches nothing healthy, redeploy and rollback roll over and keep the service's own minimum,
 * scaling out adds, redrive moves messages: these restore, and may be done however few tasks are healthy. What takes
 * healthy tasks away must leave `minHealthyPercent` of those that remain wanted.
 */
export const blastRadiusGuard = definePolicyGuard(
  'blast-radius',
  'blastRadius',
  ['limits', 'workload', 'state'],
  ({ decision: { plan }, ...facts }) => {
    const section = factsOf(plan, facts);
    return {
      facts: section,
      measure: measureOf(plan, section, facts),
      passes: passesOf(plan, section),
      words: 'toTasks' in plan ? { toTasks: `${plan.toTasks}` } : {},
    };
  },
);

const factsOf = (plan: ActionPlan, facts: Facts): PolicySections['blastRadius'] => {
  const { workload, state } = facts;
  const tasksNow = state.desired ?? 0;
  const tasksAfter = 'toTasks' in plan ? plan.toTasks : tasksNow;
  const healthy = healthyTasks(facts);
  const healthyTaken = takenBy(plan, facts, Math.max(0, tasksNow - tasksAfter));
  const hasTasks = workload.kind === 'ecs-service';
  return {
    tasksKnown: state.desired !== null && hasTasks,
    tasksNow,
    tasksAfter,
    minTasks: hasTasks ? workload.minTasks : 0,
    maxTasks: hasTasks ? workload.maxTasks : 0,
    healthyTaken,
    healthyLeft: Math.max(0, healthy - healthyTaken),
    minHealthyPercent: minHealthyPercentFor(facts).value,
  };
};

/** Healthy tasks that go, in the worst case. */
const takenBy = (plan: ActionPlan, { state }: Facts, fewer: number): number => {
  // Nobody chooses which tasks go when a service is scaled in: healthy ones only.
  if (plan.actionId !== 'restart') return fewer;
  const sick = new Set(state.tasks.filter((task) => task.sick).map(({ taskArn }) => taskArn));
  // A task that nobody has seen may be a healthy one.
  return new Set(plan.taskArns.filter((taskArn) => !sick.has(taskArn))).size;
};

/**
 * Evidence of a large service leaves tasks out. Of those that run according to the service itself as large a share is taken
 * for healthy as of those that were looked at; where it did not say how many run, none.
 */
const healthyTasks = ({ state: { tasks, running } }: Facts): number => {
  const seen = tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING');
  const healthy = seen.filter(({ sick }) => !sick).length;
  if (tasks.length < MOST_TASKS || seen.length === 0) return healthy;
  const unseen = Math.max(0, (running ?? 0) - seen.length);
  return healthy + Math.floor((unseen * healthy) / seen.length);
};

type Section = PolicySections['blastRadius'];

/** What is said when no policy objects. */
const passesOf = ({ actionId }: ActionPlan, { healthyTaken }: Section): string => {
  switch (actionId) {
    case 'restart':
    case 'scaleIn':
      return healthyTaken === 0 ? 'no healthy task is taken away' : 'enough tasks stay healthy meanwhile';
    case 'redeploy':
    case 'rollback':
      return `${actionId} replaces step by step and keeps the healthy minimum`;
    default:
      return `${actionId} takes nothing away`;
  }
};

const measureOf = (plan: ActionPlan, section: Section, facts: Facts): Measure => {
  const { workloadId } = facts.workload;
  const { value, source } = minHealthyPercentFor(facts);
  const { tasksKnown, tasksNow, tasksAfter, minTasks, maxTasks, healthyTaken, healthyLeft } = section;
  const share = { limit: `${value} % healthy`, limitSource: source };
  const registered = { fact: `${tasksNow} to ${tasksAfter} tasks`, limitSource: `registration of ${workloadId}` };
  if (!tasksKnown && COUNTS_TASKS.includes(plan.actionId)) return { ...share, fact: 'task count not known' };
  if (plan.actionId === 'scaleOut') return { ...registered, limit: `more than now, at most ${maxTasks}` };
  if (plan.actionId === 'scaleIn' && (tasksAfter < minTasks || tasksAfter >= tasksNow)) {
    return { ...registered, limit: `fewer than now, at least ${minTasks}` };
  }
  if (healthyTaken > 0) return { ...share, fact: `${healthyLeft} of ${tasksAfter} tasks stay healthy` };
  return { ...share, fact: `${healthyTasks(facts)} of ${facts.state.desired ?? 'no'} tasks are healthy` };
};

/** What cannot be judged without knowing how many tasks there are. */
const COUNTS_TASKS: readonly ActionPlan['actionId'][] = ['restart', 'scaleOut', 'scaleIn'];
