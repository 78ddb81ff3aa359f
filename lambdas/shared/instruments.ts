import { systemClock } from '../adapters/clock.ts';
import { cloudWatchAlarms } from '../adapters/cloudwatch-alarms.ts';
import { cloudWatchClient } from '../adapters/cloudwatch-client.ts';
import { cloudWatchMetrics, cloudWatchTaskMetrics } from '../adapters/cloudwatch-metrics.ts';
import { ecsClient } from '../adapters/ecs-client.ts';
import { ecsServiceProbe } from '../adapters/ecs-service-probe.ts';
import { lambdaAliasProbe } from '../adapters/lambda-alias-probe.ts';
import { lambdaClient } from '../adapters/lambda-client.ts';
import { sqsClient } from '../adapters/sqs-client.ts';
import { sqsQueueProbe } from '../adapters/sqs-queue-probe.ts';
import { workloadProbes } from '../adapters/workload-probes.ts';
import type { Instruments } from './measure.ts';

/** The instruments of a function that looks at workloads of every kind. */
export const workloadInstruments = (): Instruments => ({
  clock: systemClock,
  alarms: cloudWatchAlarms(cloudWatchClient()),
  metrics: cloudWatchMetrics(cloudWatchClient()),
  probe: workloadProbes({
    'ecs-service': ecsServiceProbe({
      client: ecsClient(),
      taskMetrics: cloudWatchTaskMetrics(cloudWatchClient()),
      clock: systemClock,
    }),
    'lambda-function': lambdaAliasProbe(lambdaClient()),
    'sqs-queue': sqsQueueProbe(sqsClient()),
  }),
});
