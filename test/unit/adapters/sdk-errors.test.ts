import { ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { DependencyUnavailableError, PermissionDeniedError } from '../../../core/shared/errors.ts';
import { calling, isNamed, translate } from '../../../lambdas/adapters/sdk-errors.ts';
import { startAwsEndpoint, type Answer } from './aws-endpoint.ts';

const SERVICE = 'arn:aws:ecs:eu-west-1:123456789012:service/shop/checkout';
const ROLE = 'arn:aws:sts::123456789012:assumed-role/kintsugi-dev-act/act';

const failWith = async (answer: Answer, timeoutMs = 5_000): Promise<unknown> => {
  const endpoint = await startAwsEndpoint(() => answer);
  const requestHandler = { requestTimeout: timeoutMs, throwOnRequestTimeout: true };
  const client = new ECSClient({ ...endpoint.settings, requestHandler });
  try {
    const command = new UpdateServiceCommand({ service: 'checkout', desiredCount: 2 });
    return await calling('ecs:UpdateService', () => client.send(command), SERVICE).catch((error: unknown) => error);
  } finally {
    client.destroy();
    await endpoint.close();
  }
};

test.each(['ThrottlingException', 'TooManyRequestsException', 'RequestLimitExceeded'])(
  '%s is a dependency that is not available',
  async (name) => {
    const error = await failWith({ status: 400, body: { __type: name, message: 'Rate exceeded' } });
    expect(error).toBeInstanceOf(DependencyUnavailableError);
    expect(String(error)).toContain(`ecs:UpdateService on ${SERVICE} was throttled: ${name}: Rate exceeded`);
    expect((error as Error).cause).toBeInstanceOf(Error);
  },
);

test('a fault of the service is a dependency that is not available', async () => {
  const error = await failWith({ status: 500, body: { __type: 'ServerException', message: 'oops' } });
  expect(error).toBeInstanceOf(DependencyUnavailableError);
  expect(String(error)).toContain('failed on the side of AWS');
});

test('an answer that does not come in time is a dependency that is not available', async () => {
  const error = await failWith({ body: {}, delayMs: 300 }, 50);
  expect(error).toBeInstanceOf(DependencyUnavailableError);
  expect(String(error)).toContain('was not answered in time');
});

test.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN'])(
  'a network failure (%s) is a dependency that is not available',
  (code) => {
    // Made by hand: the SDK replaces a socket's error in jest, whose sandbox has another Error class.
    const cause = Object.assign(new Error(`connect ${code}`), { code, $metadata: { attempts: 3 } });
    const error = translate(cause, 'ecs:UpdateService');
    expect(error).toBeInstanceOf(DependencyUnavailableError);
    expect(String(error)).toContain(`ecs:UpdateService could not be reached: Error: connect ${code}`);
    expect((error as Error).cause).toBe(cause);
  },
);

test('a denial names who, the action and the resource, as AWS says them', async () => {
  const message = `User: ${ROLE} is not authorized to perform: ecs:UpdateService on resource: ${SERVICE} because no identity-based policy allows the ecs:UpdateService action`;
  const error = await failWith({ status: 400, body: { __type: 'AccessDeniedException', message } });
  expect(error).toBeInstanceOf(PermissionDeniedError);
  expect((error as Error).message).toContain(
    `${ROLE} may not call ecs:UpdateService on ${SERVICE}. Add to its role: Allow ecs:UpdateService on ${SERVICE}.`,
  );
});

test('a denial that says nothing is filled in from the call', async () => {
  const error = await failWith({ status: 400, body: { __type: 'AccessDeniedException', message: 'no' } });
  expect((error as Error).message).toContain(`Allow ecs:UpdateService on ${SERVICE}`);
});

test('any other error stays what it is', async () => {
  const error = await failWith({ status: 400, body: { __type: 'ServiceNotFoundException', message: 'gone' } });
  expect(isNamed(error, 'ServiceNotFoundException')).toBe(true);
  const bug = new TypeError('x is not a function');
  expect(translate(bug, 'ecs:UpdateService')).toBe(bug);
  expect(translate('text', 'ecs:UpdateService')).toBe('text');
});
