import { readFileSync } from 'node:fs';
import { RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { EnvironmentConfig } from '../config/environment-config.ts';
import { acknowledge } from './acknowledge.ts';
import type { AgentFunction } from './agent-function.ts';

export interface WorkflowProps {
  readonly config: EnvironmentConfig;
  /** An `.asl.json` file, valid JSON as it stands: placeholders `${Name}` are strings. */
  readonly definitionFile: string;
  /** The function behind each placeholder `${Name}`; the machine may invoke these and nothing else. */
  readonly functions: Readonly<Record<string, AgentFunction>>;
  /**
   * Seconds after which states time out, by name, where environments differ; they replace the file's own.
   * @default what the file says
   */
  readonly timeouts?: Readonly<Record<string, number>>;
}

/** A Standard workflow from a definition file; what it is bound to is what it may invoke. */
export class Workflow extends Construct {
  readonly resource: sfn.StateMachine;

  constructor(scope: Construct, id: string, props: WorkflowProps) {
    super(scope, id);
    const definition = readFileSync(props.definitionFile, 'utf8');
    checkPlaceholders(props.definitionFile, definition, Object.keys(props.functions));
    const bindings = Object.entries(props.functions).map(([name, fn]) => [name, fn.resource.functionArn] as const);
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('states.amazonaws.com') });
    this.resource = new sfn.StateMachine(this, 'Resource', {
      definitionBody: sfn.DefinitionBody.fromString(JSON.stringify(withTimeouts(definition, props.timeouts ?? {}))),
      definitionSubstitutions: Object.fromEntries(bindings),
      stateMachineType: sfn.StateMachineType.STANDARD,
      role,
      tracingEnabled: true,
      logs: {
        destination: new logs.LogGroup(this, 'Logs', {
          retention: props.config.logRetentionDays,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: sfn.LogLevel.ALL,
        includeExecutionData: false, // the journal holds the data; here it would be a copy without its hash chain
      },
    });
    role.addToPrincipalPolicy(
      new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: bindings.map(([, arn]) => arn) }),
    );
    acknowledge(
      role,
      'X-Ray traces and the delivery of vended logs take no resource.',
      'AwsSolutions-IAM5[Resource::*]',
    );
  }
}

interface Definition {
  readonly States: Readonly<Record<string, object>>;
}

const withTimeouts = (definition: string, timeouts: Readonly<Record<string, number>>): Definition => {
  const parsed = JSON.parse(definition) as Definition;
  const unknown = Object.keys(timeouts).filter((name) => parsed.States[name] === undefined);
  if (unknown.length > 0) throw new Error(`timeouts name states that do not exist: ${unknown.join(', ')}.`);
  const changed = Object.entries(timeouts).map(([name, TimeoutSeconds]) => [
    name,
    { ...parsed.States[name], TimeoutSeconds },
  ]);
  return { ...parsed, States: { ...parsed.States, ...(Object.fromEntries(changed) as Definition['States']) } };
};

/** CDK only warns when a placeholder stays unbound; such a machine would fail in the middle of an incident. */
const checkPlaceholders = (file: string, definition: string, bound: readonly string[]): void => {
  const used = new Set([...definition.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name ?? ''));
  const unbound = [...used].filter((name) => !bound.includes(name));
  const unused = bound.filter((name) => !used.has(name));
  if (unbound.length + unused.length === 0) return;
  throw new Error(
    `${file} and its bindings differ: not bound: ${unbound.join(', ') || 'none'}; bound but not used: ${unused.join(', ') || 'none'}.`,
  );
};
