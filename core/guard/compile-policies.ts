import { GuardNameSchema } from '../contracts/verdict.ts';
import type { Sha256 } from '../shared/ports.ts';
import type { PolicySet } from './policy-set.ts';
import { quotedIn, REASON_WORDS } from './wording.ts';

/** An error as the engine tells it. */
interface EngineError {
  readonly message: string;
  readonly help: string | null;
  /** Places in the text, in bytes. */
  readonly sourceLocations?: readonly { readonly start: number }[];
}
interface Failure {
  readonly type: 'failure';
  readonly errors: readonly EngineError[];
}
interface PolicyError {
  readonly policyId: string;
  readonly error: EngineError;
}

/** The part of the engine, `@cedar-policy/cedar-wasm`, that checks. */
export interface PolicyChecker {
  checkParseSchema(schema: string): { readonly type: 'success' } | Failure;
  policySetTextToParts(
    text: string,
  ):
    | { readonly type: 'success'; readonly policies: readonly string[]; readonly policy_templates: readonly string[] }
    | Failure;
  policyToJson(text: string):
    | {
        readonly type: 'success';
        readonly json: {
          readonly effect: 'permit' | 'forbid';
          readonly annotations?: Readonly<Record<string, string>>;
        };
      }
    | Failure;
  validate(call: { schema: string; policies: { staticPolicies: Record<string, string> } }):
    | {
        readonly type: 'success';
        readonly validationErrors: readonly PolicyError[];
        readonly validationWarnings: readonly PolicyError[];
      }
    | Failure;
}

export interface CompilerDeps {
  readonly cedar: PolicyChecker;
  readonly sha256: Sha256;
}

/** One file of policies, or the schema. */
export interface PolicyFile {
  /** As it is named to people. */
  readonly name: string;
  readonly text: string;
}

/** Something wrong in a file; line and column from 1. */
export interface PolicyProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type Compiled =
  | { readonly ok: true; readonly set: PolicySet; readonly warnings: readonly PolicyProblem[] }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

