import type { EntityJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { PolicyRequest } from '../../core/contracts/policy-request.ts';
import { SECTION_NAMES } from '../../core/contracts/policy-request.ts';
import type { Answer, PolicyEngine, PolicyRef } from '../../core/guard/policy.ts';
import type { PolicySet } from '../../core/guard/policy-set.ts';
import type { Cedar } from './cedar.ts';

/**
 * A set of policies, parsed once. Cedar by itself skips a policy that errors and permits what another permits: here such
 * a policy is reported, and the guards deny.
 *
 * @throws Error when the set cannot be parsed, or a request cannot be evaluated
 */
export const cedarPolicies = (cedar: Cedar, { version, schema, policies }: PolicySet): PolicyEngine => {
  const refs = new Map<string, PolicyRef>(
    policies.map(({ id, guard, reason, source }) => [id, { id, guard, reason, source }]),
  );
  const texts = Object.fromEntries(policies.map(({ id, text }) => [id, text]));
  expectSuccess('the schema', cedar.preparseSchema(version, schema));
  expectSuccess('the policies', cedar.preparsePolicySet(version, { staticPolicies: texts }));
  const actions = actionsOf(cedar, schema);
  const refOf = (id: string): PolicyRef =>
    refs.get(id) ?? { id, guard: null, reason: `policy ${id}`, source: 'unknown' };
  return {
    version,
    authorize: (request, healer) => {
      // The schema demands every fact. Where one is missing, the policies that read it must fail, one by one; without a
      // schema, which action belongs to which group must be told.
      const isComplete = SECTION_NAMES.every((name) => request.facts[name] !== undefined);
      const workload = { uid: workloadOf(request), attrs: { ...request.workload }, parents: [] };
      const answer = cedar.statefulIsAuthorized({
        principal: { type: 'Healer', id: healer },
        action: { type: 'Action', id: request.action },
        resource: workloadOf(request),
        context: contextOf(request),
        preparsedPolicySetId: version,
        ...(isComplete
          ? { preparsedSchemaName: version, validateRequest: true, entities: [workload] }
          : { validateRequest: false, entities: [workload, ...actions] }),
      });
      if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '));
      const { decision, diagnostics } = answer.response;
      return {
        permitted: decision === 'allow',
        objections: decision === 'deny' ? inOrder(diagnostics.reason, policies).map(refOf) : [],
        errors: diagnostics.errors.map(({ policyId, error }) => ({ policy: refOf(policyId), message: error.message })),
      } satisfies Answer;
    },
  };
};

const contextOf = ({ action, env, facts }: PolicyRequest) => ({
  action,
  env,
  ...Object.fromEntries(Object.entries(facts).filter(([, section]) => section !== undefined)),
});

/** The actions of the schema, each with its groups. */
const actionsOf = (cedar: Cedar, schema: string): EntityJson[] => {
  const json = cedar.schemaToJson(schema);
  if (json.type === 'failure') throw new Error(json.errors.map(({ message }) => message).join('; '));
  return Object.values(json.json).flatMap(({ actions }) =>
    Object.entries(actions).map(([id, { memberOf = [] }]) => ({
      uid: { type: 'Action', id },
      attrs: {},
      parents: memberOf.map((group) => ({ type: 'Action', id: group.id })),
    })),
  );
};

/** An engine that has nothing to say: everything that asks it is denied, with the reason. */
export const noPolicies = (why: unknown): PolicyEngine => ({
  version: '0'.repeat(64),
  authorize: () => {
    throw why instanceof Error ? why : new Error(String(why));
  },
});

const workloadOf = ({ workload }: PolicyRequest) => ({ type: 'Workload', id: workload.workloadId });

/** Cedar names its reasons in no order; the order of the files makes the same decision the same record. */
const inOrder = (ids: readonly string[], policies: PolicySet['policies']): string[] => [
  ...policies.filter(({ id }) => ids.includes(id)).map(({ id }) => id),
  ...ids.filter((id) => !policies.some((policy) => policy.id === id)),
];

type Parsed =
  { readonly type: 'success' } | { readonly type: 'failure'; readonly errors: readonly { readonly message: string }[] };

const expectSuccess = (what: string, answer: Parsed): void => {
  if (answer.type === 'failure') {
    throw new Error(`${what} cannot be parsed: ${answer.errors.map(({ message }) => message).join('; ')}`);
  }
};
