/**
 * Who declares a workload: a resource of a stack. A stack that was deleted and made again has the same name and another
 * ARN, and is the same owner.
 *
 * @returns `arn:...:stack/Shop#PaymentsResource`
 */
export const ownerOf = ({
  StackId,
  LogicalResourceId,
}: {
  readonly StackId: string;
  readonly LogicalResourceId: string;
}): string => `${/^.*:stack\/[^/]+/.exec(StackId)?.[0] ?? StackId}#${LogicalResourceId}`;
