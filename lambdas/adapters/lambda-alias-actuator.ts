import { GetAliasCommand, UpdateAliasCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { LambdaFunctionWorkload } from '../../core/contracts/workload.ts';
import { cannot, NO_CHANGE, stale, type ActuatorOf, type Change, type PlanOf } from './actuators.ts';
import { calling, isNamed } from './sdk-errors.ts';

const POSSIBLE = ['rollback'] as const;

/**
 * Points an alias at another published version, guarded by the alias's revision id: a change by somebody else between
 * look and update fails the update.
 */
export const lambdaAliasActuator = (client: LambdaClient): ActuatorOf<'lambda-function'> => ({
  isApplied: async (workload, plan) => {
    if (plan.actionId !== 'rollback') throw cannot(workload, plan, POSSIBLE);
    const alias = await readAlias(client, workload);
    return alias.version === plan.toRevision && !alias.splits;
  },
  apply: async (workload, plan) => {
    if (plan.actionId !== 'rollback') throw cannot(workload, plan, POSSIBLE);
    return pointTo(client, workload, plan, plan.fromRevision, plan.toRevision);
  },
  undo: async (workload, plan) => {
    if (plan.actionId !== 'rollback') throw cannot(workload, plan, POSSIBLE);
    return pointTo(client, workload, plan, plan.toRevision, plan.fromRevision);
  },
});

const readAlias = async (client: LambdaClient, { functionName, aliasName }: LambdaFunctionWorkload) => {
  const command = new GetAliasCommand({ FunctionName: functionName, Name: aliasName });
  const alias = await calling('lambda:GetAlias', () => client.send(command), `${functionName}:${aliasName}`);
  return {
    version: alias.FunctionVersion ?? 'no version',
    revisionId: alias.RevisionId,
    splits: Object.keys(alias.RoutingConfig?.AdditionalVersionWeights ?? {}).length > 0,
  };
};

const pointTo = async (
  client: LambdaClient,
  workload: LambdaFunctionWorkload,
  plan: PlanOf<'rollback'>,
  from: string,
  to: string,
): Promise<Change> => {
  const alias = await readAlias(client, workload);
  const name = `${workload.functionName}:${workload.aliasName}`;
  if (alias.version === to && !alias.splits) return NO_CHANGE(`alias ${name} already points to version ${to}`);
  if (alias.version !== from && alias.version !== to) {
    throw stale(workload, plan, `version ${from}`, `version ${alias.version}`);
  }
  const command = new UpdateAliasCommand({
    FunctionName: workload.functionName,
    Name: workload.aliasName,
    FunctionVersion: to,
    RoutingConfig: { AdditionalVersionWeights: {} },
    ...(alias.revisionId === undefined ? {} : { RevisionId: alias.revisionId }),
  });
  const revisionId = await calling('lambda:UpdateAlias', () => client.send(command), name)
    .then(({ RevisionId }) => RevisionId)
    .catch(async (error: unknown) => {
      if (!isNamed(error, 'PreconditionFailedException')) throw error;
      // An update that was carried out and not answered is sent once more, and meets the revision that it has made itself.
      const now = await readAlias(client, workload);
      if (now.version === to && !now.splits) return now.revisionId;
      throw stale(workload, plan, `version ${from}`, 'an alias that somebody changed at the same moment');
    });
  const changeIds = revisionId === undefined ? [] : [revisionId];
  return { changeIds, detail: `alias ${name} now points to version ${to} instead of ${from}` };
};
