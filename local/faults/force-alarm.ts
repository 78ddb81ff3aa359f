import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { CloudWatchClient, paginateDescribeAlarms, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { serviceNamespace } from '../shop/metrics.ts';

export type ForceAlarmOptions = { readonly endpoint?: string; readonly region: string };

/** Sets the first alarm on a service's own metrics to ALARM, as a person or a broken script could. */
export const alarmForcer =
  ({ endpoint, region }: ForceAlarmOptions) =>
  async (service: string): Promise<void> => {
    const client = new CloudWatchClient({ region, ...(endpoint === undefined ? {} : { endpoint }) });
    try {
      const own: MetricAlarm[] = [];
      for await (const { MetricAlarms = [] } of paginateDescribeAlarms({ client }, {})) {
        own.push(...MetricAlarms.filter(({ Namespace }) => Namespace === serviceNamespace(service)));
      }
      const alarm = own.find(({ MetricName }) => MetricName === 'ErrorRate') ?? own[0];
      if (alarm?.AlarmName === undefined)
        throw new Error(`No alarm watches ${serviceNamespace(service)}: deploy the environment before forcing one.`);
      await client.send(
        new SetAlarmStateCommand({
          AlarmName: alarm.AlarmName,
          StateValue: 'ALARM',
          StateReason: 'Set by hand: there is no fault behind it.',
        }),
      );
    } finally {
      client.destroy();
    }
  };
