import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import assert from 'node:assert/strict';
import type { Check } from './check.ts';
import type { Lab } from './lab.ts';

const putEvent = async (lab: Lab, source: string, detailType: string, bus = 'default'): Promise<void> => {
  const { FailedEntryCount, Entries } = await lab.clients.events.send(
    new PutEventsCommand({
      Entries: [
        { EventBusName: bus, Source: source, DetailType: detailType, Detail: JSON.stringify({ of: lab.namespace }) },
      ],
    }),
  );
  assert.equal(FailedEntryCount, 0, Entries?.[0]?.ErrorMessage);
};

const serviceEvent: Check = {
  behaviour: "The local ECS may put an 'aws.ecs' event, and a default-bus rule sends it to SQS",
  neededBy: 'ingest, local ECS',
  run: async (lab) => {
    await putEvent(lab, 'aws.ecs', 'ECS Task State Change');
    const body = await lab.receive('ServiceInbox', (message) => message.includes(lab.namespace));
    assert.equal((JSON.parse(body) as { source: string }).source, 'aws.ecs');
  },
};

const customBus: Check = {
  behaviour: 'A rule on a custom bus matches by prefix',
  neededBy: 'events',
  run: async (lab) => {
    await putEvent(lab, 'kintsugi.healer', 'IncidentOpened', lab.name('Bus'));
    const body = await lab.receive('BusInbox', (message) => message.includes(lab.namespace));
    assert.equal((JSON.parse(body) as { 'detail-type': string })['detail-type'], 'IncidentOpened');
  },
};

const executionStatus: Check = {
  behaviour: 'A failed execution is an event on the default bus',
  neededBy: 'escalation of what a catch cannot take',
  run: async (lab) => {
    const { status, error } = await lab.run('Fails');
    assert.deepEqual({ status, error }, { status: 'FAILED', error: 'AskedToFail' });
    await lab.receive('StatesInbox', (message) => message.includes('FAILED'));
  },
};

/** Where to reach the lab's API: emulators answer under their own address, Node does not resolve names below localhost. */
const apiAddress = ({ endpoint, name }: Lab): string =>
  name('ApiUrl').includes('amazonaws.com') ? name('ApiUrl') : `${endpoint}/_aws/execute-api/${name('Api')}/$default`;

const jwtAuthorizer: Check = {
  behaviour: 'The JWT authorizer lets in who has a token, and nobody else',
  neededBy: 'API',
  run: async (lab) => {
    const { cognito } = lab.clients;
    const user = { UserPoolId: lab.name('Pool'), Username: 'operator' };
    const password = 'Conformance-1!';
    await cognito.send(new AdminCreateUserCommand({ ...user, MessageAction: 'SUPPRESS' }));
    await cognito.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }));
    const { AuthenticationResult } = await cognito.send(
      new InitiateAuthCommand({
        AuthFlow: 'USER_PASSWORD_AUTH',
        ClientId: lab.name('PoolClient'),
        AuthParameters: { USERNAME: user.Username, PASSWORD: password },
      }),
    );
    const token = AuthenticationResult?.IdToken ?? '';
    const statusWith = async (authorization?: string): Promise<number> => {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      return (await fetch(`${apiAddress(lab)}/incidents/one`, { headers })).status;
    };
    assert.equal(await statusWith(`Bearer ${token}`), 200);
    assert.equal(await statusWith(), 401);
    const [header, claims, signature = ''] = token.split('.');
    const forged = [header, claims, [...signature].reverse().join('')].join('.');
    assert.equal(await statusWith(`Bearer ${forged}`), 401);
  },
};

const rolePolicy: Check = {
  behaviour: 'A Lambda may do what its role allows, and nothing else',
  neededBy: 'least privilege',
  run: async (lab) => {
    const write = async (table: string): Promise<string> => {
      const { FunctionError, Payload } = await lab.clients.lambda.send(
        new InvokeCommand({ FunctionName: lab.name('Worker'), Payload: JSON.stringify({ write: table }) }),
      );
      return FunctionError === undefined ? 'written' : Buffer.from(Payload ?? []).toString();
    };
    assert.equal(await write(lab.name('Seen')), 'written');
    assert.match(await write(lab.name('Other')), /not authorized to perform: dynamodb:PutItem/);
  },
};

export const eventChecks: readonly Check[] = [serviceEvent, customBus, executionStatus, jwtAuthorizer, rolePolicy];
