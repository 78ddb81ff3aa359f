import * as z from 'zod';
import { WorkloadIdSchema, WorkloadSchema } from '../../core/contracts/workload.ts';
import { parseJson } from '../../core/shared/parse-json.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { deregisterWorkload, registerWorkload } from '../adapters/dynamodb-workloads.ts';
import { parseStored } from '../adapters/parse-stored.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { logger } from '../shared/telemetry.ts';
import { answerCloudFormation } from './cloudformation-response.ts';
import { ownerOf } from './owner.ts';

const env = readEnv({ ...CommonEnv, WORKLOADS_TABLE: z.string().min(1) });

/** A custom resource's request. The workload is one JSON text: CloudFormation would turn its numbers into strings. */
const RequestSchema = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.url(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  PhysicalResourceId: z.string().optional(),
  ResourceProperties: z.looseObject({ Workload: z.string().optional() }),
});
type Request = z.output<typeof RequestSchema>;

/** Registers what `SelfHealing.watch` declares. Its physical id is the workload's, so a renamed one replaces the old. */
export const handler = agentHandler(RequestSchema, async (request) => {
  try {
    const workloadId = request.RequestType === 'Delete' ? await deregister(request) : await register(request);
    await answerCloudFormation(request, { Status: 'SUCCESS', PhysicalResourceId: workloadId });
    logger.info('workload registered', { workloadId, requestType: request.RequestType });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logger.error('workload not registered', { error: error as Error });
    await answerCloudFormation(request, {
      Status: 'FAILED',
      Reason: reason,
      PhysicalResourceId: request.PhysicalResourceId ?? request.LogicalResourceId,
    });
  }
});

const register = async (request: Request): Promise<string> => {
  const text = request.ResourceProperties.Workload ?? '';
  const workload = parseStored(WorkloadSchema, parseJson(text) ?? text, 'property Workload');
  await registerWorkload(dynamodbClient(), env.WORKLOADS_TABLE, workload, ownerOf(request));
  return workload.workloadId;
};

/** A resource that was never created has no workload's id, and nothing to remove. */
const deregister = async (request: Request): Promise<string> => {
  const { PhysicalResourceId = '' } = request;
  if (WorkloadIdSchema.safeParse(PhysicalResourceId).success) {
    await deregisterWorkload(dynamodbClient(), env.WORKLOADS_TABLE, PhysicalResourceId, ownerOf(request));
  }
  return PhysicalResourceId;
};
