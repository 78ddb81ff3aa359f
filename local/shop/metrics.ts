import { request } from 'node:http';
import type { LocalEcs, RequestRecord, TaskInfo, TaskMeasurement } from '../ecs/server.ts';
import type { TaskStats } from './task-runtime.ts';

/** One value of one metric, as PutMetricData takes it. */
export type Datum = {
  readonly metricName: string;
  readonly value: number;
  readonly unit: 'Count' | 'Percent' | 'Milliseconds';
  readonly dimensions: Readonly<Record<string, string>>;
  readonly at: Date;
};

/** Receives the data of one namespace. */
export type MetricSink = (namespace: string, data: readonly Datum[]) => Promise<void>;

/** What one task said when it was probed; `delayMs` is how long its event loop took to answer. */
export type Probe = { readonly taskId: string; readonly delayMs: number; readonly stats: TaskStats | null };

export type ServiceSnapshot = {
  readonly service: string;
  readonly at: Date;
  readonly tasks: readonly TaskInfo[];
  /** Requests that finished within the window, and how many of them in the last second. */
  readonly records: readonly RequestRecord[];
  readonly requestsLastSecond: number;
  readonly usage: readonly TaskMeasurement[];
  readonly probes: readonly Probe[];
  /** The service's calls to its dependency within the window. */
  readonly dependency: { readonly calls: number; readonly errors: number };
};

/** Error rate and latency look back this far: enough requests for a percentile, short enough to see a recovery. */
export const WINDOW_MS = 3000;
const PROBE_TIMEOUT_MS = 800;

export const serviceNamespace = (service: string): string => `Shop/${service}`;
export const taskNamespace = (service: string): string => `Shop/${service}/tasks`;
export const callNamespace = (service: string): string => `Shop/${service}/calls`;

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
const largest = (values: readonly number[]): number => Math.max(0, ...values);
const percent = (part: number, whole: number): number => (whole === 0 ? 0 : (100 * part) / whole);

/** Nearest-rank 95th percentile; 0 for no values. */
export const p95 = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * 0.95) - 1)] ?? 0;
};

const errorRate = (records: readonly RequestRecord[]): number =>
  percent(records.filter(({ failed }) => failed).length, records.length);
const latency = (records: readonly RequestRecord[]): number => p95(records.map(({ latencyMs }) => latencyMs));

/**
 * Metrics of a service. Error rate and p95 are the callers', over the window; CPU and pool are the mean of the tasks,
 * memory and event-loop delay those of the worst task. Every metric has a value every second: absence means nothing here.
 */
export const serviceData = (snapshot: ServiceSnapshot): readonly Datum[] => {
  const { service, at, tasks, records, usage, probes, dependency } = snapshot;
  const pools = probes.flatMap(({ stats }) => stats?.pool ?? []);
  const datum = (metricName: string, unit: Datum['unit'], value: number): Datum => ({
    metricName,
    unit,
    value,
    dimensions: { ServiceName: service },
    at,
  });
  return [
    datum('RequestCount', 'Count', snapshot.requestsLastSecond),
    datum('ErrorRate', 'Percent', errorRate(records)),
    datum('LatencyP95', 'Milliseconds', latency(records)),
    datum('CPUUtilization', 'Percent', mean(usage.flatMap(({ cpuPercent }) => cpuPercent ?? []))),
    datum('MemoryUtilization', 'Percent', largest(usage.map(({ memoryPercent }) => memoryPercent))),
    datum('RunningTaskCount', 'Count', tasks.length),
    datum('EventLoopDelay', 'Milliseconds', largest(probes.map(({ delayMs }) => delayMs))),
    datum('DependencyErrorRate', 'Percent', percent(dependency.errors, dependency.calls)),
    ...(pools.length === 0
      ? []
      : [datum('PoolUtilization', 'Percent', mean(pools.map(({ inUse, size }) => percent(inUse, size))))]),
  ];
};

/** Metrics of each task, in a namespace of their own: an emulator that pools dimensions must not mix them with the service's. */
export const taskData = ({ service, at, tasks, records, usage }: ServiceSnapshot): readonly Datum[] =>
  tasks.flatMap(({ taskId }) => {
    const own = records.filter((record) => record.taskId === taskId);
    const used = usage.find((measurement) => measurement.taskId === taskId);
    const dimensions = { ServiceName: service, TaskId: taskId };
    return [
      { metricName: 'ErrorRate', unit: 'Percent', value: errorRate(own), dimensions, at },
      { metricName: 'LatencyP95', unit: 'Milliseconds', value: latency(own), dimensions, at },
      { metricName: 'CPUUtilization', unit: 'Percent', value: used?.cpuPercent ?? 0, dimensions, at },
      { metricName: 'MemoryUtilization', unit: 'Percent', value: used?.memoryPercent ?? 0, dimensions, at },
    ] as const;
  });

