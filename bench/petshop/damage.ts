import type { Series, Telemetry } from '../../core/diagnosis/telemetry.ts';
import type { Case } from './dataset.ts';
import { shuffled, type Random } from './random.ts';

/** Makes a case harder without changing what is right. */
export type Damage = (item: Case, random: Random) => Case;

const mapSeries = (telemetry: Telemetry, change: (series: Series) => Series | undefined): Telemetry => ({
  ...telemetry,
  series: telemetry.series.map(change).filter((series) => series !== undefined),
});

const both = (item: Case, change: (series: Series) => Series | undefined): Case => ({
  ...item,
  normal: mapSeries(item.normal, change),
  abnormal: mapSeries(item.abnormal, change),
});

const pick = (items: readonly string[], share: number, random: Random): Set<string> =>
  new Set(shuffled(items, random).slice(0, Math.round(items.length * share)));

/** New names for every node and new orders for nodes, edges and series. */
export const renamed: Damage = (item, random) => {
  const names = new Map(
    shuffled(item.graph.nodes, random).map((node, index) => [node, `svc-${String(index).padStart(2, '0')}`]),
  );
  const name = (node: string): string => names.get(node) as string;
  const block = (telemetry: Telemetry): Telemetry => ({
    t: telemetry.t,
    series: shuffled(telemetry.series, random).map((series) => ({ ...series, node: name(series.node) })),
  });
  return {
    ...item,
    root: item.root === null ? null : name(item.root),
    target: { ...item.target, node: name(item.target.node) },
    graph: {
      nodes: shuffled(item.graph.nodes.map(name), random),
      edges: shuffled(item.graph.edges, random).map(([from, to]) => [name(from), name(to)] as const),
      kinds: Object.fromEntries(
        shuffled(Object.entries(item.graph.kinds ?? {}), random).map(([node, kind]) => [name(node), kind]),
      ),
    },
    normal: block(item.normal),
    abnormal: block(item.abnormal),
  };
};

/** A share of the nodes never had its calls counted, before or during the fault. */
export const withoutRequests =
  (share: number): Damage =>
  (item, random) => {
    const lacking = pick(item.graph.nodes, share, random);
    return both(item, (series) => (series.metric === 'requests' && lacking.has(series.node) ? undefined : series));
  };

/** A share of the edges is unknown. */
export const withoutEdges =
  (share: number): Damage =>
  (item, random) => {
    const kept = shuffled(item.graph.edges, random).slice(Math.round(item.graph.edges.length * share));
    return { ...item, graph: { ...item.graph, edges: kept } };
  };

/** Every sample is lost with this probability, independently. */
export const withoutSamples =
  (probability: number): Damage =>
  (item, random) =>
    both(item, (series) => ({
      ...series,
      v: series.v?.map((value) => (random() < probability ? null : value)) ?? null,
    }));

/** Every sample is off by up to this share either way; availability stays within 0 to 100. */
export const noisy =
  (share: number): Damage =>
  (item, random) =>
    both(item, (series) => ({
      ...series,
      v:
        series.v?.map((value) => {
          if (value === null) return null;
          const off = value * (1 + share * (2 * random() - 1));
          return series.metric === 'availability' ? 100 - (100 - value) * (1 + share * (2 * random() - 1)) : off;
        }) ?? null,
    }));

/** One damage after the other. */
export const combined =
  (...damages: readonly Damage[]): Damage =>
  (item, random) =>
    damages.reduce((damaged, damage) => damage(damaged, random), item);
