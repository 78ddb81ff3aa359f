import type { Mode } from '../../core/contracts/limits.ts';
import { durationMs, formatDuration } from '../../core/shared/units.ts';

/** How long ago something was, for people; what lies ahead by a clock's error is now. */
export const ago = (iso: string, now: number): string => `${span(now - Date.parse(iso))} ago`;

/** A length of time for people; seconds with a tenth below a minute. */
export const span = (milliseconds: number): string => formatDuration(durationMs(Math.max(0, milliseconds)));

/** The mode as it is told; what could not be read is not known here, though whoever acts takes it for off. */
export const modeWord = ({ mode, unread }: { readonly mode: Mode; readonly unread?: true }): Mode | 'unknown' =>
  unread === true ? 'unknown' : mode;

/** The name that was probably meant: at most two letters away, or a third of a longer one. */
export const closest = (given: string, allowed: readonly string[]): string | undefined => {
  const ranked = allowed
    .map((name) => ({ name, distance: editDistance(given.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(2, Math.floor(best.name.length / 3)) ? best.name : undefined;
};

/** Levenshtein distance: letters to insert, delete or replace. */
const editDistance = (a: string, b: string): number => {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
};

/** `got 'x'`, what is allowed, and what was probably meant. */
export const notAllowed = (what: string, given: string, allowed: readonly string[]): string => {
  const meant = closest(given, allowed);
  const guess = meant === undefined ? '' : ` Did you mean '${meant}'?`;
  return `${what} must be one of ${allowed.join(', ')}; got '${given}'.${guess}`;
};
