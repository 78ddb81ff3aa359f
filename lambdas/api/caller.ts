import type { Clock } from '../../core/shared/ports.ts';
import type { HttpEvent } from './http.ts';
import { HttpProblem } from './http.ts';

/** Who is calling, as the gateway's authorizer has verified it. */
export interface Caller {
  /** Stable and unique: what limits and stored answers are kept by. */
  readonly subject: string;
  /** For people: what records call this person. */
  readonly name: string;
  readonly roles: readonly string[];
}

/**
 * Reads the caller from the verified claims.
 *
 * The gateway has checked signature, issuer, audience and expiry; an answer that it keeps for a while must not outlive the
 * token, so the expiry is looked at again.
 *
 * @throws HttpProblem 401
 */
export const callerOf = (event: HttpEvent, clock: Clock): Caller => {
  const claims = event.requestContext.authorizer?.jwt?.claims ?? {};
  const subject = claims['sub'];
  if (typeof subject !== 'string' || subject === '') throw unauthorized('the token names no user');
  const expiry = Number(claims['exp']);
  if (!(expiry * 1_000 > clock.now())) throw unauthorized('the token has expired');
  const name = [claims['email'], claims['username'], claims['cognito:username']].find(
    (one) => typeof one === 'string' && one !== '',
  );
  return { subject, name: typeof name === 'string' ? name : subject, roles: groupsOf(claims['cognito:groups']) };
};

const unauthorized = (detail: string): HttpProblem =>
  new HttpProblem(401, detail, { headers: { 'www-authenticate': 'Bearer' } });

/** API Gateway writes a list as `[a b]`; names of groups have no spaces. */
const groupsOf = (claim: unknown): readonly string[] => {
  if (Array.isArray(claim)) return claim.filter((one) => typeof one === 'string');
  return typeof claim === 'string'
    ? claim
        .replace(/^\[|\]$/g, '')
        .split(/[\s,]+/)
        .filter((one) => one !== '')
    : [];
};
