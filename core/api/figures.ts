import type * as z from 'zod';
import type { FiguresSchema, HeatMapSchema, LearningCurveSchema } from '../contracts/api/metrics.ts';
import type { Incident } from '../contracts/incident.ts';
import type { EpochMs } from '../shared/units.ts';
import { elapsed, epochMs, fromIso, hours, toIso } from '../shared/units.ts';

export type Figures = z.output<typeof FiguresSchema>;
type HeatCell = z.output<typeof HeatMapSchema>['cells'][number];
type CurvePoint = z.output<typeof LearningCurveSchema>['points'][number];

/** What one use of an action costs, in impact-minutes; 0 for one that is not known. */
export type ActionCost = (action: string) => number;

/**
 * How well incidents were handled.
 *
 * @param incidents - in any order; those that are still open count only as open
 */
export const figuresOf = (incidents: readonly Incident[], costOf: ActionCost): Figures => {
  const count = (status: Incident['status']): number => incidents.filter((one) => one.status === status).length;
  const recovered = incidents.filter(({ status }) => status === 'recovered');
  const closed = incidents.filter(({ closedAt, status }) => closedAt !== null && status !== 'dismissed');
  const acted = closed.filter(
    ({ lastAction }) => lastAction !== null && lastAction !== 'wait' && lastAction !== 'escalate',
  );
  const seconds = recovered.map((one) => minutesOpen(one) * 60).sort((a, b) => a - b);
  return {
    incidents: incidents.length,
    open: count('open') + count('awaiting_approval'),
    recovered: recovered.length,
    escalated: count('escalated'),
    dismissed: count('dismissed'),
    healRatePercent: percent(recovered.length, recovered.length + count('escalated')),
    harmRatePercent: percent(acted.filter(({ outcome }) => outcome === 'worse').length, acted.length),
    firstAttemptPercent: percent(recovered.filter(({ attempts }) => attempts <= 1).length, recovered.length),
    timeToRecover:
      seconds.length === 0
        ? null
        : {
            mean: rounded(mean(seconds)),
            median: rounded(quantile(seconds, 0.5)),
            p90: rounded(quantile(seconds, 0.9)),
          },
    costPerIncidentMinutes: closed.length === 0 ? null : rounded(mean(closed.map((one) => costIn(one, costOf)))),
  };
};

/** Minutes in which users were hurt, by severity, and what was done about it. */
const costIn = (incident: Incident, costOf: ActionCost): number =>
  (minutesOpen(incident) * incident.severity) / 100 +
  (incident.lastAction === null ? 0 : costOf(incident.lastAction) * Math.max(1, incident.attempts));

const minutesOpen = ({ openedAt, closedAt }: Incident): number =>
  closedAt === null ? 0 : elapsed(fromIso(openedAt), fromIso(closedAt)) / 60_000;

/** In which hours what was broken: a cell per workload and hour in which an incident was open. */
export const heatMapOf = (incidents: readonly Incident[], now: EpochMs): HeatCell[] => {
  const cells = new Map<string, HeatCell>();
  const hour = hours(1);
  for (const { workloadId, openedAt, closedAt, status } of incidents) {
    if (status === 'dismissed') continue;
    const begin = fromIso(openedAt);
    // One that nobody closed for a week says nothing about the hours since.
    const end = Math.min(closedAt === null ? now : fromIso(closedAt), begin + hours(7 * 24));
    // One that ends as an hour begins was not open in it; one that ended at once was open in its own.
    for (let start = Math.floor(begin / hour) * hour; start <= begin || start < end; start += hour) {
      const at = toIso(epochMs(start));
      const key = `${workloadId} ${at}`;
      const before = cells.get(key) ?? { workloadId, hour: at, incidents: 0, minutes: 0 };
      const minutes = Math.max(0, Math.min(end, start + hour) - Math.max(begin, start)) / 60_000;
      cells.set(key, {
        ...before,
        incidents: before.incidents + 1,
        minutes: rounded(Math.min(60, before.minutes + minutes)),
      });
    }
  }
  return [...cells.values()].sort((a, b) => a.hour.localeCompare(b.hour) || a.workloadId.localeCompare(b.workloadId));
};

/** Figures of each block of consecutive closed incidents, oldest first; a last block that is not full is left out. */
export const learningCurveOf = (incidents: readonly Incident[], block: number, costOf: ActionCost): CurvePoint[] => {
  const closed = incidents
    .filter(({ status }) => status === 'recovered' || status === 'escalated')
    .sort((a, b) => a.openedAt.localeCompare(b.openedAt));
  return Array.from({ length: Math.floor(closed.length / block) }, (_, index) => {
    const part = closed.slice(index * block, (index + 1) * block);
    const { healRatePercent, firstAttemptPercent, costPerIncidentMinutes } = figuresOf(part, costOf);
    return {
      from: part[0]?.openedAt ?? '',
      to: part.at(-1)?.openedAt ?? '',
      incidents: part.length,
      healRatePercent,
      firstAttemptPercent,
      costPerIncidentMinutes,
    };
  });
};

const percent = (part: number, whole: number): number | null => (whole === 0 ? null : rounded((100 * part) / whole));
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
/** By the nearest rank; values ascending. */
const quantile = (values: readonly number[], share: number): number =>
  values[Math.max(0, Math.ceil(share * values.length) - 1)] ?? 0;
const rounded = (value: number): number => Math.round(value * 100) / 100;
