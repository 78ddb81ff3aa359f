import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';

const STEPS = 7;

const emptyFunction = {
  Type: 'AWS::Lambda::Function',
  Properties: {
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    MemorySize: 512,
    Timeout: 10,
    Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
    // One log line, as ours write: the emulator answers a silent call 50 ms later.
    Code: { ZipFile: "exports.handler = async (event) => { console.log('{}'); return event; };" },
  },
};

const definition = {
  StartAt: 'Step1',
  States: Object.fromEntries(
    Array.from({ length: STEPS }, (_, index) => [
      `Step${index + 1}`,
      {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Parameters: { FunctionName: `\${Function${index + 1}}`, 'Payload.$': '$' },
        OutputPath: '$.Payload',
        ...(index + 1 === STEPS ? { End: true } : { Next: `Step${index + 2}` }),
      },
    ]),
  ),
};

const assume = (service: string) => ({
  Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
});

const template = {
  Resources: {
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: assume('lambda.amazonaws.com') } },
    MachineRole: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: assume('states.amazonaws.com') } },
    ...Object.fromEntries(Array.from({ length: STEPS }, (_, index) => [`Function${index + 1}`, emptyFunction])),
    Machine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: {
        RoleArn: { 'Fn::GetAtt': ['MachineRole', 'Arn'] },
        DefinitionString: JSON.stringify(definition),
        DefinitionSubstitutions: Object.fromEntries(
          Array.from({ length: STEPS }, (_, index) => [
            `Function${index + 1}`,
            { 'Fn::GetAtt': [`Function${index + 1}`, 'Arn'] },
          ]),
        ),
      },
    },
  },
  Outputs: { MachineArn: { Value: { Ref: 'Machine' } } },
};

/** Deploys the yardstick: a workflow of seven functions that do nothing, in the same emulator. */
export const deployEmptyChain = async (endpoint: string): Promise<string> => {
  const client = new CloudFormationClient({ endpoint });
  const StackName = 'kintsugi-bench-empty-chain';
  await client.send(
    new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template), Capabilities: ['CAPABILITY_IAM'] }),
  );
  const { reason } = await waitUntilStackCreateComplete({ client, maxWaitTime: 60, minDelay: 1 }, { StackName });
  const arn = reason.Stacks?.[0]?.Outputs?.find(({ OutputKey }: { OutputKey?: string }) => OutputKey === 'MachineArn');
  if (arn?.OutputValue === undefined) throw new Error('the empty chain was not deployed');
  return String(arn.OutputValue);
};
