import { stripVTControlCharacters } from 'node:util';

/** Columns that a text takes; colours take none. Every character the product prints is one column wide. */
export const widthOf = (text: string): number => [...stripVTControlCharacters(text)].length;

export const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));
export const padStart = (text: string, width: number): string => ' '.repeat(Math.max(0, width - widthOf(text))) + text;

// eslint-disable-next-line no-control-regex -- the escape character is what begins a colour
const COLOUR = /^\u001b\[[0-9;]*m/;
const RESET = '\u001b[0m';

/** Cuts a text to a number of columns, with an ellipsis for what is missing; a colour that is open there is closed. */
export const truncate = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let columns = 0;
  let coloured = false;
  for (let rest = text; rest !== '' && columns < width - 1;) {
    const colour = COLOUR.exec(rest)?.[0];
    const piece = colour ?? String.fromCodePoint(rest.codePointAt(0) ?? 0);
    kept += piece;
    rest = rest.slice(piece.length);
    if (colour === undefined) columns += 1;
    else coloured = true;
  }
  return `${kept}…${coloured ? RESET : ''}`;
};

/** Breaks a plain text into lines of at most `width` columns, at spaces; a word that is longer is cut. */
export const wrap = (text: string, width: number): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    let rest = word;
    if (line !== '' && widthOf(line) + 1 + widthOf(rest) > width) {
      lines.push(line);
      line = '';
    }
    while (line === '' && widthOf(rest) > width) {
      lines.push([...rest].slice(0, width).join(''));
      rest = [...rest].slice(width).join('');
    }
    line = line === '' ? rest : `${line} ${rest}`;
  }
  return line === '' ? lines : [...lines, line];
};

/** Wraps a text and puts `first` before its first line, and as many spaces before the others. */
export const hang = (first: string, text: string, width: number): string[] => {
  const indent = widthOf(first);
  const lines = wrap(text, Math.max(20, width - indent));
  return lines.length === 0
    ? [first]
    : lines.map((line, index) => `${index === 0 ? first : ' '.repeat(indent)}${line}`);
};

export interface Column {
  readonly title: string;
  /** Numbers stand better under each other on the right. */
  readonly align?: 'left' | 'right';
  /** Gives way when the terminal is narrow: its cells are cut, down to the title's width. */
  readonly flexible?: boolean;
}

/**
 * Columns two spaces apart under their titles, at most `width` wide; the last column is not padded.
 *
 * @param heading - how titles look, for example dimmed
 */
export const table = (
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
  heading: (text: string) => string = (text) => text,
): string[] => {
  const natural = columns.map(({ title }, index) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[index] ?? ''))),
  );
  const excess = natural.reduce((sum, one) => sum + one + 2, -2) - width;
  const widths = natural.map((one, index) => {
    const { flexible, title } = columns[index] ?? { title: '' };
    return flexible === true && excess > 0 ? Math.max(widthOf(title), 8, one - excess) : one;
  });
  const lineOf = (cells: readonly string[]): string =>
    columns
      .map(({ align }, index) => {
        const cell = truncate(cells[index] ?? '', widths[index] ?? 0);
        return align === 'right' ? padStart(cell, widths[index] ?? 0) : padEnd(cell, widths[index] ?? 0);
      })
      .join('  ')
      .trimEnd();
  return [heading(lineOf(columns.map(({ title }) => title))), ...rows.map(lineOf)];
};