const ask = (port: number): Promise<TaskStats | null> =>
  new Promise((resolve) => {
    const call = request(
      { host: '127.0.0.1', port, path: '/__stats', agent: false, timeout: PROBE_TIMEOUT_MS },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as TaskStats));
        response.once('error', () => resolve(null));
      },
    );
    call.once('timeout', () => call.destroy());
    call.once('error', () => resolve(null));
    call.end();
  });

const probe = async ({ taskId, port }: TaskInfo): Promise<Probe> => {
  const startedAt = performance.now();
  const stats = await ask(port);
  return { taskId, stats, delayMs: stats === null ? PROBE_TIMEOUT_MS : performance.now() - startedAt };
};

type Calls = { readonly at: number; readonly calls: number; readonly errors: number };

/** Calls that were made since they were last told, by the URL that was called. */
type Made = Map<string, number>;

/** Turns the tasks' ever-growing counters into calls within the window, and into calls by callee. */
class DependencyWindow {
  private readonly last = new Map<string, { readonly calls: number; readonly errors: number }>();
  private recent: Calls[] = [];
  private made: Made = new Map();

  add(at: number, probes: readonly Probe[]): { readonly calls: number; readonly errors: number } {
    for (const { taskId, stats } of probes) {
      if (stats?.dependency == null) continue;
      const { url } = stats.dependency;
      const before = this.last.get(taskId) ?? { calls: 0, errors: 0 };
      const calls = stats.dependency.calls - before.calls;
      this.last.set(taskId, stats.dependency);
      this.recent.push({ at, calls, errors: stats.dependency.errors - before.errors });
      this.made.set(url, (this.made.get(url) ?? 0) + calls);
    }
    this.recent = this.recent.filter((calls) => calls.at > at - WINDOW_MS);
    return {
      calls: this.recent.reduce((sum, { calls }) => sum + calls, 0),
      errors: this.recent.reduce((sum, { errors }) => sum + errors, 0),
    };
  }

  takeMade(): Made {
    const { made } = this;
    this.made = new Map();
    return made;
  }
}

/** Whom a service called how often, by the callee's name; calls to what is no service of the shop are not told. */
export const callData = (
  service: string,
  made: ReadonlyMap<string, number>,
  at: Date,
  nameOf: (url: string) => string | undefined,
): readonly Datum[] =>
  [...made].flatMap(([url, value]) => {
    const callee = nameOf(url);
    if (callee === undefined || value === 0) return [];
    const dimensions = { Caller: service, Callee: callee };
    return [{ metricName: 'Calls', unit: 'Count', value, dimensions, at } as const];
  });

/** Measurements between two reports of calls: who calls whom seldom changes. */
const CALLS_EVERY = 10;

export type MetricsOptions = {
  readonly ecs: LocalEcs;
  readonly services: readonly string[];
  readonly sink: MetricSink;
  readonly everyMs?: number;
  readonly onError: (error: unknown) => void;
};

/** Measures every service once a second and hands the data on, one call per namespace; returns the function that ends it. */
export const startMetrics = ({ ecs, services, sink, everyMs = 1000, onError }: MetricsOptions): (() => void) => {
  const windows = new Map(services.map((service) => [service, new DependencyWindow()]));
  const nameOf = (url: string): string | undefined => services.find((service) => ecs.router.urlOf(service) === url);
  let measured = 0;

  const measure = async (service: string): Promise<void> => {
    const tasks = ecs.runningTasks(service);
    const probes = await Promise.all(tasks.map(probe));
    const now = Date.now();
    const snapshot: ServiceSnapshot = {
      service,
      at: new Date(now),
      tasks,
      records: ecs.router.records(service, now - WINDOW_MS),
      requestsLastSecond: ecs.router.records(service, now - everyMs).length,
      usage: ecs.measure(service),
      probes,
      dependency: windows.get(service)?.add(now, probes) ?? { calls: 0, errors: 0 },
    };
    const perTask = taskData(snapshot);
    await sink(serviceNamespace(service), serviceData(snapshot));
    if (perTask.length > 0) await sink(taskNamespace(service), perTask);
    if (measured % CALLS_EVERY !== 0) return;
    const calls = callData(service, windows.get(service)?.takeMade() ?? new Map(), snapshot.at, nameOf);
    if (calls.length > 0) await sink(callNamespace(service), calls);
  };

  const timer = setInterval(() => {
    measured += 1;
    for (const service of services) void measure(service).catch(onError);
  }, everyMs);
  return () => clearInterval(timer);
};
