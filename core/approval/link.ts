import type { LinkClaims } from '../contracts/link.ts';
import { LinkClaimsSchema } from '../contracts/link.ts';
import type { EnvironmentName } from '../contracts/workload.ts';
import { canonicalJson } from '../journal/canonical-json.ts';
import { fromBase64url, toBase64url } from '../shared/base64url.ts';
import { parseJson } from '../shared/parse-json.ts';
import type { Mac } from '../shared/ports.ts';
import type { Result } from '../shared/result.ts';
import { err, ok } from '../shared/result.ts';
import type { EpochMs } from '../shared/units.ts';
import { fromIso, isBefore } from '../shared/units.ts';

/** `not_ours` tells nothing about why: whoever forges links learns nothing from the answer. */
export type LinkFault = { readonly fault: 'not_ours' } | { readonly fault: 'expired'; readonly at: string };

const NOT_OURS = err({ fault: 'not_ours' } as const);

/** The token of a link: what it allows as canonical JSON (RFC 8785), and the HMAC of that, both base64url. */
export const signLink = async (claims: LinkClaims, mac: Mac): Promise<string> => {
  const payload = toBase64url(canonicalJson(claims));
  return `${payload}.${await mac.sign(payload)}`;
};

/**
 * What a token allows. Nothing of it is read before its HMAC is verified, which happens in constant time wherever the key
 * is; a payload that says the same in other words is none of ours either, so that a link has one form only.
 */
export const readLink = async (
  token: string,
  env: EnvironmentName,
  now: EpochMs,
  mac: Mac,
): Promise<Result<LinkClaims, LinkFault>> => {
  if (!/^[A-Za-z0-9_-]{40,1500}\.[A-Za-z0-9_-]{43}$/.test(token)) return NOT_OURS;
  const [payload, signature] = token.split('.') as [string, string];
  if (!(await mac.verify(payload, signature))) return NOT_OURS;
  const claims = claimsIn(payload);
  if (claims === null || claims.env !== env) return NOT_OURS;
  return isBefore(now, fromIso(claims.expiresAt)) ? ok(claims) : err({ fault: 'expired', at: claims.expiresAt });
};

const claimsIn = (payload: string): LinkClaims | null => {
  const parsed = LinkClaimsSchema.safeParse(parseJson(`${fromBase64url(payload)}`));
  return parsed.success && toBase64url(canonicalJson(parsed.data)) === payload ? parsed.data : null;
};
