import type { Clock } from '../../core/shared/ports.ts';
import type { DurationMs } from '../../core/shared/units.ts';
import { after, durationMs, elapsed, fromIso, hours, isLonger, toIso } from '../../core/shared/units.ts';
import { HttpProblem } from './http.ts';

export interface AskedPeriod {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

const LONGEST_PERIOD = hours(90 * 24);

/**
 * The period that somebody asks about, from `since` up to `until`.
 *
 * @param part - of the request in which it stands
 * @throws HttpProblem 400 when it is empty or too long
 */
export const periodOf = (
  { since, until }: AskedPeriod,
  { clock, usual, part }: { readonly clock: Clock; readonly usual: DurationMs; readonly part: 'query' | 'body' },
): { readonly since: string; readonly until: string } => {
  const to = until === undefined ? clock.now() : fromIso(until);
  const from = since === undefined ? after(to, durationMs(-usual)) : fromIso(since);
  const field = `${part}.since`;
  const problem = (message: string): HttpProblem =>
    new HttpProblem(400, `${field}: ${message}`, { errors: [{ field, message }] });
  if (from >= to) throw problem(`must be before ${toIso(to)}`);
  if (isLonger(elapsed(from, to), LONGEST_PERIOD)) throw problem('must be at most ninety days before the end');
  return { since: toIso(from), until: toIso(to) };
};
