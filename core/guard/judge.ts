import type { ActionId } from '../contracts/action.ts';
import type { PolicyRequest } from '../contracts/policy-request.ts';
import type { GuardName, GuardResult } from '../contracts/verdict.ts';
import type { ReadFacts } from './facts.ts';
import { allow, ask as askFor, changesWorkload, deny, FAIL_CLOSED, nothingToLimit } from './guard.ts';
import type { Finding, Observation, Observed } from './guard.ts';
import type { Answer, Healer, PolicyEngine, PolicyRef } from './policy.ts';
import { counted, fillIn } from './wording.ts';
import type { ReasonWord } from './wording.ts';

/** What one guard observed. */
export interface Seen {
  readonly guard: GuardName;
  readonly observed: Observed;
}

/** What the policies made of the observations. */
export interface Judged {
  readonly resultOf: (seen: Seen) => GuardResult;
  /** What policies say that belong to none of the guards, and whether any policy permits the action at all. */
  readonly rest: GuardResult;
  readonly asked: { readonly version: string; readonly request: PolicyRequest } | null;
}

/** What was said to each healer: an objection to the supervised one denies, one to the healer alone asks. */
export type Answers = Readonly<Record<Healer, Answer>>;

/**
 * Puts what the guards observed to the policies, once for Kintsugi alone and once with a person.
 *
 * Every objection is reported under the guard that its policy names. Whatever keeps a policy from being evaluated denies.
 */
export const judge = (seen: readonly Seen[], facts: ReadFacts, policies: PolicyEngine): Judged => {
  const asked = put(seen, facts, policies);
  if ('why' in asked) return unanswered(asked.why);
  const { request, answers, version } = asked;
  const names = new Set<string | null>(seen.map(({ guard }) => guard));
  const words: Words = { action: request.action, workload: request.workload.workloadId, environment: request.env };
  const passive = !changesWorkload(request.action);
  return {
    resultOf: ({ guard, observed }) => {
      const objection = objectionUnder((policy) => policy.guard === guard, answers);
      return { guard, ...findingOf(observed, objection, words, passive && guard !== 'mode') };
    },
    rest: restOf(
      answers,
      objectionUnder(({ guard }) => !names.has(guard), answers),
      words,
      version,
    ),
    asked: { version, request },
  };
};

type Asked =
  { readonly request: PolicyRequest; readonly answers: Answers; readonly version: string } | { readonly why: string };

const put = (seen: readonly Seen[], { decision, workload, limits }: ReadFacts, policies: PolicyEngine): Asked => {
  if (!decision.known) return { why: `the decision is not known: ${decision.why}` };
  if (!workload.known) return { why: `the workload is not known: ${workload.why}` };
  if (!limits.known) return { why: `the limits are not known: ${limits.why}` };
  const { workloadId, kind, owner, tier, criticality, allowedActions } = workload.value;
  const request: PolicyRequest = {
    action: decision.value.plan.actionId,
    workload: { workloadId, kind, owner, tier, criticality, allowedActions },
    env: limits.value.env,
    facts: Object.assign({}, ...seen.map(({ observed }) => (observed.known ? observed.value.facts : {}))),
  };
  try {
    return { request, answers: answersTo(request, policies), version: policies.version };
  } catch (error) {
    return { why: String(error) };
  }
};

/** Both answers to one request. */
export const answersTo = (request: PolicyRequest, policies: PolicyEngine): Answers => ({
  supervised: policies.authorize(request, 'supervised'),
  alone: policies.authorize(request, 'alone'),
});

type Objection = {
  readonly result: 'deny' | 'ask';
  readonly policies: readonly PolicyRef[];
  readonly reasons: readonly string[];
};

const objectionUnder = (belongs: (policy: PolicyRef) => boolean, { supervised, alone }: Answers): Objection | null => {
  const errors = [...supervised.errors, ...alone.errors].filter(({ policy }) => belongs(policy));
  const denials = supervised.objections.filter(belongs);
  if (errors.length > 0 || denials.length > 0) {
    const failures = new Map(errors.map(({ policy, message }) => [policy.id, { policy, message }]));
    return {
      result: 'deny',
      policies: [...denials, ...[...failures.values()].map(({ policy }) => policy)],
      reasons: [
        ...denials.map(({ reason }) => reason),
        ...[...failures.values()].map(
          ({ policy, message }) => `policy ${policy.id} could not be evaluated: ${message}`,
        ),
      ],
    };
  }
  const asks = alone.objections.filter(belongs);
  return asks.length === 0 ? null : { result: 'ask', policies: asks, reasons: asks.map(({ reason }) => reason) };
};

type Words = { readonly action: ActionId } & Readonly<Partial<Record<ReasonWord, string>>>;

const findingOf = (observed: Observed, objection: Objection | null, words: Words, exempt: boolean): Finding => {
  if (!observed.known) return observed.denial;
  const { value } = observed;
  if (objection !== null) return object(objection, { ...words, ...value.words }, value.measure);
  return exempt ? nothingToLimit(words.action) : pass(value);
};

const pass = ({ passes, measure }: Observation): Finding => ({ result: 'allow', reason: passes, ...measure });

const object = (
  { result, policies, reasons }: Objection,
  words: Readonly<Record<string, string | undefined>>,
  measure: Observation['measure'],
): Finding => ({
  result,
  reason: reasons.map((reason) => fillIn(reason, words)).join('; '),
  ...measure,
  policies: policies.map(({ id }) => id),
});

const restOf = (answers: Answers, others: Objection | null, words: Words, version: string): GuardResult => {
  const measure = {
    fact: `${counted(answers.supervised.objections.length, 'policy objection')}, set ${version.slice(0, 12)}`,
    limit: 'permitted by at least one policy, forbidden by none',
    limitSource: 'policies',
  };
  if (others !== null) {
    const sources = others.policies.map(({ source }) => source).join(', ');
    return { guard: 'policies', ...object(others, words, { ...measure, limitSource: sources }) };
  }
  const { supervised, alone } = answers;
  if (isSilent(supervised)) {
    return { guard: 'policies', ...deny(`no policy permits to ${words.action} ${words.workload}`, measure) };
  }
  if (isSilent(alone)) {
    const reason = `no policy permits to ${words.action} ${words.workload} without a person`;
    return { guard: 'policies', ...askFor(reason, measure) };
  }
  return { guard: 'policies', ...allow('no other policy objects', measure) };
};

/** Not permitted, and nobody says why: no policy matches. */
const isSilent = ({ permitted, objections, errors }: Answer): boolean =>
  !permitted && objections.length === 0 && errors.length === 0;

/** Nothing was judged: each guard that could be observed denies for that reason, the others for their own. */
const unanswered = (why: string): Judged => {
  const denial = deny(`the policies could not be evaluated: ${why}`, {
    fact: 'not known',
    limit: 'must answer',
    limitSource: FAIL_CLOSED,
  });
  return {
    resultOf: ({ guard, observed }) => ({ guard, ...(observed.known ? denial : observed.denial) }),
    rest: { guard: 'policies', ...denial },
    asked: null,
  };
};
