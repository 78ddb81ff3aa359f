import fc from 'fast-check';
import { cut } from '../../../core/shared/cut.ts';

/** As it is when it was stored and read back. */
const stored = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');

test.each([
  ['short', 5, '', 'short'],
  ['longer', 5, '', 'longe'],
  ['longer', 5, '…', 'long…'],
  ['abc😀', 5, '', 'abc😀'],
  ['abcd😀', 5, '', 'abcd'],
  ['abcd😀', 5, '...', 'ab...'],
  ['a\ud83d', 5, '', 'a\ufffd'],
])('%j in %d characters, ended with %j, is %j', (text, most, end, expected) => {
  expect(cut(text, most, end)).toBe(expected);
});

test('whatever is cut wherever, it is no longer than asked and comes back from UTF-8 as it was', () => {
  const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
  const text = fc.array(fc.oneof(unit, fc.constantFrom('😀', '\ud83d', 'a')), { maxLength: 40 });
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 40 }), fc.constantFrom('', '…'), (parts, most, end) => {
      const short = cut(parts.join(''), most, end);
      expect(short.length).toBeLessThanOrEqual(most);
      expect(stored(short)).toBe(short);
    }),
  );
});
