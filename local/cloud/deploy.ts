import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import * as z from 'zod';
import { LOCAL_CREDENTIALS } from '../emulator/environment.ts';
import { CommandFailedError, runCommand } from '../shared/process.ts';
import { stacksOfStage } from './assembly.ts';

export interface DeployOptions {
  /** The project's root folder. */
  readonly dir: string;
  readonly endpoint: string;
  readonly env: 'dev' | 'stage' | 'prod';
  /** Stacks by path or pattern. Default: all of the environment that do not need the real cloud. */
  readonly stacks?: readonly string[];
  /** The command that writes the cloud assembly. Default: the `app` of cdk.json. */
  readonly app?: string;
  /** CDK context, by key; objects are handed over as JSON. */
  readonly context?: Readonly<Record<string, unknown>>;
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Per deployed stack, by its name in CloudFormation: its outputs. */
export type StackOutputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

const Outputs = z.record(z.string(), z.record(z.string(), z.string()));

/** The environment could not be brought up; the message is the CDK's own, with what to do about it. */
export class DeployError extends Error {
  override readonly name = 'DeployError';
}

const ACCOUNT = '000000000000';
const DEPLOY_TIMEOUT_MS = 300_000;
const STACKS_AT_ONCE = 4;

/**
 * Brings an environment up with the CDK's own command line, as it goes to AWS: bootstrap (unless done), synthesise, deploy.
 *
 * Bootstrap and synthesis need nothing of each other and run side by side. Unchanged stacks cost a tenth of a second.
 *
 * @throws DeployError with what CloudFormation or the CDK said, and what to do
 */
export const bootstrapAndDeploy = async (options: DeployOptions): Promise<StackOutputs> => {
  const onProgress = options.onProgress ?? (() => undefined);
  const workDir = join(options.dir, '.kintsugi');
  const assemblyDir = join(workDir, 'cdk.out');
  const outputsFile = join(workDir, `outputs-${options.env}.json`);
  await mkdir(workDir, { recursive: true });
  await rm(outputsFile, { force: true });
  const cdk = cdkCommand(options);

  const isBootstrapped = await hasToolkit(options.endpoint);
  const [bootstrapped, synthesised] = await Promise.allSettled([
    // From a folder without cdk.json: it needs no app, and beside one it would wait for the app's assembly.
    isBootstrapped ? undefined : cdk('bootstrap', [`aws://${ACCOUNT}/us-east-1`], { cwd: workDir }),
    cdk('synth', [
      '--quiet',
      '--output',
      assemblyDir,
      ...contextArguments(options),
      ...(options.app === undefined ? [] : ['--app', options.app]),
    ]),
  ]);
  if (synthesised.status === 'rejected') throw synthesised.reason;
  if (bootstrapped.status === 'rejected') throw bootstrapped.reason;

  const stacks = options.stacks ?? (await stacksOfStage(assemblyDir, `Kintsugi-${options.env}`));
  onProgress(`Deploying ${stacks.join(', ')}`);
  const deployArguments = ['--app', assemblyDir, '--exclusively', '--require-approval', 'never', '--method', 'direct'];
  const report = stackReporter(onProgress);
  await cdk(
    'deploy',
    [...stacks, ...deployArguments, '--concurrency', String(STACKS_AT_ONCE), '--outputs-file', outputsFile],
    { onLine: report },
  );
  return Outputs.parse(JSON.parse(await readFile(outputsFile, 'utf8').catch(() => '{}')));
};

const contextArguments = ({ context = {} }: DeployOptions): string[] =>
  Object.entries(context).flatMap(([key, value]) => ['--context', `${key}=${JSON.stringify(value)}`]);

/** Whether the CDK's toolkit stack is there; also tells an endpoint that does not answer at once, not after many retries. */
const hasToolkit = async (endpoint: string): Promise<boolean> => {
  const client = new CloudFormationClient({
    endpoint,
    region: LOCAL_CREDENTIALS.AWS_REGION,
    credentials: {
      accessKeyId: LOCAL_CREDENTIALS.AWS_ACCESS_KEY_ID,
      secretAccessKey: LOCAL_CREDENTIALS.AWS_SECRET_ACCESS_KEY,
    },
    maxAttempts: 1,
  });
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: 'CDKToolkit' }));
    return ['CREATE_COMPLETE', 'UPDATE_COMPLETE'].includes(Stacks?.[0]?.StackStatus ?? '');
  } catch (error) {
    if (error instanceof Error && error.name === 'ValidationError') return false;
    throw new DeployError(`${endpoint} does not answer to CloudFormation: ${String(error)}. Is the emulator running?`, {
      cause: error,
    });
  } finally {
    client.destroy();
  }
};

