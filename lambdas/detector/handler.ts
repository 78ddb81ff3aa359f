import * as z from 'zod';
import { WorkloadIdSchema } from '../../core/contracts/workload.ts';
import { fromIso } from '../../core/shared/units.ts';
import { cloudWatchClient } from '../adapters/cloudwatch-client.ts';
import { cloudWatchMetrics } from '../adapters/cloudwatch-metrics.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { dynamodbWatches, registeredWorkloads } from '../adapters/dynamodb-watches.ts';
import { ecsClient } from '../adapters/ecs-client.ts';
import { ecsRollouts } from '../adapters/ecs-rollouts.ts';
import { sqsClient } from '../adapters/sqs-client.ts';
import { sendFindings } from '../adapters/sqs-findings.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { logger } from '../shared/telemetry.ts';
import { detect } from './detector.ts';

const env = readEnv({
  ...CommonEnv,
  WORKLOADS_TABLE: z.string().min(1),
  DETECTORS_TABLE: z.string().min(1),
  SIGNALS_QUEUE_URL: z.string().min(1),
});
const client = dynamodbClient();

/** What the schedule of an app says: its workloads, and the time of the look, which a retry keeps. */
const ScheduleSchema = z.object({ workloads: z.array(WorkloadIdSchema).min(1), time: z.iso.datetime() });

export const handler = agentHandler(ScheduleSchema, async ({ workloads, time }) => {
  const look = await detect(workloads, fromIso(time), {
    workloads: (ids) => registeredWorkloads(client, env.WORKLOADS_TABLE, ids),
    metrics: cloudWatchMetrics(cloudWatchClient()),
    watches: dynamodbWatches(client, env.DETECTORS_TABLE),
    rollouts: ecsRollouts(ecsClient()),
    send: (findings) => sendFindings(sqsClient(), env.SIGNALS_QUEUE_URL, findings),
  });
  const { findings, ...counts } = look;
  logger.info('metrics looked at', {
    ...counts,
    found: findings.map(({ finding, workloadId, role, summary }) => ({ finding, workloadId, role, summary })),
  });
});
