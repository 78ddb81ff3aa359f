import { Duration, Stack } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';

export interface DashboardSignInProps {
  readonly users: cognito.UserPool;
  /** Where the dashboard is, without a slash at the end; sign-in returns to nowhere else. */
  readonly origin: string;
  /** First part of the sign-in page's name; unique in the region, over all accounts. */
  readonly domainPrefix: string;
}

/** Cognito's own sign-in page for the dashboard: authorization code with PKCE, so that no secret lies in a browser. */
export class DashboardSignIn extends Construct {
  readonly client: cognito.UserPoolClient;
  /** Address of the sign-in page, without a slash at the end. */
  readonly url: string;

  constructor(scope: Construct, id: string, { users, origin, domainPrefix }: DashboardSignInProps) {
    super(scope, id);
    const domain = new cognito.CfnUserPoolDomain(this, 'Domain', {
      userPoolId: users.userPoolId,
      domain: domainPrefix,
    });
    this.url = `https://${domain.ref}.auth.${Stack.of(this).region}.amazoncognito.com`;
    this.client = new cognito.UserPoolClient(this, 'Resource', {
      userPool: users,
      generateSecret: false,
      authFlows: {},
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      accessTokenValidity: Duration.hours(1),
      idTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.hours(12),
      supportedIdentityProviders: [cognito.UserPoolClientIdentityProvider.COGNITO],
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL],
        callbackUrls: [`${origin}/signed-in`],
        logoutUrls: [`${origin}/`],
      },
    });
  }
}
