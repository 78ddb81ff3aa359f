/** A node's place: `layer` 0 depends on nobody's calls (the entry), `row` counts within its layer. */
export interface Placed<N> {
  readonly node: N;
  readonly layer: number;
  readonly row: number;
}

interface Edge {
  readonly from: string;
  readonly to: string;
}

/**
 * Places a dependency graph in layers: whoever calls stands left of what it calls, in the longest chain's order; within a
 * layer nodes stand near the mean row of their callers, so that few lines cross. Edges of a cycle that lead back are
 * left out of the layering.
 *
 * @see Sugiyama, Tagawa, Toda: Methods for visual understanding of hierarchical system structures (1981)
 */
export const layersOf = <N extends { readonly id: string }>(
  nodes: readonly N[],
  edges: readonly Edge[],
): readonly Placed<N>[] => {
  const forward = withoutCycles(nodes, edges);
  const layer = new Map<string, number>();
  const depth = (id: string): number => {
    const known = layer.get(id);
    if (known !== undefined) return known;
    const callers = forward.filter(({ to }) => to === id).map(({ from }) => depth(from) + 1);
    const found = Math.max(0, ...callers);
    layer.set(id, found);
    return found;
  };
  const byLayer: N[][] = [];
  for (const node of nodes) (byLayer[depth(node.id)] ??= []).push(node);
  const rows = new Map<string, number>();
  return byLayer.flatMap((column, index) => {
    const mean = ({ id }: N): number => {
      const callers = forward.filter(({ to }) => to === id).map(({ from }) => rows.get(from) ?? 0);
      return callers.length === 0 ? 0 : callers.reduce((sum, row) => sum + row, 0) / callers.length;
    };
    const sorted = [...column].sort((a, b) => mean(a) - mean(b) || a.id.localeCompare(b.id));
    return sorted.map((node, row) => {
      rows.set(node.id, row);
      return { node, layer: index, row };
    });
  });
};

/** Edges without those that lead back to a node on the way to it, by depth-first search. */
const withoutCycles = (nodes: readonly { readonly id: string }[], edges: readonly Edge[]): readonly Edge[] => {
  const state = new Map<string, 'open' | 'done'>();
  const kept: Edge[] = [];
  const visit = (id: string): void => {
    state.set(id, 'open');
    for (const edge of edges.filter(({ from }) => from === id)) {
      if (state.get(edge.to) === 'open') continue;
      kept.push(edge);
      if (!state.has(edge.to)) visit(edge.to);
    }
    state.set(id, 'done');
  };
  for (const { id } of nodes) if (!state.has(id)) visit(id);
  return kept;
};
