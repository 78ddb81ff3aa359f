import type { IncidentDiagnosis } from '../contracts/evidence.ts';
import type { MetricRole, Workload, WorkloadId } from '../contracts/workload.ts';
import { learnBaseline } from '../diagnosis/baseline.ts';
import { diagnose } from '../diagnosis/diagnose.ts';
import type { MetricName, Series, ServiceGraph } from '../diagnosis/telemetry.ts';
import { tabulate } from '../diagnosis/telemetry.ts';
import { median } from '../evidence/metric-summary.ts';
import type { Sample } from '../shared/ports.ts';
import type { EpochMs } from '../shared/units.ts';
import { calleesOf } from './members.ts';

/** Roles that a diagnosis reads, each as the column that the analyzer knows. Rates and percentiles are read as averages, which add up. */
export const DIAGNOSED_ROLES = ['requestCount', 'latencyP95', 'errorRate'] as const satisfies readonly MetricRole[];
export type DiagnosedRole = (typeof DIAGNOSED_ROLES)[number];

/** Samples of one workload's metric, oldest first, in the role's own unit. */
export interface MeasuredSeries {
  readonly workloadId: WorkloadId;
  readonly role: DiagnosedRole;
  readonly samples: readonly Sample[];
}

export interface IncidentTelemetry {
  /** Every workload that one fault can reach. */
  readonly workloads: readonly Workload[];
  readonly series: readonly MeasuredSeries[];
  /** Length of a row, seconds. */
  readonly periodSeconds: number;
  /** When trouble was first noticed. */
  readonly noticedAt: EpochMs;
  /** Workloads in trouble, the one that signalled first: the first whose trouble can be explained is explained. */
  readonly alarmed: readonly { readonly workloadId: WorkloadId; readonly role: MetricRole | null }[];
}

/** Rows before the notice in which the fault may have begun unnoticed: longer than any alarm of ours takes. */
const LOOK_BACK_ROWS = 12;
/** A row belongs to the trouble when its excess is at least this share of the worst: what drifts or was another level before is not the onset. */
const ONSET_SHARE = 0.25;
const MAX_CAUSES = 5;

/** X-Ray's names for the kinds of workload, by which the analyzer knows queues and what nobody waits for. */
const TRACE_TYPE: Readonly<Record<Workload['kind'], string>> = {
  'ecs-service': 'AWS::ECS::Service',
  'lambda-function': 'AWS::Lambda::Function',
  'sqs-queue': 'AWS::SQS::Queue',
};

const COLUMN: Readonly<Record<DiagnosedRole, Pick<Series, 'metric' | 'stat'>>> = {
  requestCount: { metric: 'requests', stat: 'Sum' },
  latencyP95: { metric: 'latency', stat: 'Average' },
  errorRate: { metric: 'availability', stat: 'Average' },
};

/** Milliseconds to seconds, percent of failures to percent of successes: as the analyzer measures. */
const IN_COLUMN_UNIT: Readonly<Record<DiagnosedRole, (value: number) => number>> = {
  requestCount: (value) => value,
  latencyP95: (value) => value / 1_000,
  errorRate: (value) => 100 - value,
};

/** The service graph of workloads, with every edge that is declared or was seen. */
export const serviceGraph = (workloads: readonly Workload[]): ServiceGraph => {
  const known = new Set(workloads.map(({ workloadId }) => workloadId));
  return {
    nodes: [...known],
    edges: workloads.flatMap((workload) =>
      calleesOf(workload)
        .filter((callee) => known.has(callee))
        .map((callee) => [workload.workloadId, callee] as const),
    ),
    kinds: Object.fromEntries(workloads.map((one) => [one.workloadId, one.traceType ?? TRACE_TYPE[one.kind]])),
  };
};

type Trouble = Exclude<MetricName, 'requests'>;
const OTHER: Readonly<Record<Trouble, Trouble>> = { latency: 'availability', availability: 'latency' };

/** What is in trouble: failing calls unless the signal was about slowness. */
const troubleOf = (role: MetricRole | null): Trouble =>
  role === 'latencyP95' || role === 'cpuUtilization' || role === 'poolUtilization' ? 'latency' : 'availability';

/**
 * The questions, in the order in which the first answer counts: of each alarmed workload what its signal was about, then of
 * each the other. What nobody complained of, such as a caller that waits for what fails, must not be blamed first.
 */
const questionsFor = (
  alarmed: IncidentTelemetry['alarmed'],
): readonly { readonly workloadId: WorkloadId; readonly metric: Trouble }[] => [
  ...alarmed.map(({ workloadId, role }) => ({ workloadId, metric: troubleOf(role) })),
  ...alarmed.map(({ workloadId, role }) => ({ workloadId, metric: OTHER[troubleOf(role)] })),
];

