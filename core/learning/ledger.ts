import type { ActionId, HypothesisId } from './catalogue.ts';
import { betaQuantile } from './beta.ts';
import { HANDED_ON, countOf, type EvidenceDelta, type EvidenceRow, type QTable } from './evidence.ts';

/**
 * The ledger of earned autonomy: how often each action, chosen against each leading hypothesis at one version of the
 * model, was verified to heal. Whole incidents are counted, nothing is shared between hypotheses and nothing forgotten.
 *
 * It lies beside the evidence: per tier and version one row of numbers that are only ever added to, which comes with the
 * rest of the tier in the same request.
 *
 * | attribute | meaning |
 * | --- | --- |
 * | `healed.<hypothesis>.<action>` | verified recoveries |
 * | `failed.<hypothesis>.<action>` | applied, and no recovery |
 * | `relapsed.<hypothesis>.<action>` | recoveries that did not last the hour |
 *
 * With `handed.` in front: the same, as the environment before counted it at the same version.
 */
const LEDGER = '.ledger@';

/** Name of the ledger's row; it begins with a dot, which no hypothesis does. */
export const ledgerRow = (modelVersion: string): string => LEDGER + modelVersion;
export const isLedger = (row: string): boolean => row.startsWith(LEDGER);
/** The version of the model whose ledger a row is. */
export const ledgerVersion = (row: string): string => row.slice(LEDGER.length);

/** What an action must have shown in the environment before. */
export interface EarnRule {
  readonly heals: number;
  readonly lowerBound: number;
}

/** What was counted of one action against one hypothesis. */
export interface LedgerCounts {
  readonly healed: number;
  readonly failed: number;
  readonly relapsed: number;
}

export interface LedgerEntry {
  readonly modelVersion: string;
  readonly hypothesis: HypothesisId;
  readonly action: ActionId;
  /** Here. */
  readonly own: LedgerCounts;
  /** In the environment before, at the same version. */
  readonly handed: LedgerCounts;
  /** With 95 % confidence the action heals at least this share; see {@link lowerBoundOf}. */
  readonly lowerBound: number;
}

const COUNTS = ['healed', 'failed', 'relapsed'] as const;

/** One-sided confidence of the bound. */
const DOUBT = 0.05;

/**
 * Lower 95 % bound of a success rate: exact (Clopper and Pearson 1934), with no prior that could speak for the action.
 *
 * @returns 0 without a success; 0.9 needs 29 successes in a row, or 45 and one failure
 */
export const lowerBoundOf = (successes: number, failures: number): number =>
  successes > 0 ? betaQuantile(DOUBT, successes, Math.max(failures, 0) + 1) : 0;

const countsOf = (row: EvidenceRow, key: string, prefix = ''): LedgerCounts => ({
  healed: countOf(row, `${prefix}healed.${key}`),
  failed: countOf(row, `${prefix}failed.${key}`),
  relapsed: countOf(row, `${prefix}relapsed.${key}`),
});

const entryOf = (modelVersion: string, row: EvidenceRow, key: string): LedgerEntry => {
  const [hypothesis = '', action = ''] = key.split('.');
  const [own, handed] = [countsOf(row, key), countsOf(row, key, HANDED_ON)];
  const relapsed = own.relapsed + handed.relapsed;
  const lasting = own.healed + handed.healed - relapsed;
  const lowerBound = lowerBoundOf(lasting, own.failed + handed.failed + relapsed);
  return { modelVersion, hypothesis, action, own, handed, lowerBound };
};

/** Everything in the ledger of a tier, by version, hypothesis and action. */
export const ledgerEntries = (table: QTable): LedgerEntry[] =>
  [...table].flatMap(([name, row]) => {
    if (!isLedger(name)) return [];
    const plain = Object.keys(row).map((attribute) => attribute.replace(HANDED_ON, ''));
    const keys = plain.filter((attribute) => COUNTS.some((count) => attribute.startsWith(`${count}.`)));
    const cells = [...new Set(keys.map((attribute) => attribute.slice(attribute.indexOf('.') + 1)))].sort();
    return cells.map((key) => entryOf(ledgerVersion(name), row, key));
  });

/** The entry of one action against one hypothesis; all zeros if nothing was counted. */
export const ledgerEntry = (
  table: QTable,
  { modelVersion, hypothesis, action }: Pick<LedgerEntry, 'modelVersion' | 'hypothesis' | 'action'>,
): LedgerEntry => entryOf(modelVersion, table.get(ledgerRow(modelVersion)) ?? {}, `${hypothesis}.${action}`);

/**
 * Whether an entry has earned unattended execution: enough lasting heals in the environment before, and a lower bound,
 * over both environments, that is high enough. What fails here takes it away again.
 */
export const hasEarned = ({ handed, lowerBound }: LedgerEntry, rule: EarnRule): boolean =>
  handed.healed - handed.relapsed >= rule.heals && lowerBound >= rule.lowerBound;

/** One finished attempt, as the ledger counts it. */
export interface LedgerOutcome {
  readonly modelVersion: string;
  readonly hypothesis: HypothesisId;
  readonly action: ActionId;
  readonly healed: boolean;
}

/** What finished attempts add to the ledger. */
export const ledgerDeltas = (outcomes: readonly LedgerOutcome[]): EvidenceDelta[] =>
  outcomes.map(({ modelVersion, hypothesis, action, healed }) => ({
    hypothesis: ledgerRow(modelVersion),
    add: { [`${healed ? 'healed' : 'failed'}.${hypothesis}.${action}`]: 1 },
  }));

/**
 * What one environment's ledger hands on to the next, whole: a verified heal is a fact. What was itself handed on is not:
 * only the environment directly before counts.
 *
 * @param modelVersion - the version that is promoted; entries of others stay behind
 */
export const handOnLedger = (table: QTable, modelVersion: string): EvidenceDelta[] => {
  const row = table.get(ledgerRow(modelVersion)) ?? {};
  const own = Object.entries(row).filter(([attribute]) => COUNTS.some((count) => attribute.startsWith(`${count}.`)));
  const add = Object.fromEntries(own.map(([attribute, value]) => [HANDED_ON + attribute, value]));
  return own.length === 0 ? [] : [{ hypothesis: ledgerRow(modelVersion), add }];
};
