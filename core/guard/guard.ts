import type { ActionId } from '../contracts/action.ts';
import type { GuardName, GuardResult } from '../contracts/verdict.ts';
import { factWords } from './facts.ts';
import type { FactName, KnownFacts, ReadFacts } from './facts.ts';

/** One rule: the facts it needs, and what it says about them. It never reads a clock or a store. */
export interface Guard {
  readonly name: GuardName;
  readonly needs: readonly FactName[];
  readonly check: (facts: ReadFacts) => GuardResult;
}

/** What a rule found, without its name. */
export type Finding = Omit<GuardResult, 'guard'>;

/** A finding's numbers: what is, what may be, and who says so. */
export type Measure = Pick<Finding, 'fact' | 'limit' | 'limitSource'>;

export const allow = (reason: string, measure: Measure): Finding => ({ result: 'allow', reason, ...measure });
export const ask = (reason: string, measure: Measure): Finding => ({ result: 'ask', reason, ...measure });
export const deny = (reason: string, measure: Measure): Finding => ({ result: 'deny', reason, ...measure });

/**
 * A guard that judges only when everything it needs is known, and denies otherwise.
 *
 * @param needs - facts the rule reads; `judge` gets exactly these, so that a fact cannot be read without being required
 */
export const defineGuard = <Name extends FactName>(
  name: GuardName,
  needs: readonly Name[],
  judge: (facts: Pick<KnownFacts, Name>) => Finding,
): Guard => ({
  name,
  needs,
  check: (facts) => ({ guard: name, ...judgeKnown(needs, facts, judge) }),
});

const judgeKnown = <Name extends FactName>(
  needs: readonly Name[],
  facts: ReadFacts,
  judge: (facts: Pick<KnownFacts, Name>) => Finding,
): Finding => {
  const values: Partial<Record<FactName, unknown>> = {};
  const missing: string[] = [];
  for (const name of needs) {
    const fact = facts[name];
    if (fact.known) values[name] = fact.value;
    else missing.push(`${factWords[name]} could not be read: ${fact.why}`);
  }
  if (missing.length > 0) return notKnown(missing.join('; '));
  return judge(values as Pick<KnownFacts, Name>);
};

const notKnown = (reason: string): Finding =>
  deny(reason, { fact: 'not known', limit: 'must be known', limitSource: 'guards fail closed' });

/** Whether an action touches the workload. `wait` and `escalate` do not: most guards have nothing to say about them. */
export const changesWorkload = (actionId: ActionId): boolean => actionId !== 'wait' && actionId !== 'escalate';

/** The finding of a guard that only limits changes, for a plan that changes nothing. */
export const nothingToLimit = (actionId: ActionId): Finding =>
  allow(`${actionId} changes nothing in the workload`, {
    fact: actionId,
    limit: 'limits changes only',
    limitSource: 'action catalogue',
  });

/** A guard over changes: a plan that changes nothing passes, once the facts are known. */
export const defineChangeGuard = <Name extends FactName>(
  name: GuardName,
  needs: readonly Name[],
  judge: (facts: Pick<KnownFacts, Name | 'decision'>) => Finding,
): Guard =>
  defineGuard<Name | 'decision'>(name, [...needs, 'decision'], (facts) =>
    changesWorkload(facts.decision.plan.actionId) ? judge(facts) : nothingToLimit(facts.decision.plan.actionId),
  );
