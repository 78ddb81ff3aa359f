import { ModeSchema } from '../../core/contracts/limits.ts';
import { parameterName } from '../../lib/config/parameters.ts';
import { broken, doubtful, fine, skipped } from './finding.ts';
import type { Look } from './surroundings.ts';

export const mode: Look = async ({ env, account }) => {
  const name = parameterName(env, 'mode');
  const value = await account.parameter(name);
  const put = 'kintsugi mode manual';
  if (value === null) return [broken('mode', name, 'does not exist, which means off: nothing is healed', put)];
  const parsed = ModeSchema.safeParse(value);
  if (!parsed.success) {
    const what = `holds '${value}', allowed are ${ModeSchema.options.join(', ')}: anything else means off`;
    return [broken('mode', name, what, put)];
  }
  if (parsed.data === 'off') {
    const what = 'is off, so nothing is healed: whoever stopped it had a reason';
    return [doubtful('mode', name, what, 'kintsugi resume --mode manual')];
  }
  return [fine('mode', name, `is ${parsed.data}`)];
};

/** Alarms must reach the queue, or nothing is ever noticed. */
export const alarmTopic: Look = async ({ env, account }, found) => {
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
export const notifications: Look = async ({ account, local }, found) => {
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

export const heartbeat: Look = async ({ env, account, config, now }, found) => {
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
export const ownAlarms: Look = async ({ env, account }, found) => {
  const stack = `Kintsugi-${env}-Operations`;
  if (!found.some(({ name }) => name === stack)) return [skipped('alarms', `${stack} is not deployed`)];
  // The heartbeat has a look of its own, which knows that the first is not due at once.
  const firing = (await account.ownAlarms(stack)).filter(
    ({ description }) => !/heartbeat-missing\.md/.test(description),
  );
  if (firing.length === 0) return [fine('alarms', stack, 'no alarm on Kintsugi itself is in ALARM')];
  return firing.map(({ name, description }) => {
    const [what = ''] = description.split('\n');
    const [, runbook] = /Runbook: (\S+)/.exec(description) ?? [];
    const look = runbook === undefined ? `aws cloudwatch describe-alarms --alarm-names ${name}` : `less ${runbook}`;
    return broken('alarms', name, what, look);
  });
};

export const dashboard: Look = ({ env, local }, found) => {
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
