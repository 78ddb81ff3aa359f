import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeServicesCommand } from '@aws-sdk/client-ecs';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { AttachRolePolicyCommand } from '@aws-sdk/client-iam';
import { GenerateMacCommand } from '@aws-sdk/client-kms';
import { GetAliasCommand } from '@aws-sdk/client-lambda';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { PublishCommand } from '@aws-sdk/client-sns';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { GetServiceGraphCommand } from '@aws-sdk/client-xray';
import { settingsFor } from '../../lambdas/adapters/clients.ts';
import { cloudWatchClient } from '../../lambdas/adapters/cloudwatch-client.ts';
import { dynamodbClient } from '../../lambdas/adapters/dynamodb-client.ts';
import { ecsClient } from '../../lambdas/adapters/ecs-client.ts';
import { eventBridgeClient } from '../../lambdas/adapters/eventbridge-client.ts';
import { iamClient } from '../../lambdas/adapters/iam-client.ts';
import { kmsClient } from '../../lambdas/adapters/kms-client.ts';
import { lambdaClient } from '../../lambdas/adapters/lambda-client.ts';
import { s3Client } from '../../lambdas/adapters/s3-client.ts';
import { sfnClient } from '../../lambdas/adapters/sfn-client.ts';
import { snsClient } from '../../lambdas/adapters/sns-client.ts';
import { sqsClient } from '../../lambdas/adapters/sqs-client.ts';
import { ssmClient } from '../../lambdas/adapters/ssm-client.ts';
import { xrayClient } from '../../lambdas/adapters/xray-client.ts';

/** A request as it would leave the process, or why none does. */
export type FirstRequest = SignedRequest | { readonly error: string };

interface SignedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What every client of the SDK has that is needed to look at its requests. */
interface Client {
  readonly config: { requestHandler: { handle(request: HttpRequest): Promise<never> } };
  readonly middlewareStack: {
    addRelativeTo(
      middleware: Middleware,
      options: { readonly relation: 'before'; readonly toMiddleware: string },
    ): void;
  };
}
type Middleware = (next: (step: Step) => Promise<never>) => (step: Step) => Promise<never>;
interface Step {
  readonly request: { readonly headers: Record<string, string> };
}
interface HttpRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/**
 * The first request of every client that functions have, signed at a fixed time, by the client's service; nothing is
 * sent. The same from a bundle as from the whole SDK, or the bundle lacks something.
 *
 * @param region - where the process runs, as in `AWS_REGION`
 */
export const firstRequests = async (region: string): Promise<Readonly<Record<string, FirstRequest>>> => {
  Date.now = () => 1_700_000_000_000; // signatures hold the time
  const connections = `https://api.execute-api.${region}.amazonaws.com/live`;
  const sends: Readonly<Record<string, (look: Look) => Promise<unknown>>> = {
    apigatewaymanagementapi: (look) =>
      look(new ApiGatewayManagementApiClient({ ...settingsFor('execute-api'), endpoint: connections })).send(
        new PostToConnectionCommand({ ConnectionId: 'a=', Data: Buffer.from('{}') }),
      ),
    cloudwatch: (look) => look(cloudWatchClient()).send(new DescribeAlarmsCommand({ AlarmNames: ['a'] })),
    dynamodb: (look) => look(dynamodbClient()).send(new GetItemCommand({ TableName: 't', Key: { id: { S: 'a' } } })),
    ecs: (look) => look(ecsClient()).send(new DescribeServicesCommand({ cluster: 'c', services: ['s'] })),
    eventbridge: (look) => look(eventBridgeClient()).send(new PutEventsCommand({ Entries: [{ Source: 's' }] })),
    iam: (look) => look(iamClient()).send(new AttachRolePolicyCommand({ RoleName: 'r', PolicyArn: 'arn:p' })),
    kms: (look) =>
      look(kmsClient()).send(
        new GenerateMacCommand({ KeyId: 'k', MacAlgorithm: 'HMAC_SHA_256', Message: Buffer.from('m') }),
      ),
    lambda: (look) => look(lambdaClient()).send(new GetAliasCommand({ FunctionName: 'arn:f', Name: 'live' })),
    s3: (look) => {
      const client = look(s3Client());
      client.config.forcePathStyle = true; // as bundles have it always
      return client.send(new PutObjectCommand({ Bucket: 'records', Key: 'a b/c=d.json', Body: '{}' }));
    },
    sfn: (look) => look(sfnClient()).send(new StartExecutionCommand({ stateMachineArn: 'arn:m', name: 'n' })),
    sns: (look) => look(snsClient()).send(new PublishCommand({ TopicArn: 'arn:t', Message: 'm' })),
    sqs: (look) =>
      look(sqsClient()).send(
        new SendMessageCommand({ QueueUrl: `https://sqs.${region}.amazonaws.com/123456789012/q`, MessageBody: 'm' }),
      ),
    ssm: (look) => look(ssmClient()).send(new GetParameterCommand({ Name: '/kintsugi/mode' })),
    xray: (look) =>
      look(xrayClient()).send(new GetServiceGraphCommand({ StartTime: new Date(0), EndTime: new Date(60_000) })),
  };
  const requests = Object.entries(sends).map(async ([service, send]) => [service, await firstOf(send)] as const);
  return Object.fromEntries(await Promise.all(requests));
};

type Look = <C extends object>(client: C) => C;

/** The request that would have been sent; the client learns that there is no network. */
const firstOf = async (send: (look: Look) => Promise<unknown>): Promise<FirstRequest> => {
  let request: SignedRequest | undefined;
  const look: Look = (client) => {
    const { config, middlewareStack } = client as unknown as Client;
    // Both would be signed: one is new in every request, the other says which files the SDK was loaded from.
    middlewareStack.addRelativeTo(
      (next) => (step) => {
        step.request.headers['amz-sdk-invocation-id'] = 'the-first';
        delete step.request.headers['x-amz-user-agent'];
        return next(step);
      },
      { relation: 'before', toMiddleware: 'httpSigningMiddleware' },
    );
    config.requestHandler = {
      handle: (sent) => {
        request ??= written(sent);
        return Promise.reject(new Error('Nothing is sent'));
      },
    };
    return client;
  };
  try {
    await send(look);
  } catch (error) {
    return request ?? { error: String(error) };
  }
  return { error: 'The client sent nothing' };
};

const written = ({ method, protocol, hostname, path, query, headers, body = '' }: HttpRequest): SignedRequest => {
  const { 'user-agent': _agent, ...rest } = headers; // names the runtime; it is not signed
  return {
    method,
    url: `${protocol}//${hostname}${path}?${new URLSearchParams(query).toString()}`,
    headers: rest,
    body: typeof body === 'string' ? body : new TextDecoder().decode(body),
  };
};
