import { patience } from './http.ts';
import type { Session, Tokens } from './session.ts';
import { claimsOf, isFresh, TokensSchema } from './session.ts';

const ROLE_KEY = 'kintsugi.role';

/** The local cloud's own server signs in to the emulator's user pool, as the role that was chosen last. */
export const localSession = (sessionUrl: string, roles: readonly string[]): Session => {
  let tokens: Tokens | null = null;
  let pending: Promise<Tokens> | null = null;
  const remembered = localStorage.getItem(ROLE_KEY);
  let role = remembered !== null && roles.includes(remembered) ? remembered : (roles.at(-1) ?? '');

  const signIn = async (): Promise<Tokens> => {
    const response = await fetch(sessionUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ role }),
      signal: patience(),
    });
    if (!response.ok)
      throw new Error(`The local cloud does not sign in (${response.status}). Does npm start still run?`);
    return TokensSchema.parse(await response.json());
  };
  return {
    choices: roles,
    reader: () => (tokens === null ? null : claimsOf(tokens.idToken).reader),
    token: async () => {
      if (tokens === null || !isFresh(tokens.idToken, Date.now())) {
        pending ??= signIn().finally(() => (pending = null));
        tokens = await pending;
      }
      return tokens.idToken;
    },
    expire: () => {
      tokens = null;
    },
    signOut: () => Promise.resolve(),
    become: async (next) => {
      role = next;
      localStorage.setItem(ROLE_KEY, next);
      tokens = await signIn();
    },
  };
};
