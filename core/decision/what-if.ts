import type { ActionId } from '../contracts/action.ts';
import type { Decision } from '../contracts/decision.ts';
import type { JournalRecord } from '../contracts/journal.ts';
import type { FrozenTables, ModelRef } from '../contracts/model.ts';
import type { Verdict } from '../contracts/verdict.ts';
import { changesWorkload } from '../guard/guard.ts';
import type { PolicyEngine } from '../guard/policy.ts';
import { simulate } from '../guard/simulate.ts';
import type { Json } from '../journal/canonical-json.ts';
import { canonicalJson } from '../journal/canonical-json.ts';
import type { QTable } from '../learning/evidence.ts';
import { isLedger } from '../learning/ledger.ts';
import { frozenTable } from '../model/snapshot.ts';
import type { Redecision } from './redecide.ts';
import { asRedecision, redecide } from './redecide.ts';

/** What decides and judges instead of what did; without either, everything must come out as it is recorded. */
export interface Instead {
  readonly model?: { readonly version: ModelRef; readonly tables: FrozenTables };
  readonly policies?: PolicyEngine;
}

/** What was chosen, and why. */
export interface Choice {
  readonly actionId: ActionId;
  readonly modelVersion: string;
  readonly reason: string;
  /** Expected remaining cost in impact-minutes. */
  readonly expectedMinutes: number | null;
}

export interface JudgedAgain {
  readonly before: Verdict['verdict'];
  /** Null where it cannot be said: another action needs facts that nobody read then. */
  readonly after: Verdict['verdict'] | null;
  readonly why: string;
}

/** One decision of an incident, made again, with the verdicts on it. */
export interface DecidedAgain {
  readonly attempt: number;
  readonly at: string;
  readonly before: Choice;
  readonly after: Choice;
  /** Whether the decision made again is the recorded one, bit for bit; its canonical JSON is. */
  readonly identical: boolean;
  readonly verdicts: readonly JudgedAgain[];
}

type Recorded<K extends JournalRecord['kind']> = Extract<JournalRecord, { readonly kind: K }>;

/**
 * Makes every decision of an incident again, and asks for its verdicts again: as they were recorded, or as another version
 * of the model and another set of policies would have it. Nothing is read but the journal.
 *
 * Each attempt is taken by itself: what a different first choice would have led to, nobody can know.
 *
 * @param journal - records of one incident, oldest first
 * @throws InvalidInputError for a decision that was recorded before decisions kept what they were computed from
 */
export const whatIf = (journal: readonly JournalRecord[], instead: Instead = {}): readonly DecidedAgain[] =>
  decisionsIn(journal).map(({ record, verdicts }) => {
    const recorded = asRedecision(record.body);
    const again = redecide(record.body, modelOf(record.body, tierOf(journal, record), instead));
    return {
      attempt: record.attempt,
      at: record.at,
      before: choiceOf(recorded),
      after: choiceOf(again),
      identical: canonicalJson(again as unknown as Json) === canonicalJson(recorded as unknown as Json),
      verdicts: verdicts.map(({ body }) => judgeAgain(body, recorded.actionId, again.actionId, instead.policies)),
    };
  });

/** A verdict is about the newest decision before it: an approval has both made once more in the same attempt. */
const decisionsIn = (journal: readonly JournalRecord[]) => {
  const found: { readonly record: Recorded<'action_decided'>; readonly verdicts: Recorded<'verdict_given'>[] }[] = [];
  for (const record of journal) {
    if (record.kind === 'action_decided') found.push({ record, verdicts: [] });
    if (record.kind === 'verdict_given') found.at(-1)?.verdicts.push(record);
  }
  return found;
};

/** The tier whose rows decided: that of the evidence before the decision. */
const tierOf = (journal: readonly JournalRecord[], { seq }: Recorded<'action_decided'>): string | null =>
  journal.reduce<string | null>(
    (tier, record) => (record.kind === 'evidence_gathered' && record.seq < seq ? record.body.workload.tier : tier),
    null,
  );

/** Another version brings its own evidence; what was earned stays as the ledger had it. */
const modelOf = ({ replay }: Decision, tier: string | null, { model }: Instead): Parameters<typeof redecide>[1] => {
  if (model === undefined || replay === undefined) return {};
  const ledger = Object.entries(replay.rows).filter(([row]) => isLedger(row));
  const table: QTable = new Map([...(tier === null ? [] : frozenTable(model.tables, tier)), ...ledger]);
  return { table, modelVersion: model.version };
};

const choiceOf = ({ actionId, modelVersion, reason, candidates }: Redecision): Choice => ({
  actionId,
  modelVersion,
  reason,
  expectedMinutes: candidates.find((candidate) => candidate.actionId === actionId)?.expectedMinutes ?? null,
});

const judgeAgain = (
  verdict: Verdict,
  recorded: ActionId,
  again: ActionId,
  policies: PolicyEngine | undefined,
): JudgedAgain => {
  const before = verdict.verdict;
  if (recorded !== again) {
    if (changesWorkload(again)) {
      return { before, after: null, why: `the guards of then read facts for ${recorded}, not for ${again}` };
    }
    const mode = verdict.guards.find(({ guard }) => guard === 'mode');
    return { before, after: mode?.result ?? null, why: `${again} changes nothing, only the mode counts` };
  }
  if (policies === undefined) return { before, after: before, why: 'no other policies were asked' };
  const simulated = simulate(verdict, policies);
  if (simulated === null) return { before, after: null, why: 'it was given before policies kept their facts' };
  const objections = [...simulated.denying, ...simulated.asking].map(
    ({ id, source, reason }) => `${id} (${source}): ${reason}`,
  );
  return { before, after: simulated.after, why: objections.join('; ') || 'no policy objects' };
};
