import * as z from 'zod';
import { SenseInputSchema } from '../../core/contracts/loop-state.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { earlierIncidents, incidentContext } from '../adapters/dynamodb-incidents.ts';
import { dynamodbJournal } from '../adapters/dynamodb-journal.ts';
import { sha256 } from '../adapters/sha256.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { workloadInstruments } from '../shared/instruments.ts';
import { logger } from '../shared/telemetry.ts';
import { sense } from './sense.ts';

const env = readEnv({
  ...CommonEnv,
  JOURNAL_TABLE: z.string().min(1),
  INCIDENTS_TABLE: z.string().min(1),
  WORKLOADS_TABLE: z.string().min(1),
  LEASES_TABLE: z.string().min(1),
});
const client = dynamodbClient();

export const handler = agentHandler(SenseInputSchema, async (state) => {
  const sensed = await sense(state, {
    ...workloadInstruments(),
    sha256,
    env: env.KINTSUGI_ENV,
    agentId: env.AGENT_ID,
    confirmSeconds: env.KINTSUGI_LIMITS.confirmSeconds,
    journal: dynamodbJournal(client, env.JOURNAL_TABLE),
    incidents: {
      context: (incidentId, members) =>
        incidentContext(
          client,
          { incidents: env.INCIDENTS_TABLE, workloads: env.WORKLOADS_TABLE, leases: env.LEASES_TABLE },
          incidentId,
          members,
        ),
      earlier: (workloadId, incidentId, dayAgo) =>
        earlierIncidents(client, env.INCIDENTS_TABLE, workloadId, incidentId, dayAgo),
    },
  });
  logger.info('evidence gathered', {
    incidentId: state.incidentId,
    workloadId: sensed.evidence?.workload.workloadId,
    symptoms: sensed.evidence?.symptoms.present,
    notSeen: sensed.evidence?.notSeen,
    diagnosis: sensed.evidence?.diagnosis,
  });
  return sensed;
});
