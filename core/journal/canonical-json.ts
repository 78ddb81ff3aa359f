/** A value that JSON can carry without loss. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * Canonical JSON: one text for one value, whatever the order in which its keys were written.
 *
 * Keys are sorted by UTF-16 code units, as `sort` does, numbers and strings are written as ECMAScript does, `undefined` members are
 * left out.
 *
 * @throws RangeError on a number that JSON cannot carry (NaN, infinite)
 * @see RFC 8785, JSON Canonicalization Scheme
 */
export const canonicalJson = (value: Json): string => {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(`JSON has no number ${value}`);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.keys(value)
    .sort()
    .flatMap((key) => {
      const member = value[key];
      return member === undefined ? [] : [`${JSON.stringify(key)}:${canonicalJson(member)}`];
    });
  return `{${members.join(',')}}`;
};

const isArray = (value: Json): value is readonly Json[] => Array.isArray(value);
