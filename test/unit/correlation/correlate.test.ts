import { describe, expect, test } from '@jest/globals';
import { correlate } from '../../../core/correlation/correlate.ts';
import {
  DEFAULT_LIMITS,
  type CorrelateInput,
  type CorrelationDecision,
  type DependencyGraph,
  type OpenIncident,
  type Signal,
} from '../../../core/correlation/shapes.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** web calls payments and recommendations, both of which call the database; cart stands alone. */
const shop: DependencyGraph = {
  nodes: ['web', 'payments', 'recommendations', 'database', 'cart'],
  edges: [
    ['web', 'payments'],
    ['web', 'recommendations'],
    ['payments', 'database'],
    ['recommendations', 'database'],
  ],
};

let nextId = 0;
const signal = (workloadId: string, over: Partial<Signal> = {}): Signal => {
  nextId += 1;
  return { signalId: `s-${nextId}`, workloadId, kind: 'alarm', severity: 70, at: NOW - MINUTE, ...over };
};

const run = (over: Partial<CorrelateInput>): CorrelationDecision[] =>
  correlate({ signals: [], openIncidents: [], topology: shop, now: NOW, limits: DEFAULT_LIMITS, ...over });

const opened = (decisions: readonly CorrelationDecision[]) => decisions.filter((one) => one.action === 'open');
const roots = (decisions: readonly CorrelationDecision[]): string[] =>
  opened(decisions)
    .map((one) => one.rootWorkloadId)
    .sort();
const actions = (decisions: readonly CorrelationDecision[]): string[] => decisions.map(({ action }) => action);

const incident = (rootWorkloadId: string, over: Partial<OpenIncident> = {}): OpenIncident => ({
  incidentId: `inc-${rootWorkloadId}`,
  rootWorkloadId,
  members: [rootWorkloadId],
  openedAt: NOW - 2 * MINUTE,
  lastSignalAt: NOW - MINUTE,
  peakSeverity: 70,
  ...over,
});

describe('one cause, one incident', () => {
  test('opens on the deepest dependency in trouble and attaches its callers', () => {
    const decisions = run({ signals: [signal('web'), signal('payments'), signal('database')] });
    expect(roots(decisions)).toEqual(['database']);
    expect(actions(decisions).sort()).toEqual(['attach', 'attach', 'open']);
    expect(opened(decisions)[0]?.members).toEqual(['database', 'payments', 'web']);
  });

  test('sees through a workload without an alarm', () => {
    expect(roots(run({ signals: [signal('web'), signal('database')] }))).toEqual(['database']);
  });

  test('opens two for two independent causes, and attaches the common caller to one of them', () => {
    const decisions = run({ signals: [signal('web'), signal('payments'), signal('recommendations')] });
    expect(roots(decisions)).toEqual(['payments', 'recommendations']);
    expect(decisions.filter(({ action }) => action === 'attach')).toHaveLength(1);
  });

  test('opens on what the diagnosis accuses, though it raised no alarm', () => {
    const decisions = run({
      signals: [signal('payments'), signal('recommendations')],
      diagnoses: [
        { workloadId: 'payments', rootWorkloadId: 'database' },
        { workloadId: 'recommendations', rootWorkloadId: 'database' },
      ],
    });
    expect(roots(decisions)).toEqual(['database']);
    expect(decisions[0]?.reason).toContain('diagnosis');
  });

  test('joins what one deployment changed', () => {
    const deployment = { deploymentId: 'd-1', at: NOW - 3 * MINUTE };
    const signals = [signal('payments'), signal('cart')];
    expect(roots(run({ signals }))).toHaveLength(2);
    const deployments = ['payments', 'cart'].map((workloadId) => ({ ...deployment, workloadId }));
    expect(opened(run({ signals, deployments }))).toHaveLength(1);
  });

  test('names a silent dependency when all its callers fail alike, and not while one of them is well', () => {
    const callers = ['a', 'b', 'c'];
    const topology: DependencyGraph = {
      nodes: [...callers, 'store'],
      edges: callers.map((caller) => [caller, 'store']),
    };
    const signals = callers.map((caller) => signal(caller, { fingerprint: 'timeout' }));
    expect(roots(run({ topology, signals }))).toEqual(['store']);
    expect(roots(run({ topology, signals: signals.slice(1) }))).toEqual(['b', 'c']);
    const differently = callers.map((caller) => signal(caller, { fingerprint: caller }));
    expect(roots(run({ topology, signals: differently }))).toEqual(callers);
  });

  describe('of a silent dependency with three callers', () => {
    const callers = ['a', 'b', 'c'];
    const topology: DependencyGraph = {
      nodes: [...callers, 'store'],
      edges: callers.map((caller) => [caller, 'store']),
    };
    const failing = (workloadId: string, minutesAgo: number) =>
      signal(workloadId, {
        fingerprint: 'timeout',
        severity: workloadId === 'a' ? 80 : 70,
        at: NOW - minutesAgo * MINUTE,
      });
    const window = DEFAULT_LIMITS.windowMs / MINUTE;

    test('two bursts of one caller are one caller', () => {
      const signals = [failing('a', window - 1), failing('b', 2 * window - 1.5), failing('b', 0.5)];
      expect(roots(run({ topology, signals }))).not.toContain('store');
      expect(roots(run({ topology, signals: [...signals, failing('c', 0.5)] }))).toContain('store');
    });

    test('all of them failed together, not each within a window of the first', () => {
      const apart = [failing('a', window), failing('b', 0.5), failing('c', 2 * window - 0.5)];
      expect(roots(run({ topology, signals: apart }))).not.toContain('store');
      const together = [failing('a', window), failing('b', 0.5), failing('c', window)];
      expect(roots(run({ topology, signals: together }))).toEqual(['store']);
    });
  });

  test('does not join what is farther apart in time than the window', () => {
    const signals = [signal('web', { at: NOW - 10 * MINUTE }), signal('database', { at: NOW - MINUTE })];
    expect(roots(run({ signals }))).toEqual(['database', 'web']);
  });

  test('chooses one root in a cycle, the more severe', () => {
    const topology: DependencyGraph = { nodes: ['a', 'b'], edges: [['a', 'b'], ['b', 'a']] }; // prettier-ignore
    expect(roots(run({ topology, signals: [signal('a', { severity: 50 }), signal('b', { severity: 80 })] }))).toEqual([
      'b',
    ]);
  });
});

