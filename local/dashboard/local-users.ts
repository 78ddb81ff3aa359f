import { randomBytes } from 'node:crypto';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { SignedIn } from './dashboard-server.ts';

export interface LocalUsersOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly userPoolId: string;
  readonly clientId: string;
}

/** One user per role in the emulator's user pool, made when first needed, with a password that nobody learns. */
export const localUsers = ({ endpoint, region, userPoolId, clientId }: LocalUsersOptions) => {
  const client = new CognitoIdentityProviderClient({ endpoint, region });
  const passwords = new Map<string, Promise<string>>();

  const create = async (role: string): Promise<string> => {
    const user = { UserPoolId: userPoolId, Username: nameOf(role) };
    const password = `${randomBytes(18).toString('base64url')}-aA1`;
    await client.send(
      new AdminCreateUserCommand({
        ...user,
        TemporaryPassword: password, // or the emulator makes one that its own pool refuses
        MessageAction: 'SUPPRESS',
        UserAttributes: [
          { Name: 'email', Value: nameOf(role) },
          { Name: 'email_verified', Value: 'true' },
        ],
      }),
    );
    await client.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }));
    await client.send(new AdminAddUserToGroupCommand({ ...user, GroupName: role }));
    return password;
  };

  return {
    signIn: async (role: string): Promise<SignedIn> => {
      const known = passwords.get(role) ?? create(role);
      passwords.set(role, known);
      const PASSWORD = await known;
      const { AuthenticationResult } = await client.send(
        new InitiateAuthCommand({
          ClientId: clientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: nameOf(role), PASSWORD },
        }),
      );
      const idToken = AuthenticationResult?.IdToken;
      if (idToken === undefined) throw new Error(`the emulator's user pool gave no token for ${role}`);
      return { idToken, refreshToken: AuthenticationResult?.RefreshToken ?? null };
    },
    close: () => client.destroy(),
  };
};

const nameOf = (role: string): string => `${role}@kintsugi.local`;
