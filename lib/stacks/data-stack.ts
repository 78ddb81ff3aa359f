import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { ModeSchema } from '../../core/contracts/limits.ts';
import { FIRST_POINTER } from '../../core/model/pointer.ts';
import { parameterName } from '../config/parameters.ts';
import type { Settings } from '../config/settings.ts';
import { acknowledge } from '../constructs/acknowledge.ts';
import { lockedBucket } from '../constructs/locked-bucket.ts';
import { removalPolicy, StateTable } from '../constructs/state-table.ts';

/** All state of one environment; the other stacks can be deleted and deployed again without losing any. */
export class DataStack extends Stack {
  readonly journal: StateTable;
  readonly incidents: StateTable;
  readonly qTable: StateTable;
  readonly experiences: StateTable;
  readonly workloads: StateTable;
  readonly leases: StateTable;
  readonly agents: StateTable;
  /** What the detector remembers of each metric. */
  readonly detectors: StateTable;
  /** What may be forgotten: allowances, answers by their idempotency keys, tickets, connections, the newest events. */
  readonly traffic: StateTable;
  /** What people said and asked for, and what was deployed: feedback, tasks, deployments. */
  readonly interactions: StateTable;
  readonly mode: ssm.StringParameter;
  /** Checkpoints of the records: objects that nobody can change or delete while they are locked. */
  readonly records: s3.Bucket;
  /** Signs checkpoints; its public half checks them, anywhere. */
  readonly recordsKey: kms.Key;
  /** Versions of the Q-table and their evaluations. */
  readonly models: s3.Bucket;
  /** Which version decides: the published copy of the pointer in the Q-table. */
  readonly model: ssm.StringParameter;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, { description: `Kintsugi ${settings.environment}: journal, incidents, evidence, registry` });
    const { config } = settings;
    this.journal = new StateTable(this, 'Journal', {
      config,
      variable: 'JOURNAL_TABLE',
      partitionKey: 'incidentId',
      sortKey: { name: 'seq', type: dynamodb.AttributeType.NUMBER },
      stream: dynamodb.StreamViewType.NEW_IMAGE,
    });
    this.incidents = new StateTable(this, 'Incidents', {
      config,
      variable: 'INCIDENTS_TABLE',
      partitionKey: 'incidentId',
      indexes: [
        { name: 'byStatus', partitionKey: 'status', sortKey: 'openedAt' },
        { name: 'byWorkload', partitionKey: 'workloadId', sortKey: 'openedAt' },
      ],
    });
    this.qTable = new StateTable(this, 'QTable', {
      config,
      variable: 'QTABLE_TABLE',
      partitionKey: 'tier',
      sortKey: { name: 'row', type: dynamodb.AttributeType.STRING },
    });
    this.experiences = new StateTable(this, 'Experiences', {
      config,
      variable: 'EXPERIENCES_TABLE',
      partitionKey: 'executionId',
    });
    this.workloads = new StateTable(this, 'Workloads', {
      config,
      variable: 'WORKLOADS_TABLE',
      partitionKey: 'workloadId',
    });
    this.leases = new StateTable(this, 'Leases', {
      config,
      variable: 'LEASES_TABLE',
      partitionKey: 'resource',
      timeToLiveAttribute: 'ttl',
    });
    this.agents = new StateTable(this, 'Agents', { config, variable: 'AGENTS_TABLE', partitionKey: 'agentId' });
    this.detectors = new StateTable(this, 'Detectors', {
      config,
      variable: 'DETECTORS_TABLE',
      partitionKey: 'metric',
      timeToLiveAttribute: 'expiresAt',
    });
    this.traffic = new StateTable(this, 'Traffic', {
      config,
      variable: 'TRAFFIC_TABLE',
      partitionKey: 'kind',
      sortKey: { name: 'id', type: dynamodb.AttributeType.STRING },
      timeToLiveAttribute: 'ttl',
    });
    this.interactions = new StateTable(this, 'Interactions', {
      config,
      variable: 'INTERACTIONS_TABLE',
      partitionKey: 'kind',
      sortKey: { name: 'id', type: dynamodb.AttributeType.STRING },
    });
    this.mode = new ssm.StringParameter(this, 'Mode', {
      parameterName: parameterName(settings.environment, 'mode'),
      stringValue: config.mode,
      allowedPattern: `^(${ModeSchema.options.join('|')})$`,
      description: 'What the Auto Healer may do right now. Unreadable means off.',
    });
    this.records = lockedBucket(this, 'Records', config.recordLock);
    this.recordsKey = new kms.Key(this, 'RecordsKey', {
      description: `Kintsugi ${settings.environment}: signs checkpoints of the records`,
      keySpec: kms.KeySpec.ECC_NIST_P256,
      keyUsage: kms.KeyUsage.SIGN_VERIFY,
      removalPolicy: removalPolicy(config),
    });
    this.models = new s3.Bucket(this, 'Models', {
      versioned: true,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      removalPolicy: RemovalPolicy.RETAIN, // S3 deletes only empty buckets, and the first version fills it
    });
    acknowledge(
      this.models,
      'Read and written by one function, the trainer, and versioned: nothing in it is overwritten.',
      'AwsSolutions-S1',
    );
    this.model = new ssm.StringParameter(this, 'Model', {
      parameterName: parameterName(settings.environment, 'model'),
      stringValue: JSON.stringify(FIRST_POINTER),
      description: 'Which version of the model decides. Changed by kintsugi model, never by hand.',
    });
    new CfnOutput(this, 'ModelsBucketName', { value: this.models.bucketName });
    for (const table of this.tables)
      new CfnOutput(this, `${table.node.id}TableName`, { value: table.resource.tableName });
    new CfnOutput(this, 'RecordsBucketName', { value: this.records.bucketName });
    new CfnOutput(this, 'RecordsKeyArn', { value: this.recordsKey.keyArn });
  }

  get tables(): readonly StateTable[] {
    return [
      this.journal,
      this.incidents,
      this.qTable,
      this.experiences,
      this.workloads,
      this.leases,
      this.agents,
      this.detectors,
      this.traffic,
      this.interactions,
    ];
  }
}
