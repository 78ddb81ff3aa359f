/** What CloudFormation is told about a custom resource; without an answer it waits for an hour. */
export interface CloudFormationAnswer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly PhysicalResourceId: string;
  readonly Reason?: string;
}

interface Addressee {
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
}

const TIMEOUT_MS = 10_000;

/**
 * Answers at the pre-signed address of the request.
 *
 * @throws Error when CloudFormation does not accept the answer; Lambda then invokes the function again
 * @see AWS CloudFormation User Guide, Custom resource response objects
 */
export const answerCloudFormation = async (to: Addressee, answer: CloudFormationAnswer): Promise<void> => {
  const { StackId, RequestId, LogicalResourceId } = to;
  const response = await fetch(to.ResponseURL, {
    method: 'PUT',
    // A pre-signed address signs an empty content type.
    headers: { 'content-type': '' },
    body: JSON.stringify({ StackId, RequestId, LogicalResourceId, ...answer }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`CloudFormation did not take the answer: HTTP ${response.status}`);
};
