import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { AwsQueryProtocol } from '@aws-sdk/core/protocols';
import type { MetricRef } from '../../../core/contracts/workload.ts';
import { DependencyUnavailableError, InvalidInputError } from '../../../core/shared/errors.ts';
import { epochMs } from '../../../core/shared/units.ts';
import { cloudWatchAlarms } from '../../../lambdas/adapters/cloudwatch-alarms.ts';
import { cloudWatchMetrics } from '../../../lambdas/adapters/cloudwatch-metrics.ts';
import { startAwsEndpoint, type Answer, type Call } from './aws-endpoint.ts';

const at = (minute: number): string => `2026-11-21T06:0${minute}:00Z`;
const ref = (metricName: string): MetricRef => ({
  namespace: 'Shop/checkout',
  metricName,
  dimensions: { ServiceName: 'checkout', Region: 'here' },
  stat: 'p95',
});
const window = { from: epochMs(Date.parse(at(0))), to: epochMs(Date.parse(at(9))), periodSeconds: 60 };

const members = (items: readonly (string | number)[]): string =>
  items.map((item) => `<member>${item}</member>`).join('');
const metricPage = (results: readonly string[], nextToken = ''): Answer => ({
  body: `<GetMetricDataResponse><GetMetricDataResult><MetricDataResults>${members(results)}</MetricDataResults>${nextToken === '' ? '' : `<NextToken>${nextToken}</NextToken>`}</GetMetricDataResult></GetMetricDataResponse>`,
});
const result = (id: string, points: readonly (readonly [number, number])[], status = 'Complete'): string =>
  `<Id>${id}</Id><Label>ErrorRate</Label><StatusCode>${status}</StatusCode><Timestamps>${members(points.map(([minute]) => at(minute)))}</Timestamps><Values>${members(points.map(([, value]) => value))}</Values>`;

const withCloudWatch = async <T>(
  answer: (call: Call, index: number) => Answer,
  use: (client: CloudWatchClient, calls: readonly Call[]) => Promise<T>,
): Promise<T> => {
  const endpoint = await startAwsEndpoint(answer);
  const client = new CloudWatchClient({ ...endpoint.settings, protocol: AwsQueryProtocol });
  try {
    return await use(client, endpoint.calls);
  } finally {
    client.destroy();
    await endpoint.close();
  }
};

describe('metrics', () => {
  const metrics = { errorRate: ref('ErrorRate'), latencyP95: ref('LatencyP95') };

  test('one request asks for every role with all of its dimensions', async () => {
    await withCloudWatch(
      () => metricPage([]),
      async (client, calls) => {
        const series = await cloudWatchMetrics(client).read(metrics, window);
        expect(series).toEqual({ errorRate: [], latencyP95: [] });
        expect(calls).toHaveLength(1);
        const query = Object.fromEntries(new URLSearchParams(calls[0]?.body));
        expect(query).toMatchObject({
          'MetricDataQueries.member.1.MetricStat.Metric.MetricName': 'ErrorRate',
          'MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.2.Name': 'Region',
          'MetricDataQueries.member.2.MetricStat.Metric.MetricName': 'LatencyP95',
          'MetricDataQueries.member.2.MetricStat.Stat': 'p95',
          'MetricDataQueries.member.2.MetricStat.Period': '60',
        });
      },
    );
  });

  test('pages are joined and sorted, oldest first', async () => {
    await withCloudWatch(
      (_, index) =>
        index === 0
          ? metricPage(
              [
                result(
                  'm0',
                  [
                    [3, 30],
                    [2, 20],
                  ],
                  'PartialData',
                ),
                result('m1', [[2, 7]]),
              ],
              'more',
            )
          : metricPage([result('m0', [[1, 10]])]),
      async (client, calls) => {
        const series = await cloudWatchMetrics(client).read(metrics, window);
        expect(series.errorRate?.map(({ value }) => value)).toEqual([10, 20, 30]);
        expect(series.latencyP95).toEqual([{ at: Date.parse(at(2)), value: 7 }]);
        expect(new URLSearchParams(calls[1]?.body).get('NextToken')).toBe('more');
      },
    );
  });

  test("what is measured in another unit is read in the role's", async () => {
    await withCloudWatch(
      () => metricPage([result('m0', [[1, 7]]), result('m1', [[1, 0.25]])]),
      async (client) => {
        const inSeconds = { ...metrics, latencyP95: { ...ref('TargetResponseTime'), scale: 1_000 } };
        const series = await cloudWatchMetrics(client).read(inSeconds, window);
        expect(series.errorRate?.map(({ value }) => value)).toEqual([7]);
        expect(series.latencyP95?.map(({ value }) => value)).toEqual([250]);
      },
    );
  });

  test.each(['InternalError', 'Forbidden'])(
    'a metric that CloudWatch answers with %s is an error, not a quiet metric',
    async (status) => {
      await withCloudWatch(
        () => metricPage([result('m0', [], status)]),
        (client) =>
          expect(cloudWatchMetrics(client).read(metrics, window)).rejects.toBeInstanceOf(DependencyUnavailableError),
      );
    },
  );

  test('a workload without metrics asks for nothing', async () => {
    await withCloudWatch(
      () => metricPage([]),
      async (client, calls) => {
        expect(await cloudWatchMetrics(client).read({}, window)).toEqual({});
        expect(calls).toEqual([]);
      },
    );
  });
});

describe('alarms', () => {
  const alarm = (name: string): string =>
    `<AlarmName>${name}</AlarmName><StateValue>ALARM</StateValue><StateTransitionedTimestamp>${at(1)}</StateTransitionedTimestamp>`;
  const answer = (names: readonly string[]): Answer => ({
    body: `<DescribeAlarmsResponse><DescribeAlarmsResult><MetricAlarms>${members(names.map(alarm))}</MetricAlarms></DescribeAlarmsResult></DescribeAlarmsResponse>`,
  });
  const asked = ({ body }: Call): string[] =>
    [...new URLSearchParams(body)].flatMap(([key, value]) => (key.startsWith('AlarmNames') ? [value] : []));
  const refs = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ alarmName: `alarm-${index}`, role: 'errorRate' as const }));

  test('are read by name, a hundred per request, in the order asked', async () => {
    await withCloudWatch(
      (call) => answer(asked(call).reverse()),
      async (client, calls) => {
        const states = await cloudWatchAlarms(client).states(refs(101));
        expect(calls.map((call) => asked(call).length)).toEqual([100, 1]);
        expect(states.map(({ alarmName }) => alarmName)).toEqual(refs(101).map(({ alarmName }) => alarmName));
        expect(states[0]).toEqual({
          alarmName: 'alarm-0',
          role: 'errorRate',
          state: 'ALARM',
          since: '2026-11-21T06:01:00.000Z',
        });
      },
    );
  });

  test('one that does not exist is an error that names it, unless it may be left out', async () => {
    await withCloudWatch(
      (call) => answer(asked(call).slice(1)),
      async (client) => {
        const states = cloudWatchAlarms(client).states(refs(2));
        await expect(states).rejects.toBeInstanceOf(InvalidInputError);
        await expect(states).rejects.toThrow(/no alarm alarm-0:/);
        const known = await cloudWatchAlarms(client).states(refs(2), 'omit');
        expect(known.map(({ alarmName }) => alarmName)).toEqual(['alarm-1']);
      },
    );
  });

  test('none to read asks for nothing', async () => {
    await withCloudWatch(
      () => answer([]),
      async (client, calls) => {
        expect(await cloudWatchAlarms(client).states([])).toEqual([]);
        expect(calls).toEqual([]);
      },
    );
  });
});