/**
 * Ranks the workloads that one fault can reach by how much of the trouble each causes itself.
 *
 * Samples before the onset are the baseline. The onset is looked for in the alarmed workload's own metric, because an alarm notices
 * late, and by how much is different for every alarm.
 */
export const diagnoseIncident = (telemetry: IncidentTelemetry): IncidentDiagnosis => {
  if (telemetry.workloads.length < 2)
    return { answer: 'none', reason: 'the workload has no neighbours to compare with' };
  const table = rowsOf(telemetry);
  if (table.t.length < 3) return { answer: 'none', reason: `${table.t.length} rows of metrics are too few` };
  const graph = serviceGraph(telemetry.workloads);
  const reasons: string[] = [];
  for (const { workloadId, metric } of questionsFor(telemetry.alarmed)) {
    const onset = onsetOf(table, workloadId, metric, telemetry);
    const before = table.t.filter((at) => at < onset);
    const found = diagnose({
      graph,
      alarm: { node: workloadId, metric, timestamp: onset },
      baseline: learnBaseline(tabulate(slice(table, 0, before.length))),
      window: tabulate(slice(table, Math.max(0, before.length - 2))),
    });
    if (found.answer === 'none') {
      reasons.push(found.reason);
      continue;
    }
    const causes = found.causes.slice(0, MAX_CAUSES).map(({ node, share, reason }) => ({
      workloadId: node,
      metric,
      share: Math.min(1, Math.max(0, share)),
      reason,
    }));
    const accused = causes[0]?.workloadId;
    const victims = telemetry.alarmed.map((one) => one.workloadId).filter((id) => id !== accused);
    return { answer: 'causes', alarmed: workloadId, causes, victims: [...new Set(victims)].sort() };
  }
  return { answer: 'none', reason: reasons[0] ?? 'no workload is in alarm' };
};

interface Rows {
  /** Unix seconds at which each row starts. */
  readonly t: readonly number[];
  readonly series: readonly Series[];
}

const rowsOf = ({ series, periodSeconds }: IncidentTelemetry): Rows => {
  const rowOf = (at: EpochMs): number => Math.floor(at / 1_000 / periodSeconds) * periodSeconds;
  const t = [...new Set(series.flatMap(({ samples }) => samples.map(({ at }) => rowOf(at))))].sort((a, b) => a - b);
  return {
    t,
    series: series.map(({ workloadId, role, samples }) => {
      const byRow = new Map(samples.map(({ at, value }) => [rowOf(at), IN_COLUMN_UNIT[role](value)]));
      return { node: workloadId, ...COLUMN[role], v: t.map((at) => byRow.get(at) ?? null) };
    }),
  };
};

const slice = ({ t, series }: Rows, from: number, to?: number): Rows => ({
  t: t.slice(from, to),
  series: series.map((one) => ({ ...one, v: one.v?.slice(from, to) ?? null })),
});

/** Start of the first row of the trouble that was noticed; of the row of the notice where the metric does not show it. */
const onsetOf = (
  { t, series }: Rows,
  workloadId: WorkloadId,
  metric: MetricName,
  { noticedAt, periodSeconds }: IncidentTelemetry,
): number => {
  const noticed = Math.floor(noticedAt / 1_000 / periodSeconds) * periodSeconds;
  const values = series.find((one) => one.node === workloadId && one.metric === metric)?.v ?? [];
  const earliest = noticed - LOOK_BACK_ROWS * periodSeconds;
  const usual = median(values.filter((value, row) => value !== null && (t[row] as number) < earliest) as number[]);
  if (usual === null) return noticed;
  const excess = t.map((_, row) => {
    const value = values[row];
    return value === null || value === undefined ? 0 : metric === 'availability' ? usual - value : value - usual;
  });
  const worst = Math.max(0, ...excess.filter((_, row) => (t[row] as number) >= earliest));
  const isTrouble = (row: number): boolean => worst > 0 && (excess[row] as number) >= ONSET_SHARE * worst;
  // The row of the notice itself may have no sample yet; then the trouble ends with the row before it.
  let row = t.findLastIndex((at) => at <= noticed);
  if (row > 0 && !isTrouble(row)) row -= 1;
  if (row < 0 || !isTrouble(row)) return noticed;
  while (row > 0 && isTrouble(row - 1) && (t[row - 1] as number) >= earliest) row -= 1;
  return t[row] as number;
};
