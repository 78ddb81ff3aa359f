import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Role } from '../../core/contracts/api/route.ts';
import { isNamed } from '../../lambdas/adapters/sdk-errors.ts';
import { CliError } from './cli-error.ts';

/** What must be known of a local cloud to sign in to it. */
export interface LocalUsers {
  readonly endpoint: string;
  readonly region: string;
  /** Outputs of the API stack. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** Where the API of a local cloud answers. */
export const localApiUrl = ({ endpoint, outputs }: LocalUsers): string =>
  `${endpoint}/_aws/execute-api/${outputOf(outputs, 'ApiId')}/$default`;

/** Opens nothing outside of an emulator on this machine, where everybody is root anyway. */
const PASSWORD = 'Kintsugi-local-golden-seams-1!';

export interface SignedIn {
  readonly idToken: string;
  readonly refreshToken: string | null;
}

/**
 * Signs in to the local cloud as somebody with this role, who is made when first asked for.
 *
 * @param role - null: somebody without any role
 */
export const signInLocally = async (users: LocalUsers, role: Role | null): Promise<SignedIn> => {
  const client = new CognitoIdentityProviderClient({
    endpoint: users.endpoint,
    region: users.region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const UserPoolId = outputOf(users.outputs, 'UserPoolId');
  const Username = `${role ?? 'nobody'}@localhost.invalid`;
  try {
    await client
      .send(
        new AdminCreateUserCommand({
          UserPoolId,
          Username,
          TemporaryPassword: PASSWORD,
          MessageAction: 'SUPPRESS',
          UserAttributes: [{ Name: 'email', Value: Username }],
        }),
      )
      .catch((error: unknown) => {
        if (!isNamed(error, 'UsernameExistsException')) throw error;
      });
    await client.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: PASSWORD, Permanent: true }));
    if (role !== null) await client.send(new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName: role }));
    const { AuthenticationResult } = await client.send(
      new InitiateAuthCommand({
        AuthFlow: 'USER_PASSWORD_AUTH',
        ClientId: outputOf(users.outputs, 'UserPoolClientId'),
        AuthParameters: { USERNAME: Username, PASSWORD },
      }),
    );
    const { IdToken: idToken, RefreshToken: refreshToken = null } = AuthenticationResult ?? {};
    if (idToken === undefined) throw new CliError(`${Username} could not sign in to the local cloud.`);
    return { idToken, refreshToken };
  } finally {
    client.destroy();
  }
};

/** A token of the local cloud for somebody with this role, as `signInLocally` makes one. */
export const localToken = async (users: LocalUsers, role: Role | null): Promise<string> =>
  (await signInLocally(users, role)).idToken;

const outputOf = (outputs: Readonly<Record<string, string>>, name: string): string => {
  const value = outputs[name];
  if (value === undefined)
    throw new CliError(`the API stack has no output ${name}: it is of another version; deploy it again.`);
  return value;
};
