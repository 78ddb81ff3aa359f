import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { correlate } from '../../../core/correlation/correlate.ts';
import {
  DEFAULT_LIMITS,
  type CorrelationDecision,
  type DependencyGraph,
  type OpenIncident,
  type Signal,
} from '../../../core/correlation/shapes.ts';
import { shuffles } from '../../support/shuffles.ts';

const NOW = Date.UTC(2026, 10, 21, 12);

/** Folds decisions into the open incidents, as the Issue Monitor does between two batches. */
const fold = (
  incidents: readonly OpenIncident[],
  decisions: readonly CorrelationDecision[],
  signals: readonly Signal[],
): OpenIncident[] => {
  const at = new Map(signals.map((signal) => [signal.signalId, signal]));
  const open = new Map(incidents.map((incident) => [incident.incidentId, incident]));
  for (const decision of decisions) {
    if (decision.action !== 'open') continue;
    const { incidentRef, rootWorkloadId, members, openedAt, severity } = decision;
    open.set(incidentRef, {
      incidentId: incidentRef,
      rootWorkloadId,
      members,
      openedAt,
      lastSignalAt: openedAt,
      peakSeverity: severity,
    });
  }
  for (const decision of decisions) {
    if (decision.action !== 'attach') continue;
    const known = open.get(decision.incidentRef);
    if (known === undefined) throw new Error(`attached to unknown ${decision.incidentRef}`);
    const absorbed = decision.absorbs.flatMap((id) => open.get(id) ?? []);
    decision.absorbs.forEach((id) => open.delete(id));
    open.set(known.incidentId, {
      ...known,
      rootWorkloadId: decision.rootWorkloadId,
      members: [...new Set([...known.members, decision.workloadId, ...absorbed.flatMap(({ members }) => members)])],
      lastSignalAt: Math.max(known.lastSignalAt, at.get(decision.signalId)?.at ?? 0),
    });
  }
  return [...open.values()];
};

const correlateAll = (
  signals: readonly Signal[],
  topology: DependencyGraph,
  openIncidents: readonly OpenIncident[] = [],
) => correlate({ signals, openIncidents, topology, now: NOW, limits: DEFAULT_LIMITS });

/** Three trees of 20 workloads; in each the callee has the higher number and 19 is the one everything depends on. */
const threeTrees: DependencyGraph = (() => {
  const trees = ['red', 'green', 'blue'];
  return {
    nodes: trees.flatMap((tree) => Array.from({ length: 20 }, (_, n) => `${tree}-${n}`)),
    edges: trees.flatMap((tree) =>
      Array.from({ length: 19 }, (_, n) => [`${tree}-${n}`, `${tree}-${Math.min(19, 2 * n + 1 + (n % 2))}`] as const),
    ),
  };
})();

const storm = (count: number): Signal[] =>
  Array.from({ length: count }, (_, n) => ({
    signalId: `s-${n}`,
    // 7 and 60 have no common factor, so that every workload speaks early and in no order.
    workloadId: threeTrees.nodes[(n * 7) % 60] as string,
    kind: n % 3 === 0 ? 'anomaly' : 'alarm',
    severity: 20 + ((n * 13) % 80),
    at: NOW - 60_000 + ((n * 37) % 60_000),
    fingerprint: 'latency|high|none',
  }));

describe('an alarm storm', () => {
  test('10,000 signals within 60 s of three causes over 60 workloads become three incidents, and none is lost', () => {
    const signals = storm(10_000);
    const decisions = correlateAll(signals, threeTrees);
    expect(decisions.map(({ signalId }) => signalId).sort()).toEqual(signals.map(({ signalId }) => signalId).sort());
    const open = decisions.filter((one) => one.action === 'open');
    expect(open.map((one) => one.rootWorkloadId).sort()).toEqual(['blue-19', 'green-19', 'red-19']);
    expect(open.flatMap((one) => one.members)).toHaveLength(60);
    expect(decisions.filter(({ action }) => action === 'attach')).toHaveLength(9_997);
  });

  test('the same storm in batches of 100 becomes the same three incidents', () => {
    const signals = storm(10_000);
    let incidents: OpenIncident[] = [];
    let held: Signal[] = [];
    for (let from = 0; from < signals.length; from += 100) {
      const batch = [...held, ...signals.slice(from, from + 100)];
      const decisions = correlateAll(batch, threeTrees, incidents);
      incidents = fold(incidents, decisions, batch);
      const isHeld = new Set(decisions.filter(({ action }) => action === 'hold').map(({ signalId }) => signalId));
      held = batch.filter(({ signalId }) => isHeld.has(signalId));
    }
    expect(incidents.map(({ rootWorkloadId }) => rootWorkloadId).sort()).toEqual(['blue-19', 'green-19', 'red-19']);
    expect(held).toEqual([]);
  });
});

