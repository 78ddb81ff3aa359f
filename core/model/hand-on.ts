import type { FrozenTables, ModelSnapshot } from '../contracts/model.ts';
import { handOn, type EvidenceDelta } from '../learning/evidence.ts';
import type { Experience } from '../shared/ports.ts';
import { fromIso } from '../shared/units.ts';
import { frozenTable } from './snapshot.ts';

/** Weight of what one environment hands on to the next (LEARNING §3). */
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

/** Names what a version handed on, so that it is handed on once. */
export const handedId = (version: string, tier: string): string => `handed#${version}#${tier}`;

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

/** The newest version of another environment that a log has evidence of; null when none was handed on. */
export const lastHanded = (experiences: readonly Experience[]): string | null =>
  experiences
    .flatMap(({ executionId }) => (executionId.startsWith('handed#') ? [executionId.split('#')[1] ?? ''] : []))
    .sort((a, b) => a.split('-').slice(2).join().localeCompare(b.split('-').slice(2).join()))
    .at(-1) ?? null;
