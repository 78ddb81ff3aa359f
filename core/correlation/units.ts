import type { CorrelateInput, OpenIncident, Signal } from './shapes.ts';

/** A workload in trouble for one stretch of time: a burst of its signals, an open incident on it, or what a diagnosis accuses. */
export interface Unit {
  readonly workloadId: string;
  /** Epoch milliseconds of its first and last signal. */
  readonly first: number;
  readonly last: number;
  readonly severity: number;
  readonly signals: readonly Signal[];
  /** The open incident whose root this is. */
  readonly incident?: OpenIncident;
  /** Named by a diagnosis, so that no deeper alarm takes its place. */
  readonly diagnosed: boolean;
  /** Deployments that reached its workload shortly before it got into trouble. */
  readonly deploymentIds: readonly string[];
}

/** A unit before it is asked what was deployed. */
type Burst = Omit<Unit, 'deploymentIds'>;

/** Order that does not depend on arrival: by time, then by id and content. */
export const bySignal = (a: Signal, b: Signal): number =>
  a.at - b.at ||
  compare(a.signalId, b.signalId) ||
  compare(a.workloadId, b.workloadId) ||
  b.severity - a.severity ||
  compare(a.kind, b.kind);

/** Order of texts by code unit, the same on every machine. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Distance in time between two stretches; 0 where they overlap. */
export const gapBetween = (a: Pick<Unit, 'first' | 'last'>, b: Pick<Unit, 'first' | 'last'>): number =>
  Math.max(0, a.first - b.last, b.first - a.last);

/** Splits a workload's signals, given in time order, where nothing came for longer than the window. */
const bursts = (signals: readonly Signal[], windowMs: number): Signal[][] => {
  const result: Signal[][] = [];
  for (const signal of signals) {
    const burst = result.at(-1);
    const last = burst?.at(-1);
    if (burst === undefined || last === undefined || signal.at - last.at > windowMs) result.push([signal]);
    else burst.push(signal);
  }
  return result;
};

const unitOf = (workloadId: string, signals: readonly Signal[], diagnosed: boolean): Burst => ({
  workloadId,
  first: (signals[0] as Signal).at,
  last: (signals.at(-1) as Signal).at,
  severity: signals.reduce((highest, { severity }) => Math.max(highest, severity), 0),
  signals,
  diagnosed,
});

const incidentUnit = (incident: OpenIncident, signals: readonly Signal[], diagnosed: boolean): Burst => ({
  workloadId: incident.rootWorkloadId,
  first: Math.min(incident.openedAt, signals[0]?.at ?? incident.openedAt),
  last: Math.max(incident.lastSignalAt, signals.at(-1)?.at ?? incident.lastSignalAt),
  severity: signals.reduce((highest, { severity }) => Math.max(highest, severity), incident.peakSeverity ?? 0),
  signals,
  incident,
  diagnosed,
});

/** The open incident a workload already belongs to: as root, else as member of the one that heard from it last. */
const homeOf = (workloadId: string, incidents: readonly OpenIncident[]): OpenIncident | undefined =>
  incidents.find(({ rootWorkloadId }) => rootWorkloadId === workloadId) ??
  incidents
    .filter(({ members }) => members.includes(workloadId))
    .sort((a, b) => b.lastSignalAt - a.lastSignalAt || compare(a.incidentId, b.incidentId))[0];

/**
 * Groups signals by workload and burst. A workload that already belongs to an open incident adds to that incident whatever the time: while it
 * is being healed its signals are echoes of it.
 *
 * @param signals - in `bySignal` order
 */
export const unitsOf = (signals: readonly Signal[], input: CorrelateInput): Unit[] => {
  const incidents = [...input.openIncidents].sort(
    (a, b) => a.openedAt - b.openedAt || compare(a.incidentId, b.incidentId),
  );
  const accused = new Map(
    (input.diagnoses ?? []).map(({ workloadId, rootWorkloadId }) => [workloadId, rootWorkloadId]),
  );
  const isAccused = new Set(accused.values());
  const atHome = new Map<OpenIncident, Signal[]>(incidents.map((incident) => [incident, []]));
  const elsewhere = new Map<string, Signal[]>();
  const homes = new Map<string, OpenIncident | undefined>();
  for (const signal of signals) {
    const { workloadId } = signal;
    if (!homes.has(workloadId)) homes.set(workloadId, homeOf(workloadId, incidents));
    const home = homes.get(workloadId);
    if (home !== undefined) atHome.get(home)?.push(signal);
    else if (elsewhere.has(workloadId)) elsewhere.get(workloadId)?.push(signal);
    else elsewhere.set(workloadId, [signal]);
  }
  const units = [...atHome].map(([incident, own]) =>
    incidentUnit(incident, own, isAccused.has(incident.rootWorkloadId)),
  );
  for (const [workloadId, own] of elsewhere) {
    for (const burst of bursts(own, input.limits.windowMs))
      units.push(unitOf(workloadId, burst, isAccused.has(workloadId)));
  }
  return [...units, ...silentRoots(units, accused)].map((unit) => withDeployments(unit, input)).sort(byUnit);
};

const withDeployments = (unit: Burst, { deployments = [], limits }: CorrelateInput): Unit => ({
  ...unit,
  deploymentIds: deployments
    .filter(
      ({ workloadId, at }) =>
        workloadId === unit.workloadId && at <= unit.last && unit.first - at <= limits.deploymentWindowMs,
    )
    .map(({ deploymentId }) => deploymentId),
});

/** Units for workloads that a diagnosis accuses though they sent no signal themselves. */
const silentRoots = (units: readonly Burst[], accused: ReadonlyMap<string, string>): Burst[] => {
  const heard = new Set(units.map(({ workloadId }) => workloadId));
  const silent = new Map<string, Burst>();
  for (const { workloadId, first, last } of units) {
    const root = accused.get(workloadId);
    if (root === undefined || heard.has(root)) continue;
    const known = silent.get(root);
    silent.set(root, {
      workloadId: root,
      first: Math.min(first, known?.first ?? first),
      last: Math.max(last, known?.last ?? last),
      severity: 0,
      signals: [],
      diagnosed: true,
    });
  }
  return [...silent.values()];
};

/** The likelier root first: accused by a diagnosis, already an incident, just deployed, more severe, earlier; the name only decides ties. */
export const byUnit = (a: Unit, b: Unit): number =>
  Number(b.diagnosed) - Number(a.diagnosed) ||
  Number(b.incident !== undefined) - Number(a.incident !== undefined) ||
  Number(b.deploymentIds.length > 0) - Number(a.deploymentIds.length > 0) ||
  b.severity - a.severity ||
  a.first - b.first ||
  compare(a.workloadId, b.workloadId);
