import * as z from 'zod';
import { WorkloadIdSchema } from '../../core/contracts/workload.ts';
import { fromIso } from '../../core/shared/units.ts';
import { systemClock } from '../adapters/clock.ts';
import { cloudWatchCalls } from '../adapters/cloudwatch-calls.ts';
import { cloudWatchClient } from '../adapters/cloudwatch-client.ts';
import { cloudWatchMetrics } from '../adapters/cloudwatch-metrics.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { dynamodbWatches, registeredWorkloads } from '../adapters/dynamodb-watches.ts';
import { dynamodbRegistry, dynamodbSeenCalls } from '../adapters/dynamodb-workloads.ts';
import { ecsClient } from '../adapters/ecs-client.ts';
import { ecsRollouts } from '../adapters/ecs-rollouts.ts';
import { sqsClient } from '../adapters/sqs-client.ts';
import { sendFindings } from '../adapters/sqs-findings.ts';
import { xrayCalls } from '../adapters/xray-calls.ts';
import { xrayClient } from '../adapters/xray-client.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { logger } from '../shared/telemetry.ts';
import { learnCalls } from './calls.ts';
import { detect } from './detector.ts';

const env = readEnv({
  ...CommonEnv,
  WORKLOADS_TABLE: z.string().min(1),
  DETECTORS_TABLE: z.string().min(1),
  SIGNALS_QUEUE_URL: z.string().min(1),
});
const client = dynamodbClient();
const registry = dynamodbRegistry(client, env.WORKLOADS_TABLE, systemClock);

/** What the schedule of an app says: its workloads, and the time of the look, which a retry keeps. */
const ScheduleSchema = z.object({ workloads: z.array(WorkloadIdSchema).min(1), time: z.iso.datetime() });

export const handler = agentHandler(ScheduleSchema, async ({ workloads, time }) => {
  const now = fromIso(time);
  const metrics = cloudWatchMetrics(cloudWatchClient());
  const watched = await registeredWorkloads(client, env.WORKLOADS_TABLE, workloads);
  const look = await detect(workloads, now, {
    workloads: () => Promise.resolve(watched),
    metrics,
    watches: dynamodbWatches(client, env.DETECTORS_TABLE),
    rollouts: ecsRollouts(ecsClient()),
    send: (findings) => sendFindings(sqsClient(), env.SIGNALS_QUEUE_URL, findings),
  });
  // Last: nobody waits for it.
  const calls = await learnCalls(watched, now, {
    registry: () => registry.all(),
    traced: xrayCalls(xrayClient()),
    observed: cloudWatchCalls(cloudWatchClient(), metrics),
    store: dynamodbSeenCalls(client, env.WORKLOADS_TABLE),
  });
  if (calls.stored.length > 0 || calls.notSeen.length > 0) logger.info('calls looked at', { ...calls });
  const { findings, ...counts } = look;
  logger.info('metrics looked at', {
    ...counts,
    found: findings.map(({ finding, workloadId, role, summary }) => ({ finding, workloadId, role, summary })),
  });
});
