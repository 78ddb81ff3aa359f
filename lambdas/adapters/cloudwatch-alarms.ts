import { DescribeAlarmsCommand, type CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import * as z from 'zod';
import type { AlarmState } from '../../core/contracts/evidence.ts';
import { noSuchAlarm } from '../../core/evidence/missing-alarms.ts';
import { InvalidInputError } from '../../core/shared/errors.ts';
import type { AlarmSource } from '../../core/shared/ports.ts';
import { calling } from './sdk-errors.ts';

/** Most names in one DescribeAlarms request. */
const MAX_NAMES = 100;

const StateSchema = z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']);

/**
 * Reads alarms by name.
 *
 * An alarm that AWS does not know is an error, not a quiet alarm: somebody deleted it, and the caller must report that it
 * is blind there. Who can do without it asks for it to be left out, and can tell that it is.
 */
export const cloudWatchAlarms = (client: CloudWatchClient): AlarmSource => ({
  states: async (alarms, missing) => {
    const found = new Map<string, Pick<AlarmState, 'state' | 'since'>>();
    for (let start = 0; start < alarms.length; start += MAX_NAMES) {
      const command = new DescribeAlarmsCommand({
        AlarmNames: alarms.slice(start, start + MAX_NAMES).map(({ alarmName }) => alarmName),
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
        MaxRecords: MAX_NAMES,
      });
      const answer = await calling('cloudwatch:DescribeAlarms', () => client.send(command));
      for (const alarm of [...(answer.MetricAlarms ?? []), ...(answer.CompositeAlarms ?? [])]) {
        const since = alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp;
        const state = StateSchema.safeParse(alarm.StateValue);
        if (alarm.AlarmName === undefined || !state.success) continue;
        found.set(alarm.AlarmName, { state: state.data, since: since?.toISOString() ?? null });
      }
    }
    const unknown = alarms.filter(({ alarmName }) => !found.has(alarmName));
    if (unknown.length > 0 && missing !== 'omit') {
      throw new InvalidInputError(noSuchAlarm(unknown.map(({ alarmName }) => alarmName)));
    }
    return alarms.flatMap(({ alarmName, role }) => {
      const alarm = found.get(alarmName);
      return alarm === undefined ? [] : [{ alarmName, role, ...alarm }];
    });
  },
});

/**
 * Names of the alarms that fire now.
 *
 * @param prefix - of the names of an environment's alarms
 */
export const firingAlarms = async (client: CloudWatchClient, prefix: string): Promise<ReadonlySet<string>> => {
  const names = new Set<string>();
  let next: string | undefined;
  do {
    const command = new DescribeAlarmsCommand({
      AlarmNamePrefix: prefix,
      StateValue: 'ALARM',
      ...(next === undefined ? {} : { NextToken: next }),
    });
    const { MetricAlarms = [], NextToken } = await calling('cloudwatch:DescribeAlarms', () => client.send(command));
    for (const { AlarmName } of MetricAlarms) if (AlarmName !== undefined) names.add(AlarmName);
    next = NextToken;
  } while (next !== undefined);
  return names;
};
