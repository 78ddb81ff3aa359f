import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import { shellWord } from '../../core/shared/command-line.ts';
import { isNamed, translate } from '../../lambdas/adapters/sdk-errors.ts';
import { CliError, hasCode } from './cli-error.ts';

interface Tried {
  readonly env: EnvironmentName;
  readonly stack: string;
  /** As it was asked for; undefined: `AWS_PROFILE`, if that is set. */
  readonly profile: string | undefined;
}

/** Why an environment could not be found, and what to do about it. */
export const notConnected = async (cause: unknown, { env, stack, profile }: Tried): Promise<unknown> => {
  if (!(cause instanceof Error) || cause instanceof CliError) return cause;
  if (isNamed(cause, 'ValidationError')) {
    return new CliError(
      `there is no stack ${stack} in this account and region. Deploy it (npx cdk deploy 'Kintsugi-${env}/*'), or choose another --env, --profile or --region.`,
      { cause },
    );
  }
  const hasNoRegion = /region is missing/i.test(cause.message);
  if (!hasNoRegion && !isNamed(cause, 'CredentialsProviderError')) {
    return translate(cause, 'cloudformation:DescribeStacks', stack);
  }
  const named = profile ?? process.env['AWS_PROFILE'];
  if (named !== undefined && !(await isProfile(named))) {
    const from = profile === undefined ? 'AWS_PROFILE' : '--profile';
    return new CliError(
      `${from} ${named}: there is no such profile in the AWS CLI's files (aws configure list-profiles).`,
      {
        cause,
      },
    );
  }
  const locally = env === 'dev' ? ' For the local cloud, start it with: npm start' : '';
  if (hasNoRegion) return new CliError(`no AWS region is set. Pass --region or set AWS_REGION.${locally}`, { cause });
  const how =
    named === undefined
      ? 'no AWS credentials were found. Pass --profile or set AWS_PROFILE, or log in (aws sso login).'
      : `the profile ${named} gave no AWS credentials: ${cause.message} Perhaps log in: aws sso login --profile ${shellWord(named)}.`;
  return new CliError(`${how}${locally}`, { cause });
};

/** Whether the AWS CLI's files have it; true also where they cannot be read, because then nobody knows. */
const isProfile = async (name: string): Promise<boolean> => {
  const { HOME, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE } = process.env;
  try {
    const folder = join(HOME ?? homedir(), '.aws');
    const texts = await Promise.all([
      textOf(AWS_CONFIG_FILE ?? join(folder, 'config')),
      textOf(AWS_SHARED_CREDENTIALS_FILE ?? join(folder, 'credentials')),
    ]);
    const sections = texts.flatMap((text) => [...text.matchAll(/^\s*\[\s*(?:profile\s+)?["']?(.+?)["']?\s*\]/gm)]);
    return sections.some(([, section]) => section === name);
  } catch {
    return true;
  }
};

const textOf = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  });
