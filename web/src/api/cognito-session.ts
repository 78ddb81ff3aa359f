import * as z from 'zod';
import { parseJson } from '../../../core/shared/parse-json.ts';
import { patience } from './http.ts';
import type { Session, Tokens } from './session.ts';
import { claimsOf, isFresh, TokensSchema } from './session.ts';

/** Kept for the tab: a reload does not ask again, a closed tab forgets. */
const TOKENS_KEY = 'kintsugi.tokens';
const LOGIN_KEY = 'kintsugi.login';
export const CALLBACK_PATH = '/signed-in';

/** The identity provider says no: asking again with the same would not help. */
class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

const LoginSchema = z.object({ state: z.string(), verifier: z.string(), returnTo: z.string() });
const AnswerSchema = z.object({ id_token: z.string(), refresh_token: z.string().optional() });

const base64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');

const random = (): string => base64Url(crypto.getRandomValues(new Uint8Array(32)));

const challengeOf = async (verifier: string): Promise<string> =>
  base64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));

const stored = <T extends z.ZodType>(key: string, schema: T): z.output<T> | null => {
  const parsed = schema.safeParse(parseJson(sessionStorage.getItem(key) ?? 'null'));
  return parsed.success ? parsed.data : null;
};

/** A path of this dashboard; `//host` would be another one. */
const isOwnPath = (path: string): boolean => /^\/(?!\/)/.test(path);

/**
 * Cognito's hosted sign-in by the authorization code flow with PKCE: no secret in the page, and a stolen code is useless
 * without the verifier.
 *
 * @see RFC 7636, Proof Key for Code Exchange
 */
export const cognitoSession = async (domain: string, clientId: string): Promise<Session> => {
  const redirectUri = `${location.origin}${CALLBACK_PATH}`;
  let tokens = stored(TOKENS_KEY, TokensSchema);
  /** The API does not take the token, whatever its time says. */
  let isRefused = false;

  const keep = (next: Tokens): Tokens => {
    sessionStorage.setItem(TOKENS_KEY, JSON.stringify(next));
    tokens = next;
    isRefused = false;
    return next;
  };

  const exchange = async (form: Readonly<Record<string, string>>): Promise<Tokens> => {
    const body = new URLSearchParams({ client_id: clientId, ...form });
    const response = await fetch(`${domain}/oauth2/token`, { method: 'POST', body, signal: patience() });
    if (response.status === 400 || response.status === 401) throw new RefusedError('Sign-in was refused.');
    if (!response.ok) throw new Error(`Sign-in failed (${response.status}).`);
    const answer = AnswerSchema.parse(await response.json());
    return keep({ idToken: answer.id_token, refreshToken: answer.refresh_token ?? form['refresh_token'] ?? null });
  };

  /** Leaves the page; never resolves. */
  const signIn = async (): Promise<never> => {
    const login = { state: random(), verifier: random(), returnTo: location.pathname + location.search };
    sessionStorage.setItem(LOGIN_KEY, JSON.stringify(login));
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: 'openid email',
      state: login.state,
      code_challenge_method: 'S256',
      code_challenge: await challengeOf(login.verifier),
    });
    location.assign(`${domain}/oauth2/authorize?${query.toString()}`);
    return new Promise<never>(() => undefined);
  };

  const finishSignIn = async (): Promise<void> => {
    const query = new URLSearchParams(location.search);
    const login = stored(LOGIN_KEY, LoginSchema);
    sessionStorage.removeItem(LOGIN_KEY);
    const code = query.get('code');
    // Whatever comes of it, the next load begins anew; and what does not come from our question is not repeated.
    history.replaceState(null, '', login !== null && isOwnPath(login.returnTo) ? login.returnTo : '/');
    if (login === null || query.get('state') !== login.state) {
      throw new Error('Sign-in did not complete: the answer does not fit the question.');
    }
    if (code === null)
      throw new Error(`Sign-in did not complete: ${query.get('error_description') ?? 'no code came'}.`);
    await exchange({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: login.verifier,
    });
  };

  const renew = (refreshToken: string): Promise<Tokens> =>
    exchange({ grant_type: 'refresh_token', refresh_token: refreshToken }).catch((error: unknown) => {
      if (error instanceof RefusedError) return signIn();
      throw error; // a connection that fails is no reason to leave the page
    });

  /** Best effort: who cannot be reached forgets the token by its own time. */
  const revoke = async (token: string): Promise<void> => {
    const body = new URLSearchParams({ client_id: clientId, token });
    await fetch(`${domain}/oauth2/revoke`, { method: 'POST', body, signal: patience() }).catch(() => undefined);
  };

  let renewing: Promise<Tokens> | null = null;
  const fresh = async (): Promise<Tokens> => {
    if (tokens !== null && !isRefused && isFresh(tokens.idToken, Date.now())) return tokens;
    const refreshToken = tokens?.refreshToken ?? null;
    renewing ??= (refreshToken === null ? signIn() : renew(refreshToken)).finally(() => (renewing = null));
    return renewing;
  };

  if (location.pathname === CALLBACK_PATH) await finishSignIn();
  return {
    choices: [],
    become: () => Promise.resolve(),
    reader: () => (tokens === null ? null : claimsOf(tokens.idToken).reader),
    token: async () => (await fresh()).idToken,
    expire: () => {
      isRefused = true;
    },
    signOut: async () => {
      const token = tokens?.refreshToken ?? null;
      sessionStorage.removeItem(TOKENS_KEY);
      if (token !== null) await revoke(token);
      const query = new URLSearchParams({ client_id: clientId, logout_uri: `${location.origin}/` });
      location.assign(`${domain}/logout?${query.toString()}`);
      return new Promise<never>(() => undefined);
    },
  };
};
