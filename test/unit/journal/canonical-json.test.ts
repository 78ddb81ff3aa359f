import fc from 'fast-check';
import type { Json } from '../../../core/journal/canonical-json.ts';
import { canonicalJson } from '../../../core/journal/canonical-json.ts';

const json = fc.jsonValue() as fc.Arbitrary<Json>;

test('RFC 8785, section 3.2.2: the sample object', () => {
  const input = String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`;
  expect(canonicalJson(JSON.parse(input) as Json)).toBe(
    String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  );
});

test('RFC 8785, section 3.2.3: keys by UTF-16 code units', () => {
  const input = {
    '\u20ac': 'Euro Sign',
    '\r': 'Carriage Return',
    '\ufb33': 'Hebrew Letter Dalet With Dagesh',
    '1': 'One',
    '\ud83d\ude00': 'Emoji: Grinning Face',
    '\u0080': 'Control',
    '\u00f6': 'Latin Small Letter O With Diaeresis',
  };
  expect([...canonicalJson(input).matchAll(/:"([^"]+)"/g)].map(([, word]) => word)).toEqual([
    'Carriage Return',
    'One',
    'Control',
    'Latin Small Letter O With Diaeresis',
    'Euro Sign',
    'Emoji: Grinning Face',
    'Hebrew Letter Dalet With Dagesh',
  ]);
});

test.each([
  [0, '0'],
  [-0, '0'],
  [5e-324, '5e-324'],
  [1.7976931348623157e308, '1.7976931348623157e+308'],
  [9007199254740992, '9007199254740992'],
  [295147905179352830000, '295147905179352830000'],
  [1e23, '1e+23'],
  [333333333.33333325, '333333333.33333325'],
])('RFC 8785, appendix B: the number %p is written %s', (value, text) => expect(canonicalJson(value)).toBe(text));

test.each([NaN, Infinity, -Infinity])('refuses the number %p', (value) => {
  expect(() => canonicalJson({ value })).toThrow(new RangeError(`JSON has no number ${value}`));
});

test('leaves out members that are undefined', () => expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}'));

test('is JSON for the same value', () => {
  fc.assert(
    fc.property(json, (value) => expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))),
  );
});

const reversed = (value: Json): Json => {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item: Json) => reversed(item));
  return Object.fromEntries(
    Object.entries(value as Readonly<Record<string, Json>>)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
};

test('does not depend on the order in which keys were written', () => {
  fc.assert(fc.property(json, (value) => canonicalJson(value) === canonicalJson(reversed(value))));
});

test('tells different values apart', () => {
  const plain = (value: Json): Json => JSON.parse(JSON.stringify(value)) as Json;
  fc.assert(
    fc.property(json, json, (a, b) => {
      expect(canonicalJson(a) === canonicalJson(b)).toBe(
        Object.is(plain(a), plain(b)) || deepEqual(plain(a), plain(b)),
      );
    }),
  );
});

const deepEqual = (a: Json, b: Json): boolean => {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
};
