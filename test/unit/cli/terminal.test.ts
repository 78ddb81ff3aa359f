import fc from 'fast-check';
import { hang, table, truncate, widthOf, wrap } from '../../../cli/terminal/text.ts';
import { closest } from '../../../cli/terminal/words.ts';

const RED = '\u001b[31m';
const DEFAULT = '\u001b[39m';

test('a wrapped line is never wider than asked, and no word is lost', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, maxLength: 30, unit: fc.constantFrom('a', 'é', '●') })),
      fc.integer({ min: 5, max: 60 }),
      (words, width) => {
        const lines = wrap(words.join(' '), width);
        expect(lines.every((line) => widthOf(line) <= width)).toBe(true);
        expect(lines.join('').replaceAll(' ', '')).toBe(words.join(''));
      },
    ),
  );
});

test('a cut text has the asked width and closes its colour', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 50, unit: fc.constantFrom('x', 'é') }),
      fc.integer({ min: 2, max: 60 }),
      (text, width) => {
        const cut = truncate(`${RED}${text}${DEFAULT}`, width);
        expect(widthOf(cut)).toBe(Math.min(text.length, width));
        if (text.length > width) expect(cut.endsWith('…\u001b[0m')).toBe(true);
      },
    ),
  );
});

test('following lines stand below the text, not below its mark', () => {
  expect(hang('* ', 'aaaaaaaaaa bbbbbbbbbb cccccccccc', 24)).toEqual(['* aaaaaaaaaa bbbbbbbbbb', '  cccccccccc']);
});

test('a table gives way in its flexible column only', () => {
  const rows = [['a'.repeat(40), 'kept whole']];
  const lines = table([{ title: 'LONG', flexible: true }, { title: 'OTHER' }], rows, 30);
  expect(lines[1]).toMatch(/^a+… {2}kept whole$/);
  expect(lines.every((line) => widthOf(line) <= 30)).toBe(true);
});

test.each([
  ['memory-leek', 'memory-leak'],
  ['HANG', 'hang'],
  ['completely-else', undefined],
])('%s probably means %s', (given, meant) => {
  expect(closest(given, ['memory-leak', 'hang', 'blip'])).toBe(meant);
});
