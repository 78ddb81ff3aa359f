import { ModeSchema } from '../../core/contracts/limits.ts';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import type { EnvironmentConfig } from '../../lib/config/environment-config.ts';
import { parameterName } from '../../lib/config/parameters.ts';
import type { Account, StackState } from './account.ts';
import type { Finding } from './finding.ts';
import { broken, doubtful, failedLook, fine, skipped } from './finding.ts';

/** An environment and what is known of it without looking. */
export interface Surroundings {
  readonly env: EnvironmentName;
  readonly account: Account;
  readonly config: Pick<EnvironmentConfig, 'heartbeatMinutes' | 'cloudStack'>;
  /** Null for a deployed environment; else the local cloud, with the dashboard's address once it is served. */
  readonly local: { readonly endpoint: string; readonly dashboard: string | null } | null;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Looks at an environment from the outside in: what stands on something broken is not looked at. */
export const examineEnvironment = async (around: Surroundings): Promise<Finding[]> => {
  const access = [await region(around), await credentials(around)];
  const refused = access.find(({ status }) => status === 'error');
  if (refused !== undefined) return [...access, ...DEEPER.map(([name]) => skipped(name, `no ${refused.check}`))];
  const [found, trouble] = await listed(around);
  if (trouble !== null) {
    const [, ...deeper] = DEEPER;
    return [...access, trouble, ...deeper.map(([name]) => skipped(name, 'the stacks cannot be listed'))];
  }
  const looks = DEEPER.map(([name, where, look]) => looking(name, where(around), () => look(around, found)));
  return [...access, ...(await Promise.all(looks)).flat()];
};

type Look = (around: Surroundings, stacks: readonly StackState[]) => Promise<Finding[]> | Finding[];

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

const region = async ({ account, env }: Surroundings): Promise<Finding> => {
  try {
    return fine('region', await account.region(), 'is where Kintsugi is looked for');
  } catch {
    return broken('region', 'AWS_REGION', 'no AWS region is set', `kintsugi doctor --env ${env} --region REGION`);
  }
};

const credentials = async ({ account, env }: Surroundings): Promise<Finding> => {
  try {
    return fine('credentials', await account.credentials(), 'was found');
  } catch (error) {
    const what = `no AWS credentials were found: ${error instanceof Error ? error.message : String(error)}`;
    return broken(
      'credentials',
      'AWS_PROFILE',
      what,
      `aws sso login && kintsugi doctor --env ${env} --profile PROFILE`,
    );
  }
};

/** Without any of these an environment does not heal. */
const NEEDED = ['Data', 'Events', 'Healing', 'Ingest', 'Api', 'Optimizer', 'Operations'] as const;
const ON_AWS = ['Web', 'WebContent', 'Cloud'] as const;

const stacks: Look = ({ env, config, local }, found) => {
  const deploy = (name: string): string =>
    local === null ? `npx cdk deploy 'Kintsugi-${env}/${name.replace(`Kintsugi-${env}-`, '')}'` : 'npm start';
  const wanted = local === null && config.cloudStack ? [...NEEDED, ...ON_AWS] : NEEDED;
  const missing = wanted
    .map((name) => `Kintsugi-${env}-${name}`)
    .filter((name) => !found.some((one) => one.name === name));
  if (missing.length === wanted.length) {
    const all = local === null ? `npx cdk deploy 'Kintsugi-${env}/*'` : 'npm start';
    return [broken('stacks', `Kintsugi-${env}-*`, 'Kintsugi is not deployed in this account and region', all)];
  }
  const bad = found.flatMap((stack) => stackTrouble(stack, deploy(stack.name)));
  const gone = missing.map((name) => broken('stacks', name, 'is not deployed', deploy(name)));
  if (bad.length + gone.length > 0) return [...gone, ...bad];
  return [fine('stacks', `Kintsugi-${env}-*`, `${found.length} stacks are deployed and in a good state`)];
};

const stackTrouble = ({ name, status }: StackState, deploy: string): Finding[] => {
  if (status === 'ROLLBACK_COMPLETE' || status === 'ROLLBACK_FAILED') {
    const what = `is ${status}: its creation failed, and it can only be deleted`;
    return [broken('stacks', name, what, `aws cloudformation delete-stack --stack-name ${name} && ${deploy}`)];
  }
  if (status.endsWith('_FAILED')) return [broken('stacks', name, `is ${status}`, deploy)];
  if (status.endsWith('_IN_PROGRESS')) {
    const wait = status.startsWith('DELETE') ? 'delete' : status.startsWith('CREATE') ? 'create' : 'update';
    return [
      doubtful('stacks', name, `is ${status}`, `aws cloudformation wait stack-${wait}-complete --stack-name ${name}`),
    ];
  }
  if (status.endsWith('ROLLBACK_COMPLETE')) {
    return [doubtful('stacks', name, `is ${status}: its last deployment failed, the version before runs`, deploy)];
  }
  return [];
};

const mode: Look = async ({ env, account }) => {
  const name = parameterName(env, 'mode');
  const value = await account.parameter(name);
  const put = `kintsugi mode manual --env ${env}`;
  if (value === null) return [broken('mode', name, 'does not exist, which means off: nothing is healed', put)];
  const parsed = ModeSchema.safeParse(value);
  if (!parsed.success) {
    const what = `holds '${value}', allowed are ${ModeSchema.options.join(', ')}: anything else means off`;
    return [broken('mode', name, what, put)];
  }
  if (parsed.data === 'off') {
    return [doubtful('mode', name, 'is off: nothing is healed', `kintsugi resume --env ${env} --mode manual`)];
  }
  return [fine('mode', name, `is ${parsed.data}`)];
};

const functions: Look = async ({ env, account, local }, found) => {
  const seen = await account.functions(found.map(({ name }) => name));
  const deploy = (stack: string): string =>
    local === null ? `npx cdk deploy 'Kintsugi-${env}/${stack.replace(`Kintsugi-${env}-`, '')}' --force` : 'npm start';
  const bad = seen.flatMap(({ name, stack, state, lastUpdate, reason }) => {
    const why = reason === null ? '' : `: ${reason}`;
    if (state === null) return [broken('functions', name, `is gone, though stack ${stack} has it`, deploy(stack))];
    if (state !== 'Active' && state !== 'Inactive')
      return [broken('functions', name, `is ${state}${why}`, deploy(stack))];
    if (lastUpdate === 'Failed') return [broken('functions', name, `its last update failed${why}`, deploy(stack))];
    return [];
  });
  return bad.length > 0 ? bad : [fine('functions', `Kintsugi-${env}-*`, `${seen.length} functions are ready`)];
};

const eventSources: Look = async ({ env, account }, found) => {
  const seen = await account.eventSources(found.map(({ name }) => name));
  const entry = found.find(({ name }) => name.endsWith('-Operations'))?.outputs['SignalsMappingId'];
  const bad = seen.flatMap(({ id, source, functionName, state, stack }) => {
    if (state === null) {
      return [
        broken(
          'event-sources',
          id,
          `is gone, though stack ${stack} has it`,
          `npx cdk deploy 'Kintsugi-${env}/*' --force`,
        ),
      ];
    }
    if (!state.startsWith('Disabl')) return [];
    const what = `is disabled: messages of ${source} wait and ${functionName} does not see them`;
    const enable = `aws lambda update-event-source-mapping --uuid ${id} --enabled`;
    return [broken('event-sources', id, what, id === entry ? `kintsugi resume --env ${env}` : enable)];
  });
  return bad.length > 0
    ? bad
    : [fine('event-sources', `Kintsugi-${env}-*`, `${seen.length} queues and streams are read`)];
};

/** Alarms must reach the queue, or nothing is ever noticed. */
const alarmTopic: Look = async ({ env, account }, found) => {
  const name = parameterName(env, 'alarm-topic-arn');
  const arn = await account.parameter(name);
  if (arn === null) {
    return [
      broken(
        'alarm-topic',
        name,
        'does not exist: apps cannot send their alarms',
        `npx cdk deploy 'Kintsugi-${env}/Events' --force`,
      ),
    ];
  }
  const queue = found.find((stack) => stack.name.endsWith('-Events'))?.outputs['SignalsQueueUrl'] ?? '';
  const queueName = queue.split('/').at(-1) ?? '';
  const all = await account.subscriptions(arn);
  if (
    all.some(
      ({ protocol, endpoint, isConfirmed }) => protocol === 'sqs' && isConfirmed && endpoint.endsWith(`:${queueName}`),
    )
  ) {
    return [fine('alarm-topic', arn, 'its alarms go into the signals queue')];
  }
  const queueArn = arn.replace(':sns:', ':sqs:').replace(/[^:]+$/, queueName);
  const subscribe = `aws sns subscribe --topic-arn ${arn} --protocol sqs --notification-endpoint ${queueArn} --attributes RawMessageDelivery=true`;
  return [broken('alarm-topic', arn, 'the signals queue is not subscribed: no alarm is noticed', subscribe)];
};

/** Nobody is told by a topic that nobody is subscribed to; on a laptop the terminal tells. */
const notifications: Look = async ({ account, local }, found) => {
  const arn = found.find((stack) => stack.name.endsWith('-Events'))?.outputs['NotificationTopicArn'];
  if (arn === undefined) return [skipped('notifications', 'the Events stack does not say which topic')];
  const all = await account.subscriptions(arn);
  const confirmed = all.filter(({ isConfirmed }) => isConfirmed);
  if (confirmed.length > 0) return [fine('notifications', arn, `reaches ${confirmed.length} subscriber(s)`)];
  const subscribe = `aws sns subscribe --topic-arn ${arn} --protocol email --notification-endpoint NAME@EXAMPLE.COM`;
  const pending = all[0];
  if (pending !== undefined) {
    return [
      doubtful(
        'notifications',
        arn,
        `${pending.endpoint} has not confirmed its subscription: nobody is told`,
        subscribe,
      ),
    ];
  }
  if (local !== null) return [fine('notifications', arn, 'has no subscriber, which a local cloud needs none of')];
  return [doubtful('notifications', arn, 'has no subscriber: nobody is told what happens', subscribe)];
};

const MINUTE = 60_000;

const heartbeat: Look = async ({ env, account, config, now }, found) => {
  const every = config.heartbeatMinutes;
  if (every === 0) return [skipped('heartbeat', 'this environment has no schedule for it')];
  const data = found.find((stack) => stack.name.endsWith('-Data'));
  const table = data?.outputs['AgentsTableName'];
  if (table === undefined) return [skipped('heartbeat', 'the Data stack does not say which table')];
  const beats = (await account.heartbeats(table)).flatMap((one) => (one === null ? [] : [one.getTime()]));
  const newest = Math.max(...beats);
  const limit = 2 * every * MINUTE + MINUTE;
  const deployed = Math.max(...found.map(({ changedAt }) => changedAt?.getTime() ?? 0));
  const fix = `aws lambda invoke --function-name $(aws cloudformation list-stack-resources --stack-name Kintsugi-${env}-Ingest --query "StackResourceSummaries[?starts_with(LogicalResourceId,'Heartbeat')&&ResourceType=='AWS::Lambda::Function'].PhysicalResourceId" --output text) /dev/stdout`;
  if (beats.length === 0 && now - deployed < limit) {
    return [fine('heartbeat', table, `the first is due within ${every} minutes of the deployment`)];
  }
  const runbook = '; runbook: lib/observability/runbooks/heartbeat-missing.md';
  if (beats.length === 0) return [broken('heartbeat', table, `no agent has ever sent one${runbook}`, fix)];
  const minutes = Math.round((now - newest) / MINUTE);
  if (now - newest > limit) {
    return [
      broken('heartbeat', table, `the newest is ${minutes} minutes old, one comes every ${every}${runbook}`, fix),
    ];
  }
  return [fine('heartbeat', table, `the newest is ${minutes} minutes old`)];
};

/** What the alarms on Kintsugi itself say: errors of its functions, messages that were given up, phases that failed. */
const ownAlarms: Look = async ({ env, account }) => {
  const stack = `Kintsugi-${env}-Operations`;
  const firing = await account.ownAlarms(stack);
  if (firing.length === 0) return [fine('alarms', stack, 'no alarm on Kintsugi itself is in ALARM')];
  return firing.map(({ name, description }) => {
    const [what = ''] = description.split('\n');
    const [, runbook] = /Runbook: (\S+)/.exec(description) ?? [];
    const look = runbook === undefined ? `aws cloudwatch describe-alarms --alarm-names ${name}` : `less ${runbook}`;
    return broken('alarms', name, what, look);
  });
};

const dashboard: Look = ({ env, local }, found) => {
  const url =
    local === null
      ? found.find(({ name }) => name === `Kintsugi-${env}-Web`)?.outputs['DashboardUrl']
      : local.dashboard;
  if (url !== undefined && url !== null) return [fine('dashboard', url, 'is the address of the dashboard')];
  const what = local === null ? 'has no dashboard: the stack Web is not deployed' : 'the dashboard is not served yet';
  const fix =
    local === null ? `npx cdk deploy 'Kintsugi-${env}/Web' 'Kintsugi-${env}/WebContent'` : 'kintsugi dashboard';
  return [doubtful('dashboard', `Kintsugi-${env}`, what, fix)];
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
