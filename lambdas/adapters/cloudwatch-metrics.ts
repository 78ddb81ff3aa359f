import {
  GetMetricDataCommand,
  type CloudWatchClient,
  type MetricDataQuery,
  type MetricDataResult,
} from '@aws-sdk/client-cloudwatch';
import { MetricRoleSchema, type MetricRef, type MetricRole } from '../../core/contracts/workload.ts';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import type { MetricSource, Sample, SampleWindow as Window } from '../../core/shared/ports.ts';
import { epochMs } from '../../core/shared/units.ts';
import { calling } from './sdk-errors.ts';

/** Most metrics in one GetMetricData request. */
const MAX_QUERIES = 500;

/** Reads metrics with all of their dimensions; one request serves all roles of a workload. */
export const cloudWatchMetrics = (client: CloudWatchClient): MetricSource => ({
  read: async (metrics, window) => {
    const roles = MetricRoleSchema.options.flatMap((role) => {
      const ref = metrics[role];
      return ref === undefined ? [] : [{ role, ref }];
    });
    const series = await readSeries(
      client,
      roles.map(({ ref }) => ref),
      window,
    );
    return Object.fromEntries(roles.map(({ role }, index) => [role, series[index] ?? []]));
  },
  readEach: (metrics, window) => readSeries(client, metrics, window),
});

/** Per task, the roles that were asked for and their samples, oldest first. */
export type TaskSeries = Readonly<Partial<Record<MetricRole, readonly Sample[]>>>;

export interface TaskMetricSource {
  /** Samples of each task by its id, in the order of `taskIds`. */
  readTasks(
    request: {
      readonly namespace: string;
      readonly metrics: Readonly<Partial<Record<MetricRole, MetricRef>>>;
      readonly taskIds: readonly string[];
    },
    roles: readonly MetricRole[],
    window: Window,
  ): Promise<readonly TaskSeries[]>;
}

/** The same metrics as the service's, told apart by a `TaskId` dimension. */
export const cloudWatchTaskMetrics = (client: CloudWatchClient): TaskMetricSource => ({
  readTasks: async ({ namespace, metrics, taskIds }, roles, window) => {
    const asked = roles.flatMap((role) => {
      const ref = metrics[role];
      return ref === undefined ? [] : [{ role, ref }];
    });
    const refs = taskIds.flatMap((TaskId) =>
      asked.map(({ ref }) => ({ ...ref, namespace, dimensions: { ...ref.dimensions, TaskId } })),
    );
    const series = await readSeries(client, refs, window);
    return taskIds.map((_, task) =>
      Object.fromEntries(asked.map(({ role }, index) => [role, series[task * asked.length + index] ?? []])),
    );
  },
});

/** The samples of each metric in its role's unit, oldest first, in the order of `refs`. */
const readSeries = async (
  client: CloudWatchClient,
  refs: readonly MetricRef[],
  window: Window,
): Promise<readonly (readonly Sample[])[]> => {
  const series: Sample[][] = refs.map(() => []);
  for (let start = 0; start < refs.length; start += MAX_QUERIES) {
    const queries = refs.slice(start, start + MAX_QUERIES).map((ref, index) => toQuery(ref, start + index, window));
    for await (const result of resultsOf(client, queries, window)) {
      const index = Number(result.Id?.slice(1));
      series[index]?.push(...samplesOf(result, refs[index]?.scale ?? 1));
    }
  }
  // Pages may interleave, and not every implementation honours ScanBy.
  return series.map((samples) => samples.sort((a, b) => a.at - b.at));
};

async function* resultsOf(
  client: CloudWatchClient,
  queries: MetricDataQuery[],
  { from, to }: Window,
): AsyncGenerator<MetricDataResult> {
  let token: string | undefined;
  do {
    const command = new GetMetricDataCommand({
      MetricDataQueries: queries,
      StartTime: new Date(from),
      EndTime: new Date(to),
      ScanBy: 'TimestampAscending',
      ...(token === undefined ? {} : { NextToken: token }),
    });
    const page = await calling('cloudwatch:GetMetricData', () => client.send(command));
    for (const result of page.MetricDataResults ?? []) {
      if (result.StatusCode === 'InternalError' || result.StatusCode === 'Forbidden') throw unreadable(result);
      yield result;
    }
    token = page.NextToken;
  } while (token !== undefined && token !== '');
}

/** Missing data must never look like a quiet metric. */
const unreadable = ({ Label, StatusCode, Messages }: MetricDataResult): DependencyUnavailableError => {
  const why = (Messages ?? []).map(({ Code, Value }) => `${Code}: ${Value}`).join('; ');
  return new DependencyUnavailableError(`cloudwatch:GetMetricData answered ${StatusCode} for ${Label}: ${why}`);
};

const toQuery = (ref: MetricRef, index: number, { periodSeconds }: Window): MetricDataQuery => ({
  Id: `m${index}`,
  Label: ref.metricName,
  MetricStat: {
    Metric: {
      Namespace: ref.namespace,
      MetricName: ref.metricName,
      Dimensions: Object.entries(ref.dimensions).map(([Name, Value]) => ({ Name, Value })),
    },
    Period: periodSeconds,
    Stat: ref.stat,
  },
});

const samplesOf = ({ Timestamps = [], Values = [] }: MetricDataResult, scale: number): Sample[] =>
  Timestamps.flatMap((at, index) => {
    const value = Values[index];
    return value === undefined ? [] : [{ at: epochMs(at.getTime()), value: value * scale }];
  });
