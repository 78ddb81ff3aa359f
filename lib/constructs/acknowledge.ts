import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Accepts findings of cdk-nag below a construct, for a reason that a reviewer can judge. */
export const acknowledge = (scope: IConstruct, reason: string, ...ids: readonly string[]): void =>
  Validations.of(scope).acknowledge(...ids.map((id) => ({ id, reason })));

/** Accepts a wildcard in the resource of a policy below a construct: this very ARN, and no other. */
export const acknowledgeWildcard = (scope: IConstruct, reason: string, arn: string): void =>
  acknowledge(scope, reason, `AwsSolutions-IAM5[Resource::${flatten(Stack.of(scope).resolve(arn))}]`);

/** An ARN as cdk-nag writes it in the id of a finding: references in angle brackets, joined. */
const flatten = (part: unknown): string => {
  if (typeof part === 'string') return part;
  const reference = part as {
    Ref?: string;
    'Fn::GetAtt'?: readonly string[];
    'Fn::Join'?: readonly [string, readonly unknown[]];
    'Fn::ImportValue'?: string;
  };
  const join = reference['Fn::Join'];
  if (join !== undefined) return join[1].map(flatten).join(join[0]);
  if (reference['Fn::ImportValue'] !== undefined) return reference['Fn::ImportValue'];
  return `<${reference.Ref ?? reference['Fn::GetAtt']?.join('.') ?? JSON.stringify(part)}>`;
};
