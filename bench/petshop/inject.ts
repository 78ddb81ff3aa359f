import type { Series, ServiceGraph, Telemetry } from '../../core/diagnosis/telemetry.ts';
import type { Case } from './dataset.ts';
import { faultFreeCases } from './evaluate.ts';

/** Cases whose root is of one sort that the open set does not have. */
export interface InjectedGroup {
  readonly name: string;
  readonly cases: readonly Case[];
}

/** Rows of the window in which the fault is present: from the one that holds the trigger on, with one weaker row at its start. */
const STRENGTH_BY_ROW = [0, 0.3, 1, 0.8, 0.2];
/** What the fault adds at the alarmed node at full strength: seconds per call, or percent of calls that fail. */
const ADDED = { latency: 0.08, availability: 4 } as const;
/** Fault-free windows to inject into, spread over the normal period. */
const WINDOWS = 6;
/** Percent of calls that succeed at the alarmed node in every row of a window that is fit to inject into. */
const QUIET_AVAILABILITY = 99;
/** Calls per row below which nobody would notice a fault of the node at the alarmed one. */
const FEWEST_CALLS = 30;

const rowsOf = (telemetry: Telemetry, node: string, metric: string, stat: string): readonly (number | null)[] =>
  telemetry.series.find((series) => series.node === node && series.metric === metric && series.stat === stat)?.v ?? [];

const reachedFrom = (graph: ServiceGraph, start: string): Set<string> => {
  const reached = new Set([start]);
  for (const node of reached) for (const [caller, callee] of graph.edges) if (caller === node) reached.add(callee);
  return reached;
};

/** The recorded normal period holds real incidents; a second fault in such a window would have no single right answer. */
const isQuiet = ({ abnormal, target }: Case): boolean =>
  rowsOf(abnormal, target.node, 'availability', 'Average').every(
    (value) => value !== null && value >= QUIET_AVAILABILITY,
  );

/** Share of the root's extra that passes through each node on its way to the alarmed one, split by the callers' calls where they share it. */
const passedThrough = ({ graph, target, abnormal }: Case, root: string): Map<string, number> => {
  const calls = (node: string): number =>
    rowsOf(abnormal, node, 'requests', 'Sum').reduce((sum: number, value) => sum + (value ?? 0), 0);
  const reaching = reachedFrom(graph, target.node);
  const passed = new Map([[root, 1]]);
  const waiting = [root];
  for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) {
    const callers = graph.edges
      .filter(([caller, callee]) => callee === node && caller !== node && reaching.has(caller))
      .map(([caller]) => caller);
    const all = callers.reduce((sum, caller) => sum + calls(caller), 0);
    for (const caller of callers) {
      const part = all > 0 ? ((passed.get(node) as number) * calls(caller)) / all : 0;
      passed.set(caller, Math.min(1, (passed.get(caller) ?? 0) + part));
      if (caller !== target.node) waiting.push(caller);
    }
  }
  return passed;
};

/** Adds the fault at the root and what it costs each node between it and the alarmed one. */
const inject = (item: Case, root: string): Case => {
  const metric = item.metric as keyof typeof ADDED;
  const passed = passedThrough(item, root);
  const atTarget = rowsOf(item.abnormal, item.target.node, 'requests', 'Sum');
  const change = (series: Series): Series => {
    const share = passed.get(series.node);
    if (share === undefined || series.metric !== metric) return series;
    const calls = rowsOf(item.abnormal, series.node, 'requests', 'Sum');
    const v = series.v?.map((value, row) => {
      const own = calls[row] ?? 0;
      if (value === null || own === 0) return value;
      const added = (share * ADDED[metric] * (STRENGTH_BY_ROW[row] ?? 0) * (atTarget[row] ?? 0)) / own;
      return metric === 'latency' ? value + added : Math.max(0, value - added);
    });
    return { ...series, v: v ?? null };
  };
  return {
    ...item,
    id: `${item.id}/${root}/${item.metric}`,
    root,
    rootMetrics: [item.metric],
    abnormal: { t: item.abnormal.t, series: item.abnormal.series.map(change) },
  };
};

/** Faults of the alarmed node itself, of queues and topics, of remote dependencies and of databases, in fault-free windows. */
export const injectedCases = (item: Case): InjectedGroup[] => {
  const kind = (node: string): string => item.graph.kinds?.[node] ?? '';
  const sorts: Readonly<Record<string, (node: string) => boolean>> = {
    'the alarmed node itself': (node) => node === item.target.node,
    'queues and topics': (node) => /sqs|notification/i.test(kind(node)),
    'remote dependencies': (node) => kind(node) === 'remote',
    'managed services and databases': (node) =>
      /ssm|systemsmanager|systemsmanagement|sql|dynamo|apigateway/i.test(kind(node)),
    'services and functions': (node) => /ecs|lambda/i.test(kind(node)),
  };
  const windows = (['latency', 'availability'] as const).flatMap((metric) => {
    const all = faultFreeCases(item, metric).filter(isQuiet);
    return Array.from(
      { length: WINDOWS },
      (_, index) => all[Math.floor(((index + 0.5) * all.length) / WINDOWS)] as Case,
    );
  });
  const reached = reachedFrom(item.graph, item.target.node);
  const busy = (window: Case, node: string): boolean => {
    const calls = rowsOf(window.abnormal, node, 'requests', 'Sum');
    return calls.length > 0 && calls.every((value) => (value ?? 0) >= FEWEST_CALLS);
  };
  return Object.entries(sorts).map(([name, belongs]) => ({
    name,
    cases: windows.flatMap((window) =>
      item.graph.nodes
        .filter((node) => belongs(node) && reached.has(node) && busy(window, node))
        .map((root) => inject(window, root)),
    ),
  }));
};