describe('properties', () => {
  /** Edges only lead to higher numbers, so that there is no cycle. */
  const graph = fc
    .array(fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 7 })), { maxLength: 14 })
    .map((pairs): DependencyGraph => ({
      nodes: Array.from({ length: 8 }, (_, n) => `w${n}`),
      edges: pairs.filter(([a, b]) => a !== b).map(([a, b]) => [`w${Math.min(a, b)}`, `w${Math.max(a, b)}`] as const),
    }));
  const signals = fc
    .array(
      fc.record({
        workload: fc.nat({ max: 7 }),
        severity: fc.integer({ min: 0, max: 100 }),
        ago: fc.integer({ min: 0, max: 240_000 }),
        kind: fc.constantFrom('alarm', 'anomaly', 'forecast'),
        fingerprint: fc.constantFrom('a', 'b', undefined),
      }),
      { minLength: 1, maxLength: 25 },
    )
    .map((all) =>
      all.map(({ workload, severity, ago, kind, fingerprint }, n): Signal => ({
        signalId: `s${n}`,
        workloadId: `w${workload}`,
        kind,
        severity,
        at: NOW - ago,
        fingerprint,
      })),
    );

  test('the order of arrival, of edges and of open incidents does not matter', () => {
    fc.assert(
      fc.property(graph, signals, shuffles, (topology, all, shuffle) => {
        const first = all.slice(0, all.length >> 1);
        const incidents = fold([], correlateAll(first, topology), first);
        const rest = all.slice(all.length >> 1);
        const expected = correlateAll(rest, topology, incidents);
        const moved = { nodes: shuffle(topology.nodes), edges: shuffle(topology.edges) };
        expect(correlateAll(shuffle(rest), moved, shuffle(incidents))).toEqual(expected);
      }),
    );
  });

  test('every signal gets exactly one decision', () => {
    fc.assert(
      fc.property(graph, signals, (topology, all) => {
        expect(
          correlateAll(all, topology)
            .map(({ signalId }) => signalId)
            .sort(),
        ).toEqual(all.map(({ signalId }) => signalId).sort());
      }),
    );
  });

  test('no incident opens on a workload that depends on another that opens one at the same time', () => {
    fc.assert(
      fc.property(graph, signals, (topology, all) => {
        const roots = correlateAll(all, topology).flatMap((one) => (one.action === 'open' ? [one.rootWorkloadId] : []));
        expect(new Set(roots).size).toBe(roots.length);
        for (const [caller, callee] of topology.edges)
          expect(roots.includes(caller) && roots.includes(callee)).toBe(false);
      }),
    );
  });

  test('alarms split over two batches end on the same roots as in one', () => {
    const alarms = signals.map((all) =>
      all.map((one) => ({ ...one, kind: 'alarm', severity: 50, fingerprint: undefined })),
    );
    fc.assert(
      fc.property(graph, alarms, fc.nat(), (topology, all, cut) => {
        const first = all.slice(0, cut % all.length);
        const rest = all.slice(cut % all.length);
        const once = fold([], correlateAll(all, topology), all);
        const before = fold([], correlateAll(first, topology), first);
        const twice = fold(before, correlateAll(rest, topology, before), rest);
        const rootsOf = (incidents: readonly OpenIncident[]): string[] =>
          incidents.map(({ rootWorkloadId }) => rootWorkloadId).sort();
        expect(rootsOf(twice)).toEqual(rootsOf(once));
      }),
    );
  });
});
