import type { ServedOperation } from '../../core/contracts/api/routes.ts';
import { RoleSchema } from '../../core/contracts/api/route.ts';
import type { Cedar } from './cedar.ts';

export interface RolePolicies {
  readonly schema: string;
  readonly policies: string;
}

interface Person {
  readonly subject: string;
  readonly roles: readonly string[];
}

/** A caller asks for the same few operations again and again, and the answer depends on nothing else. */
const MOST_REMEMBERED = 2_000;

/**
 * Who may call what, as the policies say it: null when it is permitted, else the reason in words. A policy that errors
 * permits nothing, and neither does a role that nobody knows.
 *
 * @throws Error when the policies or their schema cannot be parsed
 */
export const cedarRoles = (cedar: Cedar, { schema, policies }: RolePolicies) => {
  expectSuccess('the schema', cedar.preparseSchema('api', schema));
  expectSuccess('the policies', cedar.preparsePolicySet('api', { staticPolicies: policies }));
  const remembered = new Map<string, string | null>();
  const decide = ({ subject, roles }: Person, operation: ServedOperation): string | null => {
    const known = roles.filter((role) => RoleSchema.safeParse(role).success);
    const answer = cedar.statefulIsAuthorized({
      principal: { type: 'Person', id: subject },
      action: { type: 'Action', id: operation },
      resource: { type: 'Environment', id: 'this' },
      context: {},
      entities: [
        ...ROLE_ENTITIES,
        { uid: { type: 'Person', id: subject }, attrs: {}, parents: known.map((id) => ({ type: 'Role', id })) },
        { uid: { type: 'Environment', id: 'this' }, attrs: {}, parents: [] },
      ],
      preparsedPolicySetId: 'api',
      preparsedSchemaName: 'api',
      validateRequest: true,
    });
    if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '));
    const { decision, diagnostics } = answer.response;
    if (decision === 'allow' && diagnostics.errors.length === 0) return null;
    const having =
      known.length === 0 ? 'has no role' : `has ${known.length === 1 ? 'the role' : 'the roles'} ${known.join(', ')}`;
    return `${operation} is not permitted: the caller ${having}`;
  };
  return (person: Person, operation: ServedOperation): string | null => {
    const key = JSON.stringify([person.subject, person.roles, operation]);
    const before = remembered.get(key);
    if (before !== undefined) return before;
    const decision = decide(person, operation);
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(key, decision);
    return decision;
  };
};

/** Each role may do what the ones before it may: an admin is an approver, who is an operator, who is a viewer. */
const ROLE_ENTITIES = RoleSchema.options.map((id, index, all) => ({
  uid: { type: 'Role', id },
  attrs: {},
  parents: all.slice(Math.max(0, index - 1), index).map((below) => ({ type: 'Role', id: below })),
}));

type Parsed =
  { readonly type: 'success' } | { readonly type: 'failure'; readonly errors: readonly { readonly message: string }[] };

const expectSuccess = (what: string, answer: Parsed): void => {
  if (answer.type === 'failure') {
    throw new Error(`${what} cannot be parsed: ${answer.errors.map(({ message }) => message).join('; ')}`);
  }
};