type Cdk = (
  command: string,
  args: readonly string[],
  how?: { readonly onLine?: (line: string) => void; readonly cwd?: string },
) => Promise<void>;

const cdkCommand = (options: DeployOptions): Cdk => {
  const bin = join(options.dir, 'node_modules', '.bin');
  const env = {
    // Not the user's whole environment: a profile or a session token would win over the emulator's credentials.
    PATH: [bin, process.env.PATH ?? '/usr/bin:/bin'].join(delimiter),
    HOME: process.env.HOME ?? options.dir,
    ...(process.env.TMPDIR === undefined ? {} : { TMPDIR: process.env.TMPDIR }),
    ...LOCAL_CREDENTIALS,
    AWS_ENDPOINT_URL: options.endpoint,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DEFAULT_ACCOUNT: ACCOUNT,
    CDK_DEFAULT_REGION: LOCAL_CREDENTIALS.AWS_REGION,
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    NO_COLOR: '1',
  };
  // Rules and cdk-nag are checked by the synth tests; here they would double the time to the first heal.
  const always = ['--ci', '--no-notices', '--no-version-reporting', '--no-color', '--no-validation'];
  return async (command, args, { onLine, cwd = options.dir } = {}) => {
    try {
      await runCommand(join(bin, 'cdk'), [command, ...args, ...always], {
        cwd,
        env,
        timeoutMs: DEPLOY_TIMEOUT_MS,
        ...(onLine === undefined ? {} : { onLine }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
    } catch (error) {
      if (!(error instanceof CommandFailedError)) throw error;
      throw new DeployError(explainFailure(command, error), { cause: error });
    }
  };
};

/** Turns the CDK's many lines into one per finished stack. */
const stackReporter = (onProgress: (line: string) => void) => {
  let stack = '';
  return (line: string): void => {
    const finished = /^\s*✅\s+(\S+).*?(\(no changes\))?\s*$/u.exec(line);
    if (finished !== null) stack = `${finished[1] ?? ''} ${finished[2] ?? ''}`.trim();
    const took = /Deployment time: (\S+)/.exec(line);
    if (took !== null) onProgress(`Deployed ${stack} in ${took[1] ?? ''}`);
    if (/_FAILED|❌/u.test(line)) onProgress(line.trim());
  };
};

const hints: readonly (readonly [RegExp, string])[] = [
  [
    /ROLLBACK_(COMPLETE|FAILED)/,
    'The stack was rolled back and cannot be updated: stop the local cloud, and start it again.',
  ],
  [/ECONNREFUSED|ECONNRESET/, 'The emulator has stopped; its log is in .kintsugi/emulator.'],
  [
    /Unrecognized resource type|Unsupported resource type/i,
    'The emulator cannot create this; move it to a stack whose name ends with -cloud.',
  ],
  [/not authorized to perform/, 'A role lacks a permission, and the emulator enforces roles: grant it in lib/.'],
];

const explainFailure = (command: string, error: CommandFailedError): string => {
  const telling = error.tail.filter((line) => /_FAILED|❌|Error|failed|cannot|denied|not authorized/iu.test(line));
  const said = (telling.length > 0 ? telling : error.tail).slice(-12).map((line) => line.trim());
  const hint = hints.find(([pattern]) => error.tail.some((line) => pattern.test(line)))?.[1];
  return [`cdk ${command} failed:`, ...said.map((line) => `  ${line}`), ...(hint === undefined ? [] : [hint])].join(
    '\n',
  );
};
