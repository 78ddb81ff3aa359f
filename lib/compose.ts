import { join } from 'node:path';
import { Validations, type App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { EnvironmentName } from '../core/contracts/workload.ts';
import { EnvironmentNameSchema } from '../core/contracts/workload.ts';
import { InvalidInputError } from '../core/shared/errors.ts';
import { ownCatalogue } from './config/own-catalogue.ts';
import type { PolicySet } from '../core/guard/policy-set.ts';
import { OVERRIDES_CONTEXT, resolveEnvironments } from './config/overrides.ts';
import { FunctionBundles } from './constructs/bundle.ts';
import { readPolicies } from './policies/compile-policies.ts';
import { problemLines } from './policies/policy-files.ts';
import { KintsugiStage } from './stacks/kintsugi-stage.ts';

export interface ComposeOptions {
  /** The repository's root: definitions, runbooks and functions are found from here. */
  readonly projectDir: string;
  /** @default `lambdas` in the project */
  readonly functionsDir?: string;
  /** @default `statemachines` in the project */
  readonly stateMachinesDir?: string;
  /** The built dashboard. @default `web/dist` in the project */
  readonly siteDir?: string;
  /** @default all of them */
  readonly environments?: readonly EnvironmentName[];
}

/** Puts one stage per environment into the app, and cdk-nag's AwsSolutions rules over all of them. */
export const compose = (app: App, options: ComposeOptions): ReadonlyMap<string, KintsugiStage> => {
  const { projectDir } = options;
  const bundles = new FunctionBundles({
    functionsDir: options.functionsDir ?? join(projectDir, 'lambdas'),
    credentialsModule: join(projectDir, 'lib', 'bundling', 'environment-credentials.ts'),
    outDir: join(projectDir, 'dist'),
  });
  const configs = resolveEnvironments(app.node.tryGetContext(OVERRIDES_CONTEXT));
  const stages = (options.environments ?? EnvironmentNameSchema.options).map((environment) => {
    const settings = {
      environment,
      config: configs[environment],
      runbooksDir: join(projectDir, 'lib', 'observability', 'runbooks'),
      stateMachinesDir: options.stateMachinesDir ?? join(projectDir, 'statemachines'),
      bundles,
      catalogue: ownCatalogue(configs[environment].catalogueFile),
      siteDir: options.siteDir ?? join(projectDir, 'web', 'dist'),
      policies: policiesFor(environment, configs[environment].policyDirectory, projectDir),
    };
    return [environment, new KintsugiStage(app, `Kintsugi-${environment}`, settings)] as const;
  });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return new Map(stages);
};

/** Kintsugi's own policies with the user's; a bad one stops the synthesis, with file, line and column. */
const policiesFor = (environment: string, userDir: string | null, projectDir: string): PolicySet => {
  const compiled = readPolicies(join(projectDir, 'policies'), userDir);
  if (compiled.ok) return compiled.set;
  const lines = problemLines(compiled.problems).map((line) => `  ${line}`);
  throw new InvalidInputError(`The policies of ${environment} cannot be used:\n${lines.join('\n')}`);
};
