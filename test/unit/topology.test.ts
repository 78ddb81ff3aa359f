import fc from 'fast-check';
import type { SeenCall } from '../../core/contracts/workload.ts';
import { topologyOf } from '../../core/api/topology.ts';
import { after, durationMs, hours, minutes, seconds, toIso } from '../../core/shared/units.ts';
import { isNews, rememberCalls } from '../../core/topology/seen-calls.ts';
import type { TraceNode } from '../../core/topology/trace-graph.ts';
import { callsIn, resolverOf } from '../../core/topology/trace-graph.ts';
import { learnCalls } from '../../lambdas/detector/calls.ts';
import { aService, at } from '../support/builders.ts';

const NOW = at(0);
const windowAt = (to = NOW) => ({ from: after(to, durationMs(-minutes(5))), to });
const seen = (changes: Partial<SeenCall> = {}): SeenCall => ({
  callee: 'payments',
  source: 'observed',
  requestsPerMinute: 10,
  lastSeen: toIso(NOW),
  ...changes,
});
const counted = (requests: number) => [{ callee: 'payments', source: 'observed' as const, requests }];

describe('calls that were seen', () => {
  test('the first look counts whole', () => {
    expect(rememberCalls([], counted(100), windowAt())).toEqual([seen({ requestsPerMinute: 20 })]);
  });

  test('after a half-life the old rate weighs as much as the new', () => {
    const later = after(NOW, minutes(15));
    expect(rememberCalls([seen()], counted(150), windowAt(later))).toEqual([
      seen({ requestsPerMinute: 20, lastSeen: toIso(later) }),
    ]);
  });

  test('what is not seen stays as it was, and is forgotten after eight days', () => {
    expect(rememberCalls([seen()], [], windowAt(after(NOW, hours(8 * 24))))).toEqual([seen()]);
    expect(rememberCalls([seen()], [], windowAt(after(NOW, hours(8 * 24 + 1))))).toEqual([]);
  });

  test('a rate is never below the lowest nor above the highest that was seen', () => {
    const looks = fc.array(fc.record({ requests: fc.integer({ min: 1, max: 1_000 }), pause: fc.nat({ max: 120 }) }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(looks, (all) => {
        let [calls, time]: [readonly SeenCall[], typeof NOW] = [[], NOW];
        for (const { requests, pause } of all) {
          time = after(time, minutes(pause));
          calls = rememberCalls(calls, counted(requests), windowAt(time));
        }
        const rates = all.map(({ requests }) => requests / 5);
        expect(calls[0]?.requestsPerMinute).toBeGreaterThanOrEqual(Math.min(...rates) - 0.001);
        expect(calls[0]?.requestsPerMinute).toBeLessThanOrEqual(Math.max(...rates) + 0.001);
      }),
    );
  });

  test('are stored when an edge comes or goes, or was last seen ten minutes ago, and not for a rate', () => {
    expect(isNews([], [seen()])).toBe(true);
    expect(isNews([seen()], [])).toBe(true);
    expect(isNews([seen()], [seen({ requestsPerMinute: 99, lastSeen: toIso(after(NOW, minutes(10))) })])).toBe(false);
    expect(isNews([seen()], [seen({ lastSeen: toIso(after(NOW, seconds(601))) })])).toBe(true);
  });
});

describe('a service graph of traces', () => {
  const node = (id: number, name: string, type: string, ...to: readonly number[]): TraceNode => ({
    id,
    names: [name],
    type,
    calls: to.map((callee) => ({ to: callee, requests: 10 * callee })),
  });
  const resolve = resolverOf([
    aService('web'),
    aService('orders', { serviceName: 'order-service' }),
    aService('payments'),
  ]);
  const pairs = (graph: readonly TraceNode[]) =>
    callsIn(graph, resolve).map(({ caller, callee, requests }) => [caller, callee, requests]);

  test('names callees by id or by service, and tells how often', () => {
    expect(pairs([node(0, 'web', '', 1), node(1, 'order-service', '', 2), node(2, 'payments', '')])).toEqual([
      ['web', 'orders', 10],
      ['orders', 'payments', 20],
    ]);
  });

  test('passes through what is no workload, with the fewest requests on the way', () => {
    const api = [node(0, 'web', '', 3), node(3, 'api.example.com', 'remote', 2), node(2, 'payments', '')];
    expect(pairs(api)).toEqual([['web', 'payments', 20]]);
  });

  test('does not pass through a topic: who publishes does not wait', () => {
    const topic = [node(0, 'web', '', 1), node(1, 'news', 'AWS::SNS', 2), node(2, 'payments', '')];
    expect(pairs(topic)).toEqual([]);
  });

  test('a function that is drawn twice does not call itself, and cycles of strangers end', () => {
    expect(pairs([node(0, 'web', 'AWS::Lambda', 1), node(1, 'web', 'AWS::Lambda::Function')])).toEqual([]);
    expect(pairs([node(0, 'web', '', 1), node(1, 'a', '', 2), node(2, 'b', '', 1)])).toEqual([]);
  });

  test('a name that two workloads have is nobody', () => {
    const ambiguous = resolverOf([aService('a', { serviceName: 'same' }), aService('b', { serviceName: 'same' })]);
    expect([ambiguous('same'), ambiguous('a'), ambiguous('c')]).toEqual([null, 'a', null]);
  });
});

describe('a look at calls', () => {
  const calls = { traced: true, observed: null };
  const web = aService('web', { detection: { anomalies: [], forecasts: null, calls } });
  const look = async (source: () => Promise<readonly { readonly requests: number }[]>) => {
    const stored = new Map<string, readonly SeenCall[]>();
    const result = await learnCalls([web, aService('orders')], NOW, {
      registry: async () => [web, aService('orders')],
      traced: {
        read: async () =>
          (await source()).map(({ requests }) => ({ caller: 'web', callee: 'orders', source: 'traced', requests })),
      },
      observed: {
        read: async () => {
          throw new Error('nobody counts calls');
        },
      },
      store: { save: async (workloadId, own) => void stored.set(workloadId, own) },
    });
    return { ...result, stored: [...stored] };
  };

  test('stores what was seen with the caller that asked, and asks no other source', async () => {
    const { stored, notSeen } = await look(async () => [{ requests: 60 }]);
    expect(stored).toEqual([['web', [seen({ callee: 'orders', source: 'traced' })]]]);
    expect(notSeen).toEqual([]);
  });

  test('learns and forgets nothing from a source that cannot be read', async () => {
    const { stored, notSeen } = await look(async () => {
      throw new Error('throttled');
    });
    expect(stored).toEqual([]);
    expect(notSeen).toEqual(['traces: Error: throttled']);
  });
});

test('the topology tells declared dependencies from seen ones', () => {
  const workload = aService('web', { dependsOn: ['orders', 'mail'], seenCalls: [seen(), seen({ callee: 'orders' })] });
  const { edges } = topologyOf([
    { workload, condition: 'well', openIncidentId: null },
    { workload: aService('payments'), condition: 'well', openIncidentId: null },
  ]);
  const how = { source: 'observed', requestsPerMinute: 10, lastSeen: toIso(NOW) };
  expect(edges).toEqual([
    { from: 'web', to: 'orders', registered: false, declared: true, seen: [how] },
    { from: 'web', to: 'mail', registered: false, declared: true, seen: [] },
    { from: 'web', to: 'payments', registered: true, declared: false, seen: [how] },
  ]);
});
