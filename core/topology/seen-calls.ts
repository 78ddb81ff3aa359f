import type { SeenCall, WorkloadId } from '../contracts/workload.ts';
import type { EpochMs } from '../shared/units.ts';
import { elapsed, fromIso, hours, isLonger, minutes, toIso } from '../shared/units.ts';

/** Calls from one workload to another within a stretch of time. */
export interface CallCount {
  readonly caller: WorkloadId;
  readonly callee: WorkloadId;
  readonly source: SeenCall['source'];
  readonly requests: number;
}

/** After this long a rate counts half as much as what is seen now. */
const HALF_LIFE = minutes(15);
/** A call that was not seen for this long is none any more: longer than a weekend, and than a job that runs once a week takes to come again. */
const FORGOTTEN_AFTER = hours(8 * 24);
/** A time that moved by less is not worth a write. */
const REFRESH = minutes(10);

/**
 * What is known of a workload's calls after one more look.
 *
 * A rate is a mean in which what was seen before weighs half as much after {@link HALF_LIFE}; the first look counts whole.
 * What was not seen this time keeps its rate and its time, until it is forgotten.
 *
 * @param counted - calls of this workload; several of one callee and source add up, none is no news
 * @param window - the time in which they were counted
 * @returns by callee and source, in alphabetical order
 */
export const rememberCalls = (
  known: readonly SeenCall[],
  counted: readonly Omit<CallCount, 'caller'>[],
  window: { readonly from: EpochMs; readonly to: EpochMs },
): readonly SeenCall[] => {
  const requests = new Map<string, number>();
  for (const call of counted) requests.set(keyOf(call), (requests.get(keyOf(call)) ?? 0) + call.requests);
  const before = new Map(known.map((call) => [keyOf(call), call]));
  const looked = elapsed(window.from, window.to) / minutes(1);
  const calls = new Map<string, SeenCall>();
  for (const call of known) {
    if (!isLonger(elapsed(fromIso(call.lastSeen), window.to), FORGOTTEN_AFTER)) calls.set(keyOf(call), call);
  }
  for (const { callee, source } of counted) {
    const key = keyOf({ callee, source });
    const seen = requests.get(key) ?? 0;
    if (seen <= 0) continue;
    const old = before.get(key);
    const age = old === undefined ? Infinity : Math.max(0, elapsed(fromIso(old.lastSeen), window.to));
    const weight = 0.5 ** (age / HALF_LIFE);
    const rate = (old?.requestsPerMinute ?? 0) * weight + (seen / looked) * (1 - weight);
    calls.set(key, { callee, source, requestsPerMinute: round(rate), lastSeen: toIso(window.to) });
  }
  return [...calls].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, call]) => call);
};

/** Whether what is known now must be stored: an edge came or went, or its time is old. */
export const isNews = (stored: readonly SeenCall[], next: readonly SeenCall[]): boolean =>
  stored.length !== next.length ||
  next.some((call) => {
    const old = stored.find((one) => keyOf(one) === keyOf(call));
    return old === undefined || isLonger(elapsed(fromIso(old.lastSeen), fromIso(call.lastSeen)), REFRESH);
  });

const keyOf = ({ callee, source }: Pick<SeenCall, 'callee' | 'source'>): string => `${callee}#${source}`;

/** Three decimals: a call in half a day still counts. */
const round = (rate: number): number => Math.round(rate * 1_000) / 1_000;
