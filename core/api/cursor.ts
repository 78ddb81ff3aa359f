import { fromBase64url, toBase64url } from '../shared/base64url.ts';
import type { Result } from '../shared/result.ts';
import { err, ok } from '../shared/result.ts';

/** Where a list was left: the sort key and the id of the last item that was given. */
export interface Position {
  readonly at: string;
  readonly id: string;
}

const SEPARATOR = '\n';

/** Base64url of `at` and `id`, both ASCII: opaque to callers, and nothing but a position to us. */
export const encodeCursor = ({ at, id }: Position): string => toBase64url(`${at}${SEPARATOR}${id}`);

/** The position that a cursor stands for; else what is wrong with it. */
export const decodeCursor = (cursor: string): Result<Position, string> => {
  const [at, id, ...rest] = fromBase64url(cursor)?.split(SEPARATOR) ?? [];
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
