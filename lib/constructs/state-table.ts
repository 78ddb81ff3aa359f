import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { EnvironmentConfig } from '../config/environment-config.ts';
import { acknowledge } from './acknowledge.ts';

export interface StateTableProps {
  readonly config: EnvironmentConfig;
  readonly partitionKey: string;
  /** @default the partition key identifies an item alone */
  readonly sortKey?: dynamodb.Attribute;
  /**
   * Global indexes over string attributes.
   * @default none
   */
  readonly indexes?: readonly { readonly name: string; readonly partitionKey: string; readonly sortKey: string }[];
  /**
   * Attribute (epoch seconds) after which an item may be deleted.
   * @default items stay
   */
  readonly timeToLiveAttribute?: string;
  /** @default no stream */
  readonly stream?: dynamodb.StreamViewType;
  /** Environment variable by which functions know the table. */
  readonly variable: string;
}

/** A table of state: on demand, encrypted, and kept as well as its environment asks for. */
export class StateTable extends Construct {
  readonly resource: dynamodb.TableV2;
  readonly variable: string;

  constructor(scope: Construct, id: string, props: StateTableProps) {
    super(scope, id);
    this.variable = props.variable;
    const { config } = props;
    this.resource = new dynamodb.TableV2(this, 'Resource', {
      partitionKey: stringAttribute(props.partitionKey),
      ...(props.sortKey === undefined ? {} : { sortKey: props.sortKey }),
      ...(props.timeToLiveAttribute === undefined ? {} : { timeToLiveAttribute: props.timeToLiveAttribute }),
      ...(props.stream === undefined ? {} : { dynamoStream: props.stream }),
      globalSecondaryIndexes: (props.indexes ?? []).map((index) => ({
        indexName: index.name,
        partitionKey: stringAttribute(index.partitionKey),
        sortKey: stringAttribute(index.sortKey),
      })),
      billing: dynamodb.Billing.onDemand(),
      encryption: dynamodb.TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: config.pointInTimeRecovery },
      deletionProtection: config.deletionProtection,
      removalPolicy: removalPolicy(config),
    });
    if (!config.pointInTimeRecovery) {
      acknowledge(
        this,
        'This environment is made to be thrown away: its data is not worth a backup.',
        'AwsSolutions-DDB3',
      );
    }
  }
}

/** What becomes of stateful resources of this environment. */
export const removalPolicy = (config: EnvironmentConfig): RemovalPolicy =>
  config.removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

const stringAttribute = (name: string): dynamodb.Attribute => ({ name, type: dynamodb.AttributeType.STRING });
