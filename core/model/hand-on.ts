import type { FrozenTables, ModelSnapshot } from '../contracts/model.ts';
import { applyDeltas, handOn, type EvidenceDelta, type QTable } from '../learning/evidence.ts';
import { handOnLedger, ledgerRow } from '../learning/ledger.ts';
import type { Experience } from '../shared/ports.ts';
import { fromIso, type EpochMs } from '../shared/units.ts';
import { frozenTable } from './snapshot.ts';

/** Weight of what one environment hands on to the next: half at each hop. */
export const HANDED_SHARE = 0.5;

const none: FrozenTables = {};

/** New counts less those that were handed on before. */
const difference = (now: readonly EvidenceDelta[], before: readonly EvidenceDelta[]): EvidenceDelta[] =>
  now.map(({ hypothesis, add }) => {
    const known = before.find((delta) => delta.hypothesis === hypothesis)?.add ?? {};
    const names = new Set([...Object.keys(add), ...Object.keys(known)]);
    const rest = [...names].map((name) => [name, (add[name] ?? 0) - (known[name] ?? 0)] as const);
    return { hypothesis, add: Object.fromEntries(rest.filter(([, value]) => value !== 0)) };
  });

const HANDED = 'handed#';

/** The part of a version's name that says when it was frozen; sorts as time does. */
export const frozenAt = (version: string): string => version.split('-').slice(2, 4).join('-');

/** Names what a version handed on, so that it is handed on once. */
export const handedId = (version: string, tier: string): string => `${HANDED}${version}#${tier}`;

/** Whether an event is what another environment handed on; then it belongs to no incident of this one. */
export const isHanded = (executionId: string): boolean => executionId.startsWith(HANDED);

/**
 * What a version teaches the next environment, at half its weight, as experiences of that environment: one per tier.
 *
 * @param before - the version that was handed on last; only what is new since then is added
 */
export const handedExperiences = (snapshot: ModelSnapshot, before: ModelSnapshot | null): Experience[] =>
  Object.keys(snapshot.tables).flatMap((tier): Experience[] => {
    const now = handOn(frozenTable(snapshot.tables, tier), HANDED_SHARE);
    const earlier = handOn(frozenTable(before?.tables ?? none, tier), HANDED_SHARE);
    const deltas = difference(now, earlier).filter(({ add }) => Object.keys(add).length > 0);
    if (deltas.length === 0) return [];
    const executionId = handedId(snapshot.version, tier);
    return [{ executionId, kind: 'handed_on', tier, at: fromIso(snapshot.createdAt), deltas }];
  });

const counted = (experiences: readonly Experience[], row: string): Readonly<Record<string, number>> =>
  applyDeltas(
    new Map(),
    experiences.flatMap(({ deltas }) => deltas),
  ).get(row) ?? {};

/**
 * What one environment's ledger of a version has to hand on to the next, whole: heals that were verified since the last
 * time. A version goes on earning after it was promoted, so this happens more than once; each time is an event with the
 * next number, so that of two who do it at once only one is written.
 *
 * @param there - the log of the environment that gets it
 */
export const handedLedger = (
  table: QTable,
  { version, tier, at }: { readonly version: string; readonly tier: string; readonly at: EpochMs },
  there: readonly Experience[],
): Experience | null => {
  const prefix = `${handedId(version, tier)}#ledger`;
  const earlier = there.filter(({ executionId }) => executionId === prefix || executionId.startsWith(`${prefix}#`));
  const known = counted(earlier, ledgerRow(version));
  const deltas = handOnLedger(table, version).flatMap(({ hypothesis, add }) => {
    const news = Object.entries(add).map(([name, value]) => [name, value - (known[name] ?? 0)] as const);
    const rest = Object.fromEntries(news.filter(([, value]) => value !== 0));
    return Object.keys(rest).length === 0 ? [] : [{ hypothesis, add: rest }];
  });
  if (deltas.length === 0) return null;
  const executionId = earlier.length === 0 ? prefix : `${prefix}#${earlier.length + 1}`;
  return { executionId, kind: 'handed_on', tier, at, deltas };
};

/**
 * The newest version of another environment that a log has evidence of; null when none was handed on.
 *
 * @param olderThan - only among versions that were frozen before this one
 */
export const lastHanded = (experiences: readonly Experience[], olderThan?: string): string | null =>
  experiences
    .flatMap(({ executionId }) => (isHanded(executionId) ? [executionId.split('#')[1] ?? ''] : []))
    .filter((version) => olderThan === undefined || frozenAt(version) < frozenAt(olderThan))
    .sort((a, b) => frozenAt(a).localeCompare(frozenAt(b)))
    .at(-1) ?? null;
