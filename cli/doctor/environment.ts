import { parameterName } from '../../lib/config/parameters.ts';
import type { StackState } from './account.ts';
import { alarmTopic, dashboard, heartbeat, mode, notifications, ownAlarms } from './at-work.ts';
import { eventSources, functions, stacks } from './deployed.ts';
import type { Finding } from './finding.ts';
import { broken, failedLook, fine, skipped } from './finding.ts';
import { pastable } from './pastable.ts';
import type { Look, Surroundings } from './surroundings.ts';

/** Looks at an environment from the outside in: what stands on something broken is not looked at. */
export const examineEnvironment = async (around: Surroundings): Promise<Finding[]> =>
  (await findingsOf(around)).map((one) => ({ ...one, fix: one.fix === null ? null : pastable(one.fix, around) }));

const findingsOf = async (around: Surroundings): Promise<Finding[]> => {
  const access = [await region(around), await credentials(around)];
  const refused = access.find(({ status }) => status === 'error');
  if (refused !== undefined) return [...access, ...DEEPER.map(([name]) => skipped(name, `no ${refused.check}`))];
  const [found, trouble] = await listed(around);
  if (trouble !== null) {
    const [, ...deeper] = DEEPER;
    return [...access, trouble, ...deeper.map(([name]) => skipped(name, 'the stacks cannot be listed'))];
  }
  if (found.length === 0) {
    const [, ...deeper] = DEEPER;
    return [...access, ...(await stacks(around, [])), ...deeper.map(([name]) => skipped(name, 'nothing is deployed'))];
  }
  const looks = DEEPER.map(([name, where, look]) => looking(name, where(around), () => look(around, found)));
  return [...access, ...(await Promise.all(looks)).flat()];
};

const listed = async ({ env, account }: Surroundings): Promise<readonly [readonly StackState[], Finding | null]> => {
  try {
    return [await account.stacks(), null];
  } catch (error) {
    return [[], failedLook('stacks', `Kintsugi-${env}-*`, error)];
  }
};

const looking = async (name: string, where: string, look: () => ReturnType<Look>): Promise<Finding[]> => {
  try {
    return await look();
  } catch (error) {
    return [failedLook(name, where, error)];
  }
};

/** Whoever has no account has a laptop: dev is the local cloud as soon as one runs. */
const orLocally = ({ env }: Surroundings, fix: string): string =>
  env === 'dev' ? `npm start  # or, on AWS: ${fix}` : fix;

const region = async (around: Surroundings): Promise<Finding> => {
  try {
    return fine('region', await around.account.region(), 'is where Kintsugi is looked for');
  } catch {
    const fix = 'kintsugi doctor --region REGION';
    return broken('region', 'AWS_REGION', 'no AWS region is set', orLocally(around, fix));
  }
};

const credentials = async (around: Surroundings): Promise<Finding> => {
  try {
    return fine('credentials', await around.account.credentials(), 'was found');
  } catch (error) {
    const what = `no AWS credentials were found: ${error instanceof Error ? error.message : String(error)}`;
    const named = around.asked.profile === undefined ? ' --profile PROFILE' : '';
    const fix = `aws sso login && kintsugi doctor${named}`;
    return broken('credentials', 'AWS_PROFILE', what, orLocally(around, fix));
  }
};

/** In the order in which they are printed. */
const DEEPER: readonly (readonly [name: string, where: (around: Surroundings) => string, look: Look])[] = [
  ['stacks', ({ env }) => `Kintsugi-${env}-*`, stacks],
  ['mode', ({ env }) => parameterName(env, 'mode'), mode],
  ['functions', ({ env }) => `Kintsugi-${env}-*`, functions],
  ['event-sources', ({ env }) => `Kintsugi-${env}-*`, eventSources],
  ['alarm-topic', ({ env }) => parameterName(env, 'alarm-topic-arn'), alarmTopic],
  ['notifications', ({ env }) => `Kintsugi-${env}-Events`, notifications],
  ['heartbeat', ({ env }) => `Kintsugi-${env}-Data`, heartbeat],
  ['alarms', ({ env }) => `Kintsugi-${env}-Operations`, ownAlarms],
  ['dashboard', ({ env }) => `Kintsugi-${env}`, dashboard],
];
