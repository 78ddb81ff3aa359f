import type { ServiceGraph } from './telemetry.ts';

/** The service graph by index. Names order nothing: they only label the answer. */
export interface Topology {
  readonly names: readonly string[];
  readonly kinds: readonly string[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** Nodes that each node calls and waits for. */
  readonly callees: readonly (readonly number[])[];
  /** Nodes that call each node and wait for it. */
  readonly callers: readonly (readonly number[])[];
  /** Nodes that work for each node without being waited for. */
  readonly asyncCallees: readonly (readonly number[])[];
}

/** Kinds that keep what they are given and pass it on later: sending holds the sender up, handling does not. */
const MESSAGE_KINDS = /sqs|sns|notification|queue|topic|kinesis|stream|kafka|eventbridge|events/i;

/** Kinds whose time is that of a whole run, which its starter does not wait for. */
const RUN_KINDS = /statemachine|batch|codebuild|pipeline/i;

/** Kinds that stand for the world outside: they suffer and do not cause. */
const OUTSIDE_KINDS = /^client$/i;

/**
 * Whether the caller does not wait for the callee: a message is handled after it was sent, a workflow runs after it was started. Sending to
 * a queue is still an ordinary call to the queue.
 */
export const isAsyncCall = (callerKind: string, calleeKind: string): boolean =>
  MESSAGE_KINDS.test(callerKind) || RUN_KINDS.test(calleeKind);

/** Whether a node stands for users and probes rather than for a component. */
export const isOutside = (kind: string): boolean => OUTSIDE_KINDS.test(kind);

/**
 * Reads the graph, adding nodes that only edges or `extra` name, and dropping repeated edges and edges from a node to itself.
 *
 * @param extra - further names that must be nodes: the alarmed node and those with telemetry
 */
export const topologyOf = (graph: ServiceGraph, extra: Iterable<string>): Topology => {
  const names = [...new Set([...graph.nodes, ...graph.edges.flat(), ...extra])];
  const indexOf = new Map(names.map((name, index) => [name, index]));
  const kinds = names.map((name) => (graph.kinds && Object.hasOwn(graph.kinds, name) ? (graph.kinds[name] ?? '') : ''));
  const sets = (): Set<number>[] => names.map(() => new Set<number>());
  const [callees, callers, asyncCallees] = [sets(), sets(), sets()];
  for (const [from, to] of graph.edges) {
    const caller = indexOf.get(from) as number;
    const callee = indexOf.get(to) as number;
    if (caller === callee) continue;
    if (isAsyncCall(kinds[caller] as string, kinds[callee] as string)) asyncCallees[caller]?.add(callee);
    else {
      callees[caller]?.add(callee);
      callers[callee]?.add(caller);
    }
  }
  const lists = (all: Set<number>[]): number[][] => all.map((set) => [...set]);
  return { names, kinds, indexOf, callees: lists(callees), callers: lists(callers), asyncCallees: lists(asyncCallees) };
};

/** Nodes that `start` waits for, directly or through others, and `start` itself. */
export const reachableFrom = (start: number, callees: readonly (readonly number[])[]): ReadonlySet<number> => {
  const seen = new Set([start]);
  // A set yields what is added while it is walked, so this visits the whole reachable part once, cycles included.
  for (const node of seen) for (const callee of callees[node] ?? []) seen.add(callee);
  return seen;
};

/**
 * Order from the outside in, for nodes that numbers do not tell apart: more callees first, fewer callers first; the name only decides between
 * nodes of the same shape, so that the answer does not depend on the order in which they were given.
 */
export const byOutermost =
  ({ names, callees, callers }: Topology) =>
  (a: number, b: number): number =>
    (callees[b]?.length ?? 0) - (callees[a]?.length ?? 0) ||
    (callers[a]?.length ?? 0) - (callers[b]?.length ?? 0) ||
    ((names[a] as string) < (names[b] as string) ? -1 : 1);
