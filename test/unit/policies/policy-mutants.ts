import type { PolicySet } from '../../../core/guard/policy-set.ts';

/** A set with one thing wrong in one policy. */
export interface Mutant {
  readonly name: string;
  /** The policy in which it is. */
  readonly policyId: string;
  readonly set: PolicySet;
}

type Policy = PolicySet['policies'][number];

/** What each mutation makes of a policy's text; one result per place where it can be made. */
const MUTATIONS: Readonly<Record<string, (text: string) => string[]>> = {
  'forbid becomes permit': (text) => replaceEach(text, /^forbid/gm, () => ['permit']),
  'permit becomes forbid': (text) => replaceEach(text, /^permit/gm, () => ['forbid']),
  'when and unless are exchanged': (text) =>
    replaceEach(text, /^(when|unless)/gm, (word) => [word === 'when' ? 'unless' : 'when']),
  'a clause is dropped': (text) => replaceEach(text, /^(when|unless)\s*\{[\s\S]*?\}(?=;|\s*unless)/gm, () => ['']),
  'a comparison is changed': (text) =>
    replaceEach(text, /(?<= )(<=|>=|==|<|>)(?= )/g, (sign) => COMPARISONS.filter((other) => other !== sign)),
  'a limit is off by one': (text) =>
    replaceEach(text, /(?<= (?:<=|>=|==|<|>) )(context\.\w+\.\w+|\d+)/g, (limit) => [`${limit} + 1`, `${limit} - 1`]),
  'a decimal comparison is changed': (text) =>
    replaceEach(text, /\.(lessThan|greaterThan)\(/g, (call) => [
      call.replace('Than', 'ThanOrEqual'),
      call.includes('less') ? '.greaterThan(' : '.lessThan(',
    ]),
  'and becomes or, or becomes and': (text) => replaceEach(text, /&&|\|\|/g, (word) => [word === '&&' ? '||' : '&&']),
  'one side of a connective is dropped': (text) => [
    ...replaceEach(text, /[^{}]*?\s(&&|\|\|)(?=\s)/g, () => [' ']),
    ...replaceEach(text, /(&&|\|\|)\s[^{}&|]*/g, () => ['']),
  ],
  'arithmetic is changed': (text) => replaceEach(text, / ([*+]) /g, (sign) => [sign.includes('*') ? ' + ' : ' * ']),
  'a fact is negated': (text) => replaceEach(text, /(?<!-)-context/g, () => ['context']),
  'an action is left out': (text) => replaceEach(text, /Action::"\w+", |, Action::"\w+"(?=\])/g, () => ['']),
  'every action is meant': (text) =>
    replaceEach(text, /action (?:in|==) (?:\[[^\]]*\]|Action::"\w+")/g, () => ['action']),
  'everybody is meant': (text) => replaceEach(text, /principal == Healer::"\w+"/g, () => ['principal']),
  'the other one is meant': (text) => replaceEach(text, /Healer::"alone"/g, () => ['Healer::"supervised"']),
  'a word is changed': (text) => replaceEach(text, /(?<=\[|, |== )"\w+"/g, () => ['"something-else"']),
};

const COMPARISONS = ['<', '<=', '>', '>=', '=='];

const replaceEach = (text: string, what: RegExp, by: (found: string) => readonly string[]): string[] =>
  [...text.matchAll(what)].flatMap((match) =>
    by(match[0]).map((instead) => text.slice(0, match.index) + instead + text.slice(match.index + match[0].length)),
  );

/** Every mutant of a set: each policy dropped, and each mutation of each policy at each place. */
export const mutantsOf = (set: PolicySet): Mutant[] =>
  set.policies.flatMap((policy, index) => [
    { name: `${policy.id}: dropped`, policyId: policy.id, set: withPolicy(set, index, null) },
    ...Object.entries(MUTATIONS).flatMap(([mutation, mutate]) =>
      mutate(rulesOf(policy)).map((rules) => ({
        name: `${policy.id}: ${mutation}: ${rules.replace(/\s+/g, ' ')}`,
        policyId: policy.id,
        set: withPolicy(set, index, { ...policy, text: annotationsOf(policy) + rules }),
      })),
    ),
  ]);

const withPolicy = (set: PolicySet, index: number, policy: Policy | null): PolicySet => ({
  ...set,
  version: `${set.version}-${(mutants += 1)}`,
  policies: policy === null ? set.policies.toSpliced(index, 1) : set.policies.toSpliced(index, 1, policy),
});
/** Each mutant is parsed under a name of its own. */
let mutants = 0;

/** Annotations are words for people; what they say is tested with the guards. */
const startOfRules = ({ text }: Policy): number => /^(?:forbid|permit)/m.exec(text)?.index ?? 0;
const annotationsOf = (policy: Policy): string => policy.text.slice(0, startOfRules(policy));
const rulesOf = (policy: Policy): string => policy.text.slice(startOfRules(policy));
