import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { paginateScan } from '@aws-sdk/lib-dynamodb';
import type { AgentName } from '../../core/contracts/agent.ts';
import { AgentNameSchema } from '../../core/contracts/agent.ts';
import type { Feedback, FeedbackBody } from '../../core/contracts/api/incidents.ts';
import type { Incident, IncidentStatus } from '../../core/contracts/incident.ts';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import type { BusEvent } from '../../core/contracts/event.ts';
import type { Workload } from '../../core/contracts/workload.ts';
import type { CheckpointTip } from '../../core/journal/checkpoint.ts';
import { settingsFor } from '../../lambdas/adapters/clients.ts';
import { systemClock } from '../../lambdas/adapters/clock.ts';
import { firingAlarms } from '../../lambdas/adapters/cloudwatch-alarms.ts';
import type { EvidenceDelta } from '../../core/learning/evidence.ts';
import type { Tables } from '../../core/learning/rebuild.ts';
import type { Experience, ModelArchive, ModelPointers, ModeSource } from '../../core/shared/ports.ts';
import { documentsOver } from '../../lambdas/adapters/dynamodb-client.ts';
import { allExperiences, correctRows, dynamodbExperiences } from '../../lambdas/adapters/dynamodb-experiences.ts';
import { getIncident, listIncidents } from '../../lambdas/adapters/dynamodb-incidents.ts';
import { dynamodbJournal, storedRecords } from '../../lambdas/adapters/dynamodb-journal.ts';
import { storedTables } from '../../lambdas/adapters/dynamodb-qtable.ts';
import { dynamodbRegistry } from '../../lambdas/adapters/dynamodb-workloads.ts';
import { eventBridgePublisher } from '../../lambdas/adapters/eventbridge-publisher.ts';
import { modelPointers } from '../../lambdas/adapters/model-pointers.ts';
import { s3Models } from '../../lambdas/adapters/s3-models.ts';
import { calling } from '../../lambdas/adapters/sdk-errors.ts';
import { readTip } from '../../lambdas/adapters/s3-checkpoints.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import { ssmModeSource } from '../../lambdas/adapters/ssm-mode.ts';
import type { TrainerInput, TrainerResult } from '../../lambdas/trainer/trainer.ts';
import { approvalsOver } from '../../lambdas/shared/approvals.ts';
import type { AnswerDeps } from '../../lambdas/shared/give-answer.ts';
import type { StoredCheckpoints } from './checkpoints.ts';
import { readCheckpoints } from './checkpoints.ts';
import type { Connection } from './connect.ts';
import { openHttpApi, saying } from './http-api.ts';
import type { DeadLetters } from './dead-letters.ts';
import { deadLettersOf } from './dead-letters.ts';
import type { TaskQueue } from './task-queue.ts';
import { taskQueueOf } from './task-queue.ts';
import { askTrainer } from './trainer.ts';

export interface AgentStatus {
  readonly agentId: string;
  readonly name: AgentName | null;
  readonly state: string | null;
  readonly lastHeartbeat: string | null;
}

type RawRecord = Readonly<Record<string, unknown>>;

/** One environment's Kintsugi, through the AWS APIs. */
export interface Kintsugi {
  readonly connection: Connection;
  /** Newest first. */
  readonly incidents: (status: IncidentStatus | undefined, limit: number) => Promise<readonly Incident[]>;
  readonly incident: (incidentId: string) => Promise<Incident | null>;
  readonly journal: (incidentId: string) => Promise<readonly JournalRecord[]>;
  /** The records as they are stored, for whoever does not trust them. */
  readonly storedRecords: (incidentId: string) => Promise<readonly RawRecord[]>;
  readonly allStoredRecords: () => Promise<readonly RawRecord[]>;
  readonly workloads: () => Promise<readonly Workload[]>;
  readonly agents: () => Promise<readonly AgentStatus[]>;
  /** Names of the environment's alarms that are in ALARM. */
  readonly firingAlarms: () => Promise<ReadonlySet<string>>;
  readonly mode: () => ReturnType<ModeSource['read']>;
  /** The questions that wait for a person, and the way back to the workflows that asked them. */
  readonly approvals: AnswerDeps;
  /** All checkpoints as they are stored, the key that checks them, and where their writer says that it is. */
  readonly checkpoints: () => Promise<StoredCheckpoints & { readonly tip: CheckpointTip | null }>;
  /** Every event that the Q-table is the sum of. */
  readonly experiences: () => Promise<readonly Experience[]>;
  /** The live rows and the ledgers, by tier. */
  readonly evidenceTables: () => Promise<Tables>;
  /** Adds numbers to the rows of a tier. */
  readonly correctEvidence: (tier: string, deltas: readonly EvidenceDelta[]) => Promise<void>;
  /** What Kintsugi itself could not deliver, handle or understand. */
  readonly deadLetters: DeadLetters;
  /** Versions of the model, and the pointer to the one that decides. */
  readonly models: ModelArchive;
  readonly pointers: ModelPointers;
  /** Freezes or judges, as the optimizer of the environment does it. */
  readonly train: (input: TrainerInput) => Promise<TrainerResult>;
  /** Adds an event to the log and its numbers to the live table, once. */
  readonly learn: (experience: Experience) => Promise<'learned' | 'known'>;
  /** Announces on the environment's bus. */
  readonly publish: (events: readonly BusEvent[]) => Promise<void>;
  /** Tasks, through the HTTP API. */
  readonly taskQueue: (token: string | undefined) => Promise<TaskQueue>;
  /** A person's rating of an incident that is over, through the HTTP API. */
  readonly rate: (incidentId: string, rating: FeedbackBody, token: string | undefined) => Promise<Feedback>;
  readonly close: () => void;
}

