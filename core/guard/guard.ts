import type { ActionId } from '../contracts/action.ts';
import type { PolicySections, SectionName } from '../contracts/policy-request.ts';
import type { GuardName, GuardResult } from '../contracts/verdict.ts';
import { factWords } from './facts.ts';
import type { FactName, KnownFacts, ReadFacts } from './facts.ts';
import type { ReasonWord } from './wording.ts';

/** A rule that no policy may relax, such as the hash of the plan. It never reads a clock or a store. */
export interface Guard {
  readonly name: GuardName;
  readonly needs: readonly FactName[];
  readonly check: (facts: ReadFacts) => GuardResult;
}

/** A guard that finds out what is, for the policies to judge. */
export interface PolicyGuard {
  readonly name: GuardName;
  readonly needs: readonly FactName[];
  readonly observe: (facts: ReadFacts) => Observed;
}

export type AnyGuard = Guard | PolicyGuard;

/** What a rule found, without its name. */
export type Finding = Omit<GuardResult, 'guard'>;

/** A finding's numbers: what is, what may be, and who says so. */
export type Measure = Pick<Finding, 'fact' | 'limit' | 'limitSource'>;

/** Facts of one guard, for policies and in words. */
export interface Observation {
  /** The guard's section of the policies' context. */
  readonly facts: Partial<PolicySections>;
  readonly measure: Measure;
  /** What is said when no policy objects. */
  readonly passes: string;
  /** What reasons of policies may quote, in braces. */
  readonly words?: Partial<Readonly<Record<ReasonWord, string>>>;
}

export type Observed =
  { readonly known: true; readonly value: Observation } | { readonly known: false; readonly denial: Finding };

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
  check: (facts) => {
    const read = gather(needs, facts);
    return { guard: name, ...(read.known ? judge(read.value) : read.denial) };
  },
});

/**
 * A guard whose rule is in `policies/`: it hands over its section of the context, or denies for want of a fact.
 *
 * @param section - where its facts go; null for a guard whose policies read the workload alone
 */
export const definePolicyGuard = <Name extends FactName, Section extends SectionName | null>(
  name: GuardName,
  section: Section,
  needs: readonly Name[],
  observe: (facts: Pick<KnownFacts, Name | 'decision'>) => Omit<Observation, 'facts'> & {
    readonly facts: Section extends SectionName ? PolicySections[Section] : Readonly<Record<string, never>>;
  },
): PolicyGuard => ({
  name,
  needs: [...needs, 'decision'],
  observe: (facts) => {
    const read = gather<Name | 'decision'>([...needs, 'decision'], facts);
    if (!read.known) return read;
    const observation = observe(read.value);
    return { known: true, value: { ...observation, facts: section === null ? {} : { [section]: observation.facts } } };
  },
});

type Gathered<Name extends FactName> =
  | { readonly known: true; readonly value: Pick<KnownFacts, Name> }
  | { readonly known: false; readonly denial: Finding };

const gather = <Name extends FactName>(needs: readonly Name[], facts: ReadFacts): Gathered<Name> => {
  const values: Partial<Record<FactName, unknown>> = {};
  const missing: string[] = [];
  for (const name of needs) {
    const fact = facts[name];
    if (fact.known) values[name] = fact.value;
    else missing.push(`${factWords[name]} could not be read: ${fact.why}`);
  }
  if (missing.length > 0) return { known: false, denial: notKnown(missing.join('; ')) };
  return { known: true, value: values as Pick<KnownFacts, Name> };
};

/** A denial because something is not known. */
export const notKnown = (reason: string): Finding =>
  deny(reason, { fact: 'not known', limit: 'must be known', limitSource: FAIL_CLOSED });

export const FAIL_CLOSED = 'guards fail closed';

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
