import type {
  EarnedAutonomy,
  FrozenTables,
  ModelContent,
  ModelData,
  ModelSnapshot,
  ModelVersion,
} from '../contracts/model.ts';
import { ActionIdSchema } from '../contracts/action.ts';
import { ModelContentSchema, ModelSnapshotSchema } from '../contracts/model.ts';
import type { EnvironmentName } from '../contracts/workload.ts';
import type { Json } from '../journal/canonical-json.ts';
import { canonicalJson } from '../journal/canonical-json.ts';
import { applyDeltas, rebase, type QTable } from '../learning/evidence.ts';
import { hasEarned, isLedger, ledgerEntries, type EarnRule } from '../learning/ledger.ts';
import type { Experience, Sha256 } from '../shared/ports.ts';
import { epochMs, toIso } from '../shared/units.ts';

/** What a snapshot says of itself besides its evidence. */
export interface SnapshotContext {
  readonly env: EnvironmentName;
  /** ISO 8601. */
  readonly at: string;
  readonly catalogueVersion: string;
  readonly codeVersion: string;
  readonly parents: readonly ModelVersion[];
  /** What an action must have shown to act unattended; null where nothing must be earned. */
  readonly earn: EarnRule | null;
}

/** Experiences in the one order in which they are hashed and added up: sums of fractions depend on their order. */
const inOrder = (experiences: readonly Experience[]): Experience[] =>
  [...experiences].sort((a, b) => (a.executionId < b.executionId ? -1 : a.executionId > b.executionId ? 1 : 0));

/** The tables that a log of experiences adds up to, by tier. */
export const tablesOf = (experiences: readonly Experience[]): ReadonlyMap<string, QTable> => {
  const tables = new Map<string, QTable>();
  for (const { tier, deltas } of inOrder(experiences)) {
    tables.set(tier, applyDeltas(tables.get(tier) ?? new Map(), deltas));
  }
  return tables;
};

/** Which experiences these are. */
export const dataOf = (experiences: readonly Experience[], sha256: Sha256): ModelData => {
  const content = inOrder(experiences).map(({ executionId, deltas }) => ({ executionId, deltas }));
  const newest = experiences.reduce((latest, { at }) => Math.max(latest, at), -Infinity);
  return {
    experiences: experiences.length,
    until: experiences.length === 0 ? null : toIso(epochMs(newest)),
    hash: sha256(canonicalJson(content as unknown as Json)),
  };
};

/** Rows as they count today, all clocks at zero; empty rows are left out. */
export const freeze = (tables: ReadonlyMap<string, QTable>): FrozenTables =>
  Object.fromEntries(
    [...tables].map(([tier, table]) => [
      tier,
      Object.fromEntries(
        [...table]
          .map(([hypothesis, row]) => [hypothesis, rebase(row)] as const)
          .filter(([hypothesis, row]) => !isLedger(hypothesis) && Object.keys(row).length > 0),
      ),
    ]),
  );

/** The rows of a frozen tier; none when nothing was known about it. */
export const frozenTable = (tables: FrozenTables, tier: string): QTable => new Map(Object.entries(tables[tier] ?? {}));

/**
 * Freezes what a log of experiences teaches into a version.
 *
 * The table is added up from the log, not read: a table that is being written to has no state of which one could say
 * which experiences are in it.
 */
export const takeSnapshot = (
  experiences: readonly Experience[],
  context: SnapshotContext,
  sha256: Sha256,
): ModelSnapshot => {
  const tables = tablesOf(experiences);
  return named(
    ModelContentSchema.parse({
      schemaVersion: 1,
      env: context.env,
      createdAt: context.at,
      catalogueVersion: context.catalogueVersion,
      codeVersion: context.codeVersion,
      lineage: { parents: context.parents, data: dataOf(experiences, sha256) },
      autonomy: autonomyOf(tables, context.earn),
      tables: freeze(tables),
    }),
    sha256,
  );
};

/** The ledger as it stands, readable: what each action has earned so far. */
const autonomyOf = (tables: ReadonlyMap<string, QTable>, rule: EarnRule | null): EarnedAutonomy[] =>
  [...tables].flatMap(([tier, table]) =>
    ledgerEntries(table).flatMap((entry): EarnedAutonomy[] => {
      const actionId = ActionIdSchema.safeParse(entry.action);
      if (!actionId.success) return [];
      const { own, handed, hypothesis, modelVersion, lowerBound } = entry;
      const verifiedHeals = own.healed + handed.healed - own.relapsed - handed.relapsed;
      const attempts = own.healed + handed.healed + own.failed + handed.failed;
      const earned = rule !== null && hasEarned(entry, rule);
      return [{ actionId: actionId.data, tier, hypothesis, modelVersion, verifiedHeals, attempts, lowerBound, earned }];
    }),
  );

/** Gives a content its name: environment, time and the first digits of its hash. */
export const named = (content: ModelContent, sha256: Sha256): ModelSnapshot => {
  const hash = sha256(canonicalJson(content as Json));
  const [date = '', time = ''] = content.createdAt.split(/[T.]/);
  const stamp = `${date.replaceAll('-', '')}-${time.replaceAll(':', '').slice(0, 6)}`;
  return ModelSnapshotSchema.parse({
    ...content,
    version: `model-${content.env}-${stamp}-${hash.slice(0, 6)}`,
    sha256: hash,
  });
};

/** Whether a stored version is what its name and hash say: nobody has changed it. */
export const isIntact = (snapshot: ModelSnapshot, sha256: Sha256): boolean => {
  const { version, sha256: hash, ...content } = snapshot;
  const again = named(content, sha256);
  return again.sha256 === hash && again.version === version;
};