interface Found {
  readonly file: PolicyFile;
  /** Where the policy begins in its file. */
  readonly offset: number;
  readonly text: string;
  /** Empty when it has none, which is refused. */
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * Checks policies against the schema and turns them into one set; every problem is found, not only the first.
 *
 * @param schema - `schema.cedarschema`
 * @param files - in the order in which their policies are reported
 */
export const compilePolicies = (schema: PolicyFile, files: readonly PolicyFile[], deps: CompilerDeps): Compiled => {
  const { cedar } = deps;
  const parsedSchema = cedar.checkParseSchema(schema.text);
  if (parsedSchema.type === 'failure') {
    return { ok: false, problems: parsedSchema.errors.map((error) => problemAt(schema, 0, error)) };
  }
  const read = files.flatMap((file) => policiesOf(file, cedar));
  const broken = read.filter(isProblem);
  if (broken.length > 0) return { ok: false, problems: broken };
  const found = read.filter((each): each is Found => !isProblem(each));
  const wording = [...found.flatMap(problemsOfAnnotations), ...doubles(found)];
  if (wording.length > 0) return { ok: false, problems: wording };
  if (found.length === 0) {
    const file = files[0]?.name ?? schema.name;
    return { ok: false, problems: [{ file, line: 1, column: 1, message: 'there is no policy' }] };
  }
  return validate(schema, found, deps);
};

const isProblem = (each: Found | PolicyProblem): each is PolicyProblem => 'message' in each;

const policiesOf = (file: PolicyFile, cedar: PolicyChecker): readonly (Found | PolicyProblem)[] => {
  const parts = cedar.policySetTextToParts(file.text);
  if (parts.type === 'failure') return parts.errors.map((error) => problemAt(file, 0, error));
  const [template] = parts.policy_templates;
  if (template !== undefined) {
    const message = 'templates are not supported: write a policy without ?principal and ?resource';
    return [{ ...placeOf(file, file.text.indexOf(template)), message }];
  }
  const taken = new Set<number>();
  const policies = parts.policies.map((text): Found => {
    const json = cedar.policyToJson(text);
    if (json.type === 'failure') throw new Error(`a policy that was parsed cannot be read: ${text}`);
    // The same text can stand there twice.
    let offset = file.text.indexOf(text);
    while (taken.has(offset)) offset = file.text.indexOf(text, offset + 1);
    taken.add(offset);
    const { effect, annotations = {} } = json.json;
    return { file, offset, text, id: annotations['id'] ?? '', effect, annotations };
  });
  return policies.sort((a, b) => a.offset - b.offset);
};

const problemsOfAnnotations = (policy: Found): PolicyProblem[] => {
  const { guard, reason } = policy.annotations;
  const say = (message: string): PolicyProblem => ({ ...placeOf(policy.file, policy.offset), message });
  return [
    ...(policy.id === '' ? [say('@id is missing: give the policy a name, such as @id("no-rollback-on-fridays")')] : []),
    ...(reason === undefined && policy.effect === 'forbid'
      ? [say('@reason is missing: say in words why it forbids, for the person who reads the verdict')]
      : []),
    ...(guard !== undefined && !GuardNameSchema.safeParse(guard).success
      ? [say(`@guard("${guard}") is not allowed: must be one of ${GuardNameSchema.options.join(', ')}`)]
      : []),
    ...quotedIn(reason ?? '')
      .filter((word) => !REASON_WORDS.some((known) => known === word))
      .map((word) => say(`@reason quotes {${word}}, which nobody fills in; allowed: ${REASON_WORDS.join(', ')}`)),
    ...Object.keys(policy.annotations)
      .filter((name) => !['id', 'guard', 'reason'].includes(name))
      .map((name) => say(`@${name} has no reader; allowed: @id, @guard, @reason`)),
  ];
};

const doubles = (found: readonly Found[]): PolicyProblem[] =>
  found.flatMap((policy, index) => {
    const { id } = policy;
    const first = found.slice(0, index).find((other) => id !== '' && other.id === id);
    if (first === undefined) return [];
    const { file, line } = placeOf(first.file, first.offset);
    return [
      {
        ...placeOf(policy.file, policy.offset),
        message: `@id("${id}") is taken by the policy in ${file}:${line}`,
      },
    ];
  });

const validate = (schema: PolicyFile, found: readonly Found[], { cedar, sha256 }: CompilerDeps): Compiled => {
  const byId = new Map(found.map((policy) => [policy.id, policy]));
  const answer = cedar.validate({
    schema: schema.text,
    policies: { staticPolicies: Object.fromEntries([...byId].map(([id, { text }]) => [id, text])) },
  });
  if (answer.type === 'failure') {
    return { ok: false, problems: answer.errors.map((error) => problemAt(schema, 0, error)) };
  }
  const placed = ({ policyId, error }: PolicyError): PolicyProblem => {
    const policy = byId.get(policyId);
    return policy === undefined ? problemAt(schema, 0, error) : problemAt(policy.file, policy.offset, error);
  };
  const problems = oncePerPlace(answer.validationErrors.map(placed));
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, set: setOf(schema, found, sha256), warnings: answer.validationWarnings.map(placed) };
};

/** Cedar tells the same for each action that a policy is about. */
const oncePerPlace = (problems: readonly PolicyProblem[]): PolicyProblem[] => [
  ...new Map(problems.map((problem) => [`${problem.file}:${problem.line}:${problem.column}`, problem])).values(),
];

const setOf = (schema: PolicyFile, found: readonly Found[], sha256: Sha256): PolicySet => {
  const policies = found.map(({ file, offset, text, id, annotations }) => {
    const { line } = placeOf(file, offset);
    return {
      id,
      text,
      guard: annotations['guard'] ?? null,
      reason: annotations['reason'] ?? '',
      source: `${file.name}:${line}`,
    };
  });
  const content = JSON.stringify([schema.text, policies.map(({ id, text }) => [id, text])]);
  return { version: sha256(content), schema: schema.text, policies };
};

const problemAt = (file: PolicyFile, offset: number, error: EngineError): PolicyProblem => {
  const start = error.sourceLocations?.[0]?.start ?? 0;
  // Cedar counts bytes, strings are counted in UTF-16 units.
  const bytes = new TextEncoder().encode(file.text.slice(offset)).subarray(0, start);
  const within = new TextDecoder().decode(bytes).length;
  const help = error.help === null ? '' : ` (${error.help})`;
  return { ...placeOf(file, offset + within), message: `${error.message}${help}` };
};

const placeOf = (file: PolicyFile, offset: number): Omit<PolicyProblem, 'message'> => {
  const before = file.text.slice(0, Math.max(0, offset)).split('\n');
  return { file: file.name, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
};
