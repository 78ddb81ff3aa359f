import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Annotations, App } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import { compose } from '../../lib/compose.ts';

export const projectDir = join(__dirname, '..', '..');

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
}
export interface StackTemplate {
  readonly Resources: Readonly<Record<string, Resource>>;
}

/** The context that `cdk` reads from cdk.json, so that tests see what is deployed. */
const cdkContext = (): Record<string, unknown> =>
  (JSON.parse(readFileSync(join(projectDir, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> }).context;

/** An app without bundling, and without the CLI's own template rules, which `cdk synth` runs in CI and which take seconds. */
export const testApp = (context: Readonly<Record<string, unknown>> = {}): App =>
  new App({
    builtinCloudFormationValidation: false,
    context: { ...cdkContext(), 'aws:cdk:bundling-stacks': [], ...context },
  });

/** Every template of an assembly, by its stack's name. */
export const templatesOf = (assembly: CloudAssembly): ReadonlyMap<string, StackTemplate> =>
  new Map(assembly.stacksRecursively.map((stack) => [stack.stackName, stack.template as StackTemplate]));

/** Environments, by default all; cdk-nag runs, and a finding that is not acknowledged fails the synthesis. */
export const synthesise = (
  overrides?: unknown,
  environments?: readonly EnvironmentName[],
): ReadonlyMap<string, StackTemplate> => {
  const app = testApp(overrides === undefined ? {} : { kintsugi: overrides });
  compose(app, { projectDir, ...(environments === undefined ? {} : { environments }) });
  Annotations.of(app).acknowledgeWarning('kintsugi:dashboard-not-built', 'Templates are the same without it.');
  return templatesOf(app.synth());
};

/** Resources of a type, with their logical ids. */
export const resourcesOf = (template: StackTemplate, type: string): readonly (readonly [string, Resource])[] =>
  Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);

/** A template's value as a reader would write it: `<Journal>`, `arn:<AWS::Partition>:...`. */
export const readable = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return String(value);
  const [name, argument] = Object.entries(value)[0] ?? [];
  if (name === 'Ref') return `<${withoutHash(String(argument))}>`;
  if (name === 'Fn::GetAtt') return `<${withoutHash(String((argument as string[])[0]))}>`;
  if (name === 'Fn::ImportValue')
    return `<${withoutHash(/ExportsOutput(?:FnGetAtt|Ref)(\w+)/.exec(String(argument))?.[1] ?? '?')}>`;
  if (name === 'Fn::Join') return (argument as [string, unknown[]])[1].map(readable).join('');
  if (name === 'Fn::Select') return `${readable((argument as [string, unknown])[1])}[${(argument as [string])[0]}]`;
  if (name === 'Fn::Split') return readable((argument as [string, unknown])[1]);
  return JSON.stringify(value);
};

/** `JournalF917C201` and the export `JournalF917C201Arn73CB8C9F` are both `Journal`. */
const withoutHash = (id: string): string =>
  // Its id holds the name of the environment's queue.
  id.startsWith('IssueMonitorSqsEventSource')
    ? 'SignalsMapping'
    : (/^(\w+?)[0-9A-F]{8}(?:[A-Z][a-z]\w*)?(?:[0-9A-F]{8})?$/.exec(id)?.[1] ?? id);

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Effect: string;
  readonly Condition?: unknown;
}

/** Statements of a policy resource. */
export const statementsOf = ({ Properties }: Resource): readonly Statement[] =>
  (Properties.PolicyDocument as { readonly Statement: readonly Statement[] }).Statement;

/** What the statements allow: actions by resource, sorted. */
export const permissionsOf = (statements: readonly Statement[]): Readonly<Record<string, readonly string[]>> => {
  const allowed = new Map<string, Set<string>>();
  for (const statement of statements) {
    for (const resource of listed(statement.Resource).map(readable)) {
      const actions = allowed.get(resource) ?? new Set();
      for (const action of listed(statement.Action)) actions.add(String(action));
      allowed.set(resource, actions);
    }
  }
  return Object.fromEntries([...allowed].map(([resource, actions]) => [resource, [...actions].sort()]));
};

export const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