describe('with incidents already open', () => {
  test('attaches an echo of a member however late it comes', () => {
    const open = incident('payments', { members: ['payments', 'web'], lastSignalAt: NOW - 10 * MINUTE });
    const [decision] = run({ signals: [signal('web', { at: NOW })], openIncidents: [open] });
    expect(decision).toMatchObject({ action: 'attach', incidentRef: 'inc-payments', rootWorkloadId: 'payments' });
  });

  test('moves the root when a dependency alarms later, and absorbs the incidents that it explains', () => {
    const openIncidents = [incident('payments'), incident('recommendations', { openedAt: NOW - 3 * MINUTE })];
    const [decision] = run({ signals: [signal('database')], openIncidents });
    expect(decision).toMatchObject({
      action: 'attach',
      incidentRef: 'inc-recommendations',
      rootWorkloadId: 'database',
      absorbs: ['inc-payments'],
    });
  });

  describe('and a forecast of the caller', () => {
    const foretold = () => incident('payments', { foretold: true });
    const odd = () => signal('database', { kind: 'anomaly', severity: 60 });

    test('what is merely odd below joins it and leaves its root', () => {
      const [joined] = run({ signals: [odd()], openIncidents: [foretold()] });
      expect(joined).toMatchObject({ action: 'attach', incidentRef: 'inc-payments', rootWorkloadId: 'payments' });
      expect(roots(run({ signals: [signal('payments', { kind: 'forecast' }), odd()] }))).toEqual(['payments']);
    });

    test('what hurts below, or was just changed, takes the root', () => {
      const [moved] = run({ signals: [signal('database')], openIncidents: [foretold()] });
      expect(moved).toMatchObject({ action: 'attach', rootWorkloadId: 'database' });
      const deployments = [{ deploymentId: 'd-1', workloadId: 'database', at: NOW - 3 * MINUTE }];
      const signals = [signal('payments', { kind: 'forecast' }), odd()];
      expect(roots(run({ signals, deployments }))).toEqual(['database']);
    });

    test('once it hurts itself, what is odd below explains it', () => {
      const signals = [signal('payments'), odd()];
      const [, moved] = run({ signals, openIncidents: [foretold()] });
      expect(moved).toMatchObject({ action: 'attach', rootWorkloadId: 'database' });
    });

    test('that comes when it hurts already changes nothing: what is odd below explains it', () => {
      const signals = [signal('payments', { kind: 'forecast' }), odd()];
      const [, moved] = run({ signals, openIncidents: [incident('payments')] });
      expect(moved).toMatchObject({ action: 'attach', rootWorkloadId: 'database' });
    });
  });

  test('opens a second incident for a workload that the first does not explain', () => {
    expect(roots(run({ signals: [signal('recommendations')], openIncidents: [incident('payments')] }))).toEqual([
      'recommendations',
    ]);
  });

  test('says when a signal is worse than what the incident knew, and only then', () => {
    const openIncidents = [incident('payments', { peakSeverity: 50 })];
    const [same, worse] = run({
      signals: [signal('payments', { severity: 59 }), signal('payments', { severity: 60, at: NOW })],
      openIncidents,
    });
    expect(same).toMatchObject({ action: 'attach', escalates: false });
    expect(worse).toMatchObject({ action: 'attach', escalates: true });
  });
});

