import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { EnvironmentConfig } from '../config/environment-config.ts';
import { acknowledge } from './acknowledge.ts';

/**
 * A bucket whose objects are written once. In compliance mode nobody, not even the account's root, can shorten the lock;
 * in governance mode who holds `s3:BypassGovernanceRetention` can.
 *
 * It stays when its stack goes: CloudFormation could not empty it.
 */
export const lockedBucket = (scope: Construct, id: string, lock: EnvironmentConfig['recordLock']): s3.Bucket => {
  const retention = Duration.days(lock.days);
  const bucket = new s3.Bucket(scope, id, {
    objectLockEnabled: true,
    objectLockDefaultRetention:
      lock.mode === 'compliance'
        ? s3.ObjectLockRetention.compliance(retention)
        : s3.ObjectLockRetention.governance(retention),
    versioned: true,
    encryption: s3.BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  acknowledge(
    bucket,
    'One function writes and operators read; CloudTrail data events say who, where that is wanted.',
    'AwsSolutions-S1',
  );
  return bucket;
};
