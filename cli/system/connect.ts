import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import * as z from 'zod';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import type { Aim } from '../../core/shared/command-line.ts';
import { commandLine } from '../../core/shared/command-line.ts';
import { settingsFor } from '../../lambdas/adapters/clients.ts';
import { CliError } from './cli-error.ts';
import type { KillSwitchOutputs } from '../../lambdas/adapters/kill-switch-places.ts';
import type { LocalState } from './local-state.ts';
import { notConnected } from './not-connected.ts';

/** Which account of the user's is meant; nothing means the default chain: environment, profile, role. */
export interface Account {
  /** A profile of the AWS CLI's files. */
  readonly profile?: string;
  readonly region?: string;
}

/** What a client of the AWS SDK is made with. */
export interface ClientConfig extends Account {
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** An environment's Kintsugi, found: where it is, and its tables. */
export interface Connection {
  readonly env: EnvironmentName;
  /** Null for a deployed environment. */
  readonly local: LocalState | null;
  readonly config: ClientConfig;
  readonly tables: {
    readonly journal: string;
    readonly incidents: string;
    readonly workloads: string;
    readonly agents: string;
    readonly leases: string;
    readonly qtable: string;
    readonly experiences: string;
  };
  /** Where the checkpoints of the records are, and the key that signs them. */
  readonly records: { readonly bucket: string; readonly keyArn: string };
  /** Bucket of the versions of the model. */
  readonly models: string;
}

/** Of a connection, what is known without looking into the environment. */
export type Whereabouts = Pick<Connection, 'env' | 'local' | 'config'>;

type Aimed = Pick<Connection, 'env' | 'config'> & { readonly local: object | null };

/**
 * What a command has to say so that it means this Kintsugi again: the profile and the region too by which it was found. The
 * local cloud needs nothing; a deployed dev says that it is not that one.
 */
export const aimOf = ({ env, local, config: { profile, region } }: Aimed): Aim => {
  if (local !== null) return {};
  const isNamed = profile !== undefined || region !== undefined;
  return env === 'dev' ? { aws: !isNamed, profile, region } : { env, profile, region };
};

/** A command for people to copy, of this Kintsugi; without the program's name. */
export const commandFor = (where: Aimed, words: string): string => commandLine(words, aimOf(where));

type Outputs = Readonly<Record<string, string>>;

/** The local cloud, whose stacks said in its file where everything is. */
export const connectLocal = (local: LocalState): Connection => {
  const stack = `Kintsugi-${local.env}-Data`;
  return { ...locally(local), ...storesOf(local.outputs[stack] ?? {}, stack) };
};

/**
 * Refuses to go from the local cloud on to an environment in AWS, whose account nobody has named.
 *
 * @throws CliError that says how else
 */
export const mustNotBeLocal = ({ local }: Pick<Connection, 'local'>, option: string): void => {
  if (local === null) return;
  throw new CliError(
    `${option}: this is the local cloud, and the next environment is in AWS. From the dev that is deployed there: the same with --aws. To take a version along: kintsugi model show latest --json > model.json, then kintsugi model promote --file model.json --aws.`,
  );
};

/** Where the local cloud is. */
export const locally = (local: LocalState): Whereabouts => ({ env: local.env, local, config: localConfig(local) });

/** Where a deployed environment is looked for. */
export const inAws = (env: EnvironmentName, account: Account): Whereabouts => ({ env, local: null, config: account });

/**
 * A deployed environment: account, region and credentials as asked for or by the AWS SDK's default chain, tables by the
 * stack's outputs.
 *
 * @throws CliError when there are no credentials, no region, or no such stack
 */
export const connectAws = async (env: EnvironmentName, account: Account = {}): Promise<Connection> => {
  const stack = `Kintsugi-${env}-Data`;
  return { ...inAws(env, account), ...storesOf(await stackOutputs(env, stack, account), stack) };
};

const stackOutputs = async (env: EnvironmentName, stack: string, account: ClientConfig): Promise<Outputs> => {
  const client = new CloudFormationClient({ ...settingsFor('cloudformation'), ...account });
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    return Object.fromEntries(
      (Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
  } catch (error) {
    throw await notConnected(error, { env, stack, profile: account.profile });
  } finally {
    client.destroy();
  }
};

const KillSwitchOutputsSchema = z.object({
  ActFunctionName: z.string(),
  ActRoleName: z.string(),
  DenialArn: z.string(),
  SignalsMappingId: z.string(),
  ModeParameterName: z.string(),
});

/**
 * Where an environment can be stopped.
 *
 * @throws CliError when the stack that knows does not say so
 */
export const killSwitchOutputs = async (connection: Whereabouts): Promise<KillSwitchOutputs> => {
  const stack = `Kintsugi-${connection.env}-Operations`;
  const outputs = await stackOutputsOf(connection, stack);
  const parsed = KillSwitchOutputsSchema.safeParse(outputs);
  if (parsed.success) return parsed.data;
  throw new CliError(`stack ${stack} does not say where to stop it: it is of another version; deploy it again.`);
};

/** Outputs of the stack of the HTTP API. */
export const apiOutputs = (connection: Connection): Promise<Outputs> =>
  stackOutputsOf(connection, `Kintsugi-${connection.env}-Api`);

/** Outputs of one of the environment's stacks. */
export const stackOutputsOf = async ({ env, local, config }: Whereabouts, stack: string): Promise<Outputs> =>
  local === null ? stackOutputs(env, stack, config) : (local.outputs[stack] ?? {});

/**
 * The function that freezes and judges versions.
 *
 * @throws CliError when the stack does not name it
 */
export const trainerFunction = async (connection: Connection): Promise<string> => {
  const stack = `Kintsugi-${connection.env}-Optimizer`;
  const outputs = await stackOutputsOf(connection, stack);
  const name = outputs['TrainerFunctionName'];
  if (name !== undefined) return name;
  throw new CliError(`stack ${stack} does not name its trainer: it is of another version; deploy it again.`);
};

/** Everyone is root in the emulator. */
export const localConfig = ({ endpoint, region }: LocalState): ClientConfig => ({
  endpoint,
  region,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

const storesOf = (outputs: Outputs, stack: string): Pick<Connection, 'tables' | 'records' | 'models'> => {
  const output = (name: string): string => {
    const value = outputs[name];
    if (value === undefined) {
      throw new CliError(`stack ${stack} has no output ${name}: it is of another version; deploy it again.`);
    }
    return value;
  };
  return {
    tables: {
      journal: output('JournalTableName'),
      incidents: output('IncidentsTableName'),
      workloads: output('WorkloadsTableName'),
      agents: output('AgentsTableName'),
      leases: output('LeasesTableName'),
      qtable: output('QTableTableName'),
      experiences: output('ExperiencesTableName'),
    },
    records: { bucket: output('RecordsBucketName'), keyArn: output('RecordsKeyArn') },
    models: output('ModelsBucketName'),
  };
};
