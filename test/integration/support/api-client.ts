import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { LocalCloud } from '../../../local/local-cloud.ts';

export interface ApiClient {
  /** Calls the deployed HTTP API, with this token or with none. */
  call(
    method: 'GET' | 'POST',
    path: string,
    options?: { readonly body?: unknown; readonly token?: string | null },
  ): Promise<{
    readonly status: number;
    readonly body: unknown;
  }>;
}

const USER = 'sre@example.com';
const PASSWORD = 'Kintsugi-2026-golden-seams!';

/** Makes a user in the deployed pool, signs in as that user, and speaks to the API as a person's tool would. */
export const signIn = async (cloud: LocalCloud): Promise<ApiClient> => {
  const output = (name: string): string => {
    const value = cloud.outputs['Kintsugi-dev-Api']?.[name];
    if (value === undefined) throw new Error(`the API stack has no output ${name}`);
    return value;
  };
  const cognito = new CognitoIdentityProviderClient({ endpoint: cloud.endpoint });
  const UserPoolId = output('UserPoolId');
  await cognito.send(
    new AdminCreateUserCommand({
      UserPoolId,
      Username: USER,
      TemporaryPassword: PASSWORD,
      MessageAction: 'SUPPRESS',
      UserAttributes: [{ Name: 'email', Value: USER }],
    }),
  );
  await cognito.send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username: USER, Password: PASSWORD, Permanent: true }),
  );
  const { AuthenticationResult } = await cognito.send(
    new InitiateAuthCommand({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId: output('UserPoolClientId'),
      AuthParameters: { USERNAME: USER, PASSWORD },
    }),
  );
  const own = String(AuthenticationResult?.IdToken);
  const base = `${cloud.endpoint}/_aws/execute-api/${output('ApiId')}/$default`;
  return {
    call: async (method, path, { body, token = own } = {}) => {
      const response = await fetch(`${base}${path}`, {
        method,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: parse(text) };
    },
  };
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
