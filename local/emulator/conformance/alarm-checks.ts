import {
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
  type CloudWatchClient,
} from '@aws-sdk/client-cloudwatch';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Check } from './check.ts';
import { eventually, type Lab } from './lab.ts';
import type { LabOutput } from './template.ts';

interface AlarmMessage {
  readonly AlarmName: string;
  readonly AlarmArn: string;
  readonly NewStateValue: string;
  readonly StateChangeTime: string;
  readonly Trigger: object;
}

const alarmMessageOf = (body: string): AlarmMessage =>
  JSON.parse((JSON.parse(body) as { readonly Message: string }).Message) as AlarmMessage;

/** Waits for the notification that an alarm went to a state. */
const notified = async (lab: Lab, alarm: LabOutput, state: string): Promise<AlarmMessage> => {
  const isWanted = (body: string): boolean => {
    if (!body.includes('AlarmName')) return false; // another check's message on the same topic
    const message = alarmMessageOf(body);
    return message.AlarmName === lab.name(alarm) && message.NewStateValue === state;
  };
  return alarmMessageOf(await lab.receive('AlarmInbox', isWanted));
};

const stateOf = async (lab: Lab, alarm: LabOutput): Promise<string | undefined> => {
  const { MetricAlarms } = await lab.clients.cloudWatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [lab.name(alarm)] }),
  );
  return MetricAlarms?.[0]?.StateValue;
};

const putMetric = (lab: Lab, metric: string, service: string, value: number) =>
  lab.clients.cloudWatch.send(
    new PutMetricDataCommand({
      Namespace: lab.namespace,
      MetricData: [
        { MetricName: metric, Value: value, StorageResolution: 1, Dimensions: [{ Name: 'Service', Value: service }] },
      ],
    }),
  );

/** One period of the lab's alarms and a little more. */
const ONE_PERIOD_MS = 10_500;

const setAlarmState: Check = {
  behaviour: 'SetAlarmState sends the alarm message to SNS',
  neededBy: 'ingest, tests',
  run: async (lab) => {
    await lab.clients.cloudWatch.send(
      new SetAlarmStateCommand({ AlarmName: lab.name('SetAlarm'), StateValue: 'ALARM', StateReason: 'conformance' }),
    );
    const message = await notified(lab, 'SetAlarm', 'ALARM');
    assert.ok(message.AlarmArn.endsWith(lab.name('SetAlarm')));
    assert.ok(Number.isFinite(Date.parse(message.StateChangeTime)), `StateChangeTime ${message.StateChangeTime}`);
    assert.equal(typeof message.Trigger, 'object');
  },
};

const alarmByData: Check = {
  behaviour: 'An alarm follows its metric to ALARM and back to OK',
  neededBy: 'ingest, Observe',
  run: async (lab) => {
    await putMetric(lab, 'Data', 'data', 50);
    await notified(lab, 'DataAlarm', 'ALARM');
    await sleep(ONE_PERIOD_MS); // until the breaching value has left the window
    await putMetric(lab, 'Data', 'data', 1);
    await notified(lab, 'DataAlarm', 'OK');
  },
};

const alarmDimensions: Check = {
  behaviour: "An alarm ignores another dimension's data",
  neededBy: 'product alarms',
  run: async (lab) => {
    await putMetric(lab, 'Dimension', 'loud', 50);
    await sleep(2_000);
    assert.notEqual(await stateOf(lab, 'DimensionAlarm'), 'ALARM');
  },
};

const alarmWindow: Check = {
  behaviour: 'One breaching point of three needed does not raise an alarm',
  neededBy: 'product alarms (M of N)',
  run: async (lab) => {
    await putMetric(lab, 'Window', 'window', 50);
    await sleep(2_000);
    assert.notEqual(await stateOf(lab, 'WindowAlarm'), 'ALARM');
  },
};

const alarmMissingData: Check = {
  behaviour: 'An alarm whose data stops goes by treatMissingData, without anyone writing',
  neededBy: 'product alarms (missing data)',
  run: async (lab) => {
    await putMetric(lab, 'Silent', 'silent', 50);
    await notified(lab, 'SilentAlarm', 'ALARM');
    await eventually('The way back to OK of an alarm whose data stopped', async () =>
      (await stateOf(lab, 'SilentAlarm')) === 'OK' ? true : undefined,
    );
  },
};

/** Writes two values and reads their maximum by name, dimension and period. */
const readMetric = async (lab: Lab, reader: CloudWatchClient, metric: string): Promise<void> => {
  await putMetric(lab, metric, 'read', 3);
  await putMetric(lab, metric, 'read', 7);
  await putMetric(lab, metric, 'other', 99);
  const now = Date.now();
  const values = await eventually('The metric', async () => {
    const { MetricDataResults } = await reader.send(
      new GetMetricDataCommand({
        StartTime: new Date(now - 120_000),
        EndTime: new Date(now + 60_000),
        MetricDataQueries: [
          {
            Id: 'peak',
            MetricStat: {
              Metric: {
                Namespace: lab.namespace,
                MetricName: metric,
                Dimensions: [{ Name: 'Service', Value: 'read' }],
              },
              Period: 60,
              Stat: 'Maximum',
            },
          },
        ],
      }),
    );
    const result = MetricDataResults?.[0];
    return result?.Values?.length === 0 ? undefined : result;
  });
  assert.equal(Math.max(...(values.Values ?? [])), 7);
  assert.ok(values.Timestamps?.every((time) => time instanceof Date && Number.isFinite(time.getTime())));
};

const queryProtocol: Check = {
  behaviour: 'GetMetricData with the query protocol reads one dimension',
  neededBy: 'Sense, Observe',
  run: (lab) => readMetric(lab, lab.clients.cloudWatchQuery, 'ReadByQuery'),
};

const defaultProtocol: Check = {
  behaviour: "GetMetricData with the SDK's default protocol",
  neededBy: 'dashboards, tests',
  run: (lab) => readMetric(lab, lab.clients.cloudWatch, 'ReadByDefault'),
};

export const alarmChecks: readonly Check[] = [
  setAlarmState,
  alarmByData,
  alarmDimensions,
  alarmWindow,
  alarmMissingData,
  queryProtocol,
  defaultProtocol,
];
