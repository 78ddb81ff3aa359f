import type { ListIncidentsQuery } from '../contracts/api/incidents.ts';
import type { Incident, IncidentStatus } from '../contracts/incident.ts';
import { fromIso, toIso } from '../shared/units.ts';
import type { Position } from './cursor.ts';
import { encodeCursor, isBehind, newestFirst } from './cursor.ts';

/** A stretch of one index, newest first: one status, or one workload. */
export interface IncidentSource {
  readonly by: { readonly status: IncidentStatus } | { readonly workload: string };
}

/** Items of a source from `to` backwards; `more` when the source goes on behind them. */
export type ReadIncidents = (
  source: IncidentSource,
  range: { readonly from: string; readonly to: string; readonly limit: number },
) => Promise<{ readonly incidents: readonly Incident[]; readonly more: boolean }>;

/** Incidents that one request may read to find those with a text. */
const MOST_READ = 1_000;
const FIRST = '0000';
const LAST = '9999';
const STATUSES: readonly IncidentStatus[] = ['open', 'awaiting_approval', 'recovered', 'escalated', 'dismissed'];

export const positionOf = ({ openedAt, incidentId }: Incident): Position => ({ at: openedAt, id: incidentId });

/**
 * One page of incidents, newest first.
 *
 * Every source is read to the same depth, so that the merged list has no holes: what lies behind the end of the
 * shallowest source that goes on is left for the next page.
 *
 * @param after - last item of the page before
 */
export const incidentPage = async (
  asked: ListIncidentsQuery,
  after: Position | null,
  read: ReadIncidents,
): Promise<{ readonly incidents: Incident[]; readonly nextCursor: string | null }> => {
  const query = inMilliseconds(asked);
  const sources = sourcesOf(query);
  const from = query.since ?? FIRST;
  let position = after;
  let budget = MOST_READ;
  const found: Incident[] = [];
  for (;;) {
    const to = position?.at ?? query.until ?? LAST;
    if (from > to) return { incidents: found, nextCursor: null };
    const limit = Math.max(query.limit + 1, 25);
    const parts = await Promise.all(sources.map((source) => readBehind(source, { from, to, limit }, position, read)));
    const horizon = parts
      .filter(({ more }) => more)
      .map(({ last }) => last)
      .sort(newestFirst)[0];
    const seen = parts
      .flatMap(({ incidents }) => incidents)
      .filter((incident) => horizon === undefined || !isBehind(positionOf(incident), horizon))
      .sort((a, b) => newestFirst(positionOf(a), positionOf(b)));
    const matching = seen.filter((incident) => matches(incident, query));
    found.push(...matching.slice(0, query.limit - found.length));
    const last = found.length === query.limit ? found.at(-1) : seen.at(-1);
    const isOver = horizon === undefined && found.length < query.limit;
    const isCut = matching.length > 0 && found.at(-1) !== matching.at(-1);
    budget -= seen.length;
    if (isOver || (horizon === undefined && !isCut)) return { incidents: found, nextCursor: null };
    if (last !== undefined) position = positionOf(last);
    if (found.length === query.limit || budget <= 0) {
      return { incidents: found, nextCursor: position === null ? null : encodeCursor(position) };
    }
  }
};

/** Instants are compared as texts, and are stored with milliseconds: 05:30:00Z would come after 05:30:00.000Z. */
const inMilliseconds = ({ since, until, ...rest }: ListIncidentsQuery): ListIncidentsQuery => ({
  ...rest,
  ...(since === undefined ? {} : { since: toIso(fromIso(since)) }),
  ...(until === undefined ? {} : { until: toIso(fromIso(until)) }),
});

interface Stretch {
  readonly incidents: readonly Incident[];
  readonly more: boolean;
  readonly last: Position;
}

/** Reads deeper while all that was found has the instant at which the page before ended. */
const readBehind = async (
  source: IncidentSource,
  range: { readonly from: string; readonly to: string; readonly limit: number },
  position: Position | null,
  read: ReadIncidents,
): Promise<Stretch> => {
  for (let limit = range.limit; ; limit *= 4) {
    const { incidents, more } = await read(source, { ...range, limit });
    const behind = incidents.filter((incident) => position === null || isBehind(positionOf(incident), position));
    const last = incidents.at(-1);
    // Equal instants come in any order: the last instant may go on behind what was read.
    const whole = more ? behind.filter(({ openedAt }) => openedAt !== last?.openedAt) : behind;
    const end = whole.at(-1);
    if (!more) return { incidents: behind, more: false, last: { at: FIRST, id: '' } };
    if (end !== undefined) return { incidents: whole, more, last: { at: end.openedAt, id: '' } };
  }
};

const sourcesOf = ({ workload, status }: ListIncidentsQuery): readonly IncidentSource[] =>
  workload === undefined
    ? [...new Set(status ?? STATUSES)].map((one) => ({ by: { status: one } }))
    : [{ by: { workload } }];

const matches = (incident: Incident, { status, since, until, text }: ListIncidentsQuery): boolean =>
  (status === undefined || status.includes(incident.status)) &&
  (since === undefined || incident.openedAt >= since) &&
  (until === undefined || incident.openedAt < until) &&
  (text === undefined || textOf(incident).includes(text.toLowerCase()));

const textOf = ({ incidentId, workloadId, summary, lastAction, explanation }: Incident): string =>
  [incidentId, workloadId, summary, lastAction ?? '', explanation ?? ''].join('\n').toLowerCase();

/** Incidents of one status, or of one workload, that are read for one answer. */
const MOST_COUNTED = 5_000;

/** By the time at which incidents were opened: `since` included, `until` not. */
export interface Period {
  readonly since: string;
  readonly until: string;
  readonly workload?: string | undefined;
}

/**
 * All incidents that were opened within a period, but for those that carry out what people asked for; `truncated` when there
 * were more than are read.
 */
export const incidentsBetween = async (
  read: ReadIncidents,
  { since, until, workload }: Period,
): Promise<{ readonly incidents: readonly Incident[]; readonly truncated: boolean }> => {
  const sources: readonly IncidentSource[] =
    workload === undefined ? STATUSES.map((status) => ({ by: { status } })) : [{ by: { workload } }];
  const parts = await Promise.all(
    sources.map((source) => read(source, { from: since, to: until, limit: MOST_COUNTED })),
  );
  return {
    incidents: parts.flatMap(({ incidents }) =>
      incidents.filter(({ openedAt, taskId }) => openedAt < until && taskId === undefined),
    ),
    truncated: parts.some(({ more }) => more),
  };
};
