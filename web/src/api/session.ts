import * as z from 'zod';

/** Who is signed in, for display; the API decides what they may do. */
export interface Reader {
  readonly name: string;
  readonly roles: readonly string[];
}

/** A way to be somebody towards the API. */
export interface Session {
  readonly reader: () => Reader | null;
  /** A token that is still valid; signs in again where that is possible without asking. */
  readonly token: () => Promise<string>;
  /** Forgets a token that the API does not take: the next one is a new one. */
  readonly expire: () => void;
  readonly signOut: () => Promise<void>;
  /** Roles that one may switch to; empty where a role is given, not chosen. */
  readonly choices: readonly string[];
  readonly become: (role: string) => Promise<void>;
}

export const TokensSchema = z.object({ idToken: z.string().min(1), refreshToken: z.string().nullable() });
export type Tokens = z.output<typeof TokensSchema>;

const ClaimsSchema = z.looseObject({
  exp: z.number(),
  email: z.string().optional(),
  sub: z.string().default(''),
  'cognito:username': z.string().optional(),
  'cognito:groups': z.array(z.string()).default([]),
});

/** What a token says. It is not verified here: only the API trusts tokens, and it verifies them itself. */
export const claimsOf = (token: string): { readonly expiresAt: number; readonly reader: Reader } => {
  const payload = token.split('.')[1] ?? '';
  const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  const claims = ClaimsSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  return {
    expiresAt: claims.exp * 1_000,
    reader: { name: claims.email ?? claims['cognito:username'] ?? claims.sub, roles: claims['cognito:groups'] },
  };
};

/** Renewed this long before it ends, so that no request is sent with a token that ends on its way. */
const RENEW_BEFORE_MS = 60_000;

export const isFresh = (token: string, now: number): boolean => claimsOf(token).expiresAt - now > RENEW_BEFORE_MS;
