import type { ActionPlan } from '../contracts/action.ts';
import type { Workload } from '../contracts/workload.ts';
import { describePlan, shortName } from '../action/plan.ts';

/**
 * What a person does to carry out a plan by hand, one command or sentence per step, in the order of doing.
 *
 * @param plan - fits the workload's kind, as plans of the same evidence do
 */
export const stepsByHand = (plan: ActionPlan, workload: Workload): readonly [string, ...string[]] => {
  switch (workload.kind) {
    case 'ecs-service':
      return serviceSteps(plan, `--cluster ${shortName(workload.clusterArn)}`, workload.serviceName);
    case 'lambda-function':
      return plan.actionId === 'rollback'
        ? [
            `aws lambda update-alias --function-name ${workload.functionName} --name ${workload.aliasName} --function-version ${shortName(plan.toRevision)}`,
          ]
        : inWords(plan);
    case 'sqs-queue':
      return plan.actionId === 'redrive'
        ? [
            `Look at what lies in ${workload.deadLetterQueueUrl}: a message that cannot be handled comes back.`,
            `Start a redrive of ${plan.messages} messages to ${workload.queueUrl} (SQS console, "Start DLQ redrive").`,
          ]
        : inWords(plan);
  }
};

const serviceSteps = (plan: ActionPlan, cluster: string, service: string): readonly [string, ...string[]] => {
  const update = `aws ecs update-service ${cluster} --service ${service}`;
  switch (plan.actionId) {
    case 'restart': {
      const stop = (taskArn: string): string => `aws ecs stop-task ${cluster} --task ${shortName(taskArn)}`;
      const [first, ...others] = plan.taskArns;
      return first === undefined ? inWords(plan) : [stop(first), ...others.map(stop)];
    }
    case 'redeploy':
      return [`${update} --force-new-deployment`];
    case 'scaleOut':
    case 'scaleIn':
      return [`${update} --desired-count ${plan.toTasks}`];
    case 'rollback':
      return [`${update} --task-definition ${shortName(plan.toRevision)}`];
    case 'wait':
    case 'redrive':
    case 'escalate':
      return inWords(plan);
  }
};

const inWords = (plan: ActionPlan): readonly [string] => [`By hand: ${describePlan(plan)}.`];
