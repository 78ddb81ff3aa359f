import type { Result } from '../shared/result.ts';
import { err, ok } from '../shared/result.ts';

/** Where a list was left: the sort key and the id of the last item that was given. */
export interface Position {
  readonly at: string;
  readonly id: string;
}

const SEPARATOR = '\n';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Base64url of `at` and `id`, both ASCII: opaque to callers, and nothing but a position to us. */
export const encodeCursor = ({ at, id }: Position): string => {
  const bytes = [...`${at}${SEPARATOR}${id}`].map((letter) => letter.charCodeAt(0) & 0xff);
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const [a = 0, b = 0, c = 0] = bytes.slice(index, index + 3);
    const bits = (a << 16) | (b << 8) | c;
    const letters = Math.min(3, bytes.length - index) + 1;
    for (let letter = 0; letter < letters; letter += 1) text += ALPHABET[(bits >> (18 - 6 * letter)) & 63] ?? '';
  }
  return text;
};

/** The position that a cursor stands for; else what is wrong with it. */
export const decodeCursor = (cursor: string): Result<Position, string> => {
  let bits = 0;
  let count = 0;
  let text = '';
  for (const letter of cursor) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) return err('must be the `nextCursor` of the page before');
    bits = ((bits << 6) | value) & 0xffffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    text += String.fromCharCode((bits >> count) & 0xff);
  }
  const [at, id, ...rest] = text.split(SEPARATOR);
  const isPosition =
    at !== undefined && id !== undefined && id !== '' && rest.length === 0 && /^[\x21-\x7e]+$/.test(at + id);
  return isPosition ? ok({ at, id }) : err('must be the `nextCursor` of the page before');
};

/** Whether an item comes after the position in a list that is sorted newest first, and by id where instants are equal. */
export const isBehind = (item: Position, position: Position): boolean =>
  item.at < position.at || (item.at === position.at && item.id < position.id);

/** Newest first; ids make the order of equal instants always the same. */
export const newestFirst = (a: Position, b: Position): number =>
  a.at === b.at ? (a.id < b.id ? 1 : a.id > b.id ? -1 : 0) : a.at < b.at ? 1 : -1;
