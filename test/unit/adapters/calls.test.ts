import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { XRayClient } from '@aws-sdk/client-xray';
import type { Workload } from '../../../core/contracts/workload.ts';
import { after, minutes } from '../../../core/shared/units.ts';
import { cloudWatchCalls } from '../../../lambdas/adapters/cloudwatch-calls.ts';
import { xrayCalls } from '../../../lambdas/adapters/xray-calls.ts';
import { aService, at } from '../../support/builders.ts';
import { type Answer, type AwsEndpoint, type Call, startAwsEndpoint } from './aws-endpoint.ts';

let endpoint: AwsEndpoint;
afterEach(() => endpoint.close());

const WINDOW = { from: at(0), to: after(at(0), minutes(6)) };
const web = aService('web', {
  detection: {
    anomalies: [],
    forecasts: null,
    calls: {
      traced: true,
      observed: {
        namespace: 'Shop',
        metricName: 'Calls',
        dimensions: { Caller: 'web' },
        calleeDimension: 'Callee',
      },
    },
  },
});
const registry: readonly Workload[] = [web, aService('payments', { serviceName: 'pay' })];

const answering = async (answer: (call: Call, index: number) => Answer) => (endpoint = await startAwsEndpoint(answer));

describe('calls in X-Ray', () => {
  const service = (ReferenceId: number, Name: string, ...callees: readonly number[]) => ({
    ReferenceId,
    Name,
    Edges: callees.map((callee) => ({ ReferenceId: callee, SummaryStatistics: { TotalCount: 7 } })),
  });

  test('are read from all pages of the service graph', async () => {
    await answering((_, index) => ({
      body: index === 0 ? { Services: [service(0, 'web', 1)], NextToken: 'more' } : { Services: [service(1, 'pay')] },
    }));
    const calls = await xrayCalls(new XRayClient(endpoint.settings)).read([web], registry, WINDOW);
    expect(calls).toEqual([{ caller: 'web', callee: 'payments', source: 'traced', requests: 7 }]);
    expect(endpoint.calls.map(({ body }) => (JSON.parse(body) as { NextToken?: string }).NextToken)).toEqual([
      undefined,
      'more',
    ]);
  });

  test('of workloads that did not ask are left out', async () => {
    await answering(() => ({ body: { Services: [service(0, 'pay', 1), service(1, 'web')] } }));
    expect(await xrayCalls(new XRayClient(endpoint.settings)).read([web], registry, WINDOW)).toEqual([]);
  });

  test('that cannot be read are an error with a name', async () => {
    await answering(() => ({ status: 500, body: {} }));
    const reading = xrayCalls(new XRayClient(endpoint.settings)).read([web], registry, WINDOW);
    await expect(reading).rejects.toThrow('xray:GetServiceGraph failed on the side of AWS');
  });
});

describe('calls that a workload counts', () => {
  const metric = (dimensions: Readonly<Record<string, string>>) => ({
    Namespace: 'Shop',
    MetricName: 'Calls',
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
  });

  test('are the sum of each series that names one callee and no more', async () => {
    await answering(() => ({
      body: {
        Metrics: [
          metric({ Caller: 'web', Callee: 'pay' }),
          metric({ Caller: 'web', Callee: 'bank' }),
          metric({ Caller: 'web', Callee: 'pay', Zone: 'a' }),
        ],
      },
    }));
    const asked: unknown[] = [];
    const source = cloudWatchCalls(new CloudWatchClient(endpoint.settings), {
      readEach: async (refs, window) => {
        asked.push(...refs.map(({ dimensions, stat }) => ({ ...dimensions, stat })), window.periodSeconds);
        return refs.map(() => [5, 6].map((value) => ({ at: at(0), value })));
      },
    });
    expect(await source.read([web], registry, WINDOW)).toEqual([
      { caller: 'web', callee: 'payments', source: 'observed', requests: 11 },
    ]);
    expect(asked).toEqual([
      { Caller: 'web', Callee: 'pay', stat: 'Sum' },
      { Caller: 'web', Callee: 'bank', stat: 'Sum' },
      360,
    ]);
  });
});