describe('restraint', () => {
  test.each([
    [29, 'hold'],
    [30, 'open'],
  ])('severity %i leads to %s at the threshold of 30', (severity, action) => {
    expect(actions(run({ signals: [signal('cart', { severity })] }))).toEqual([action]);
  });

  test('an anomaly alone is held; a second anomaly of another metric, an alarm or a deployment opens', () => {
    const anomaly = (fingerprint: string): Signal => signal('cart', { kind: 'anomaly', fingerprint });
    expect(actions(run({ signals: [anomaly('cpu')] }))).toEqual(['hold']);
    expect(actions(run({ signals: [anomaly('cpu'), anomaly('cpu')] }))).toEqual(['hold', 'hold']);
    expect(opened(run({ signals: [anomaly('cpu'), anomaly('latency')] }))).toHaveLength(1);
    expect(opened(run({ signals: [anomaly('cpu'), signal('cart')] }))).toHaveLength(1);
    const deployments = [{ deploymentId: 'd', workloadId: 'cart', at: NOW - 2 * MINUTE }];
    expect(opened(run({ signals: [anomaly('cpu')], deployments }))).toHaveLength(1);
  });

  test('a flapping workload is held, and rising severity still passes', () => {
    const recentlyClosed = [1, 2, 3].map((n) => ({
      rootWorkloadId: 'cart',
      closedAt: NOW - n * MINUTE,
      peakSeverity: 70,
    }));
    const [held] = run({ signals: [signal('cart', { severity: 79 })], recentlyClosed });
    expect(held).toMatchObject({ action: 'hold', reason: expect.stringContaining('flapping') });
    expect(roots(run({ signals: [signal('cart', { severity: 80 })], recentlyClosed }))).toEqual(['cart']);
    expect(roots(run({ signals: [signal('cart')], recentlyClosed: recentlyClosed.slice(1) }))).toEqual(['cart']);
  });

  test('waits for the settling time before it opens', () => {
    const limits = { ...DEFAULT_LIMITS, settleMs: 10 * SECOND };
    const at = NOW - 9 * SECOND;
    expect(actions(run({ signals: [signal('cart', { at })], limits }))).toEqual(['hold']);
    expect(actions(run({ signals: [signal('cart', { at })], limits, now: NOW + SECOND }))).toEqual(['open']);
  });

  test.each([
    ['from the future', { at: NOW + 2 * MINUTE }, 'after now'],
    ['without a time', { at: Number.NaN }, 'after now'],
    ['of impossible severity', { severity: 101 }, 'allowed is 0 to 100'],
    ['of no severity', { severity: Number.NaN }, 'allowed is 0 to 100'],
    ['too old', { at: NOW - 16 * MINUTE }, 'old'],
  ])('drops a signal %s', (_, over, reason) => {
    const [decision] = run({ signals: [signal('cart', over)] });
    expect(decision).toMatchObject({ action: 'drop', reason: expect.stringContaining(reason) });
  });

  test('drops the second copy of a signal', () => {
    const one = signal('cart');
    expect(actions(run({ signals: [one, one] })).sort()).toEqual(['drop', 'open']);
  });

  test('faint signals of a workload in trouble are attached, of others held, and neither moves the root', () => {
    const decisions = run({
      signals: [signal('payments'), signal('payments', { severity: 5 }), signal('database', { severity: 5 })],
    });
    expect(roots(decisions)).toEqual(['payments']);
    expect(actions(decisions).sort()).toEqual(['attach', 'hold', 'open']);
  });
});
