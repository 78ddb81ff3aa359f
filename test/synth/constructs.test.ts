import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as sns from 'aws-cdk-lib/aws-sns';
import { environments } from '../../lib/config/environments.ts';
import { FUNCTION_NAMES, FunctionBundles } from '../../lib/constructs/bundle.ts';
import { OperationalAlarm } from '../../lib/constructs/operational-alarm.ts';
import { Workflow } from '../../lib/constructs/workflow.ts';
import { AgentFunction } from '../../lib/constructs/agent-function.ts';
import { ownPolicySet } from '../support/policies.ts';
import { projectDir, testApp } from '../support/synth.ts';

const folder = mkdtempSync(join(tmpdir(), 'kintsugi-constructs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('FunctionBundles', () => {
  const functionsDir = join(folder, 'functions');
  const outDir = join(folder, 'dist');
  const credentialsModule = join(projectDir, 'lib', 'bundling', 'environment-credentials.ts');
  const write = (name: string) => {
    mkdirSync(join(functionsDir, name), { recursive: true });
    writeFileSync(
      join(functionsDir, name, 'handler.ts'),
      `export const handler = async (): Promise<string> => '${name}';`,
    );
  };
  const bundlingStack = () => new Stack(new App(), 'Bundling');

  test('names the entry that is missing', () => {
    FUNCTION_NAMES.filter((name) => name !== 'observe').forEach(write);
    expect(() =>
      new FunctionBundles({ functionsDir, credentialsModule, outDir }).code(bundlingStack(), 'sense'),
    ).toThrow(/The function observe has no entry: .*observe.handler\.ts is missing/);
  });

  test('builds every function once, with its map beside and its size reported', async () => {
    FUNCTION_NAMES.forEach(write);
    const bundles = new FunctionBundles({ functionsDir, credentialsModule, outDir });
    bundles.code(bundlingStack(), 'sense');
    const file = join(outDir, 'lambdas', 'act', 'index.js');
    const { handler } = (await import(file)) as { handler: () => Promise<string> };
    expect(await handler()).toBe('act');
    expect(existsSync(join(outDir, 'source-maps', 'act.js.map'))).toBe(true);
    const sizes = JSON.parse(readFileSync(join(outDir, 'bundle-sizes.json'), 'utf8')) as Record<string, number>;
    expect(Object.keys(sizes).sort()).toEqual([...FUNCTION_NAMES].sort());
    expect(sizes.act).toBe(readFileSync(file).length);

    rmSync(file);
    bundles.code(bundlingStack(), 'act');
    expect(existsSync(file)).toBe(false);
  });

  test('builds nothing when the CLI needs no code', () => {
    const unused = join(folder, 'unused');
    new FunctionBundles({ functionsDir: 'nowhere', credentialsModule, outDir: unused }).code(
      new Stack(testApp(), 'Listed'),
      'sense',
    );
    expect(existsSync(unused)).toBe(false);
  });
});

describe('Workflow', () => {
  const definitionFile = join(folder, 'machine.asl.json');
  writeFileSync(
    definitionFile,
    JSON.stringify({ StartAt: 'Work', States: { Work: { Type: 'Task', Resource: '${WorkFunctionArn}', End: true } } }),
  );
  const workflow = (...placeholders: string[]) => {
    const stack = new Stack(testApp(), 'Machine');
    const settings = {
      environment: 'dev' as const,
      config: environments.dev,
      runbooksDir: '',
      stateMachinesDir: '',
      siteDir: '',
      policies: ownPolicySet(),
      bundles: new FunctionBundles({ functionsDir: '', credentialsModule: '', outDir: '' }),
      catalogue: null,
    };
    const fn = new AgentFunction(stack, 'Fn', {
      settings,
      name: 'sense',
      agent: 'auto-healer',
      description: '',
      timeout: { toSeconds: () => 1 } as never,
    });
    const functions = Object.fromEntries(placeholders.map((name) => [name, fn]));
    return new Workflow(stack, 'Loop', { config: environments.dev, definitionFile, functions });
  };

  test('binds a file whose placeholders are all known', () => {
    expect(() => workflow('WorkFunctionArn')).not.toThrow();
  });

  test('refuses a placeholder that nothing is bound to', () => {
    expect(() => workflow()).toThrow(/not bound: WorkFunctionArn; bound but not used: none/);
  });

  test('refuses a binding that the file does not use', () => {
    expect(() => workflow('WorkFunctionArn', 'RestFunctionArn')).toThrow(
      /not bound: none; bound but not used: RestFunctionArn/,
    );
  });
});

test('an alarm without a runbook article is refused', () => {
  const stack = new Stack(testApp(), 'Alarms');
  const alarm = () =>
    new OperationalAlarm(stack, 'on-fire', {
      severity: 'page',
      summary: 'It burns.',
      metric: new cloudwatch.Metric({ namespace: 'Test', metricName: 'Fire' }),
      threshold: 1,
      unit: 'fires',
      window: { breaching: 1, of: 1 },
      missingData: { treatAs: cloudwatch.TreatMissingData.NOT_BREACHING, because: 'it does not burn.' },
      notify: sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-central-1:123456789012:people'),
      runbooksDir: folder,
    });
  expect(alarm).toThrow(/The alarm on-fire has no runbook: .*on-fire\.md is missing/);
});