export const openKintsugi = (connection: Connection): Kintsugi => {
  const configOf = (dependency: string) => ({ ...settingsFor(dependency), ...connection.config });
  const { tables, env } = connection;
  const raw = new DynamoDBClient(configOf('dynamodb'));
  const dynamodb = documentsOver(raw);
  const cloudwatch = new CloudWatchClient(configOf('cloudwatch'));
  const ssm = new SSMClient(configOf('ssm'));
  const workflow = new SFNClient(configOf('sfn'));
  const events = new EventBridgeClient(configOf('eventbridge'));
  const s3 = new S3Client(configOf('s3'));
  const kms = new KMSClient(configOf('kms'));
  const modeSource = ssmModeSource(ssm, `/kintsugi/${env}/mode`);
  return {
    connection,
    incidents: (status, limit) => listIncidents(dynamodb, tables.incidents, status, limit),
    incident: (incidentId) => getIncident(dynamodb, tables.incidents, incidentId),
    journal: (incidentId) => dynamodbJournal(dynamodb, tables.journal).read(incidentId),
    storedRecords: (incidentId) => storedRecords(dynamodb, tables.journal, incidentId),
    allStoredRecords: () => scanAll(dynamodb, tables.journal),
    workloads: () => dynamodbRegistry(dynamodb, tables.workloads, systemClock).all(),
    agents: async () => (await scanAll(dynamodb, tables.agents)).map(agentStatus),
    firingAlarms: () => firingAlarms(cloudwatch, `kintsugi-${env}-`),
    mode: () => modeSource.read(),
    approvals: approvalsOver(dynamodb, tables.incidents, workflow),
    checkpoints: async () => {
      const [stored, tip] = await Promise.all([
        readCheckpoints(s3, kms, connection.records),
        readTip(dynamodb, tables.leases),
      ]);
      return { ...stored, tip };
    },
    experiences: () => allExperiences(dynamodb, tables.experiences),
    evidenceTables: () => storedTables(dynamodb, tables.qtable),
    correctEvidence: (tier, deltas) => correctRows(dynamodb, tables, tier, deltas),
    deadLetters: deadLettersOf(env, connection.config),
    models: s3Models(s3, connection.models, sha256),
    pointers: modelPointers(dynamodb, tables.qtable, ssm, `/kintsugi/${env}/model`),
    train: (input) => askTrainer(connection, input),
    learn: (experience) => dynamodbExperiences(dynamodb, tables).learn(experience),
    publish: (list) => eventBridgePublisher(events, `kintsugi-${env}`, systemClock).publish(list),
    taskQueue: async (token) => taskQueueOf(await openHttpApi(connection, token, 'operator')),
    rate: async (incidentId, rating, token) => {
      const client = await openHttpApi(connection, token, 'operator');
      const { value } = await saying(client.call('giveFeedback', { params: { id: incidentId }, body: rating }));
      return value;
    },
    close: () => {
      for (const client of [dynamodb, raw, cloudwatch, ssm, workflow, s3, kms, events]) client.destroy();
    },
  };
};

const scanAll = async (client: DynamoDBDocumentClient, table: string): Promise<readonly RawRecord[]> => {
  const items: RawRecord[] = [];
  await calling('dynamodb:Scan', async () => {
    for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
      items.push(...Items);
    }
  });
  return items;
};

/** The fourth part of an agent's id is the number of its name. */
const agentStatus = (item: RawRecord): AgentStatus => {
  const agentId = String(item['agentId']);
  const number = Number(/^AGENT-\d{8}-\d{6}-(\d{4})-/.exec(agentId)?.[1] ?? 0);
  const text = (key: string): string | null => (typeof item[key] === 'string' ? item[key] : null);
  return {
    agentId,
    name: AgentNameSchema.options[number - 1] ?? null,
    state: text('state'),
    lastHeartbeat: text('lastHeartbeat'),
  };
};
