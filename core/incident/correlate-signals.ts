import type { Limits } from '../contracts/limits.ts';
import type { Signal } from '../contracts/signal.ts';
import type { Workload, WorkloadId } from '../contracts/workload.ts';
import { correlate } from '../correlation/correlate.ts';
import type { CorrelationDecision, CorrelationLimits, DependencyGraph } from '../correlation/shapes.ts';
import { DEFAULT_LIMITS } from '../correlation/shapes.ts';
import type { Claim, Surroundings } from '../shared/ports.ts';
import type { EpochMs } from '../shared/units.ts';
import { fromIso, seconds } from '../shared/units.ts';
import { atMostMembers, calleesOf, dependenciesOf, relatedWorkloads } from './members.ts';

/** Nothing is known yet: what a signal is taken for until a store says otherwise. */
export const UNKNOWN_SURROUNDINGS: Surroundings = { claims: {}, incidents: [], held: [], deployments: [] };

/** So many incidents that turned out to be nothing make a workload flapping. */
export const FLAP_COUNT = DEFAULT_LIMITS.flapCount;

/** A workload that flaps must stay in alarm for this long. */
export const FLAP_HOLD = seconds(60);

export interface CorrelateSignalsInput {
  readonly signals: readonly Signal[];
  readonly registry: readonly Workload[];
  readonly surroundings: Surroundings;
  readonly now: EpochMs;
  readonly limits: Pick<Limits, 'issueThreshold' | 'signalMaxAgeSeconds'>;
  /** Ids of signals whose alarm was looked at again and still fires. */
  readonly sustained?: readonly string[];
}

const limitsFrom = ({ issueThreshold, signalMaxAgeSeconds }: CorrelateSignalsInput['limits']): CorrelationLimits => ({
  ...DEFAULT_LIMITS,
  openSeverity: issueThreshold,
  staleMs: seconds(signalMaxAgeSeconds),
});

/** The registry's edges, declared or seen, as correlation reads them. */
const dependencyGraph = (registry: readonly Workload[]): DependencyGraph => ({
  nodes: registry.map(({ workloadId }) => workloadId),
  edges: registry.flatMap((one) => calleesOf(one).map((callee) => [one.workloadId, callee] as const)),
});

/** What becomes of signals, by what is known around them; see {@link correlate}. Two signals fail alike when they are about one role. */
export const correlateSignals = (input: CorrelateSignalsInput): readonly CorrelationDecision[] => {
  const { signals, registry, surroundings, now, limits, sustained = [] } = input;
  return correlate({
    signals: signals.map(({ signalId, workloadId, source, severity, occurredAt, role }) => ({
      signalId,
      workloadId,
      kind: source,
      severity,
      at: fromIso(occurredAt),
      fingerprint: role ?? undefined,
      sustained: sustained.includes(signalId),
    })),
    openIncidents: surroundings.incidents.map(({ incident, heardFrom, lastSignalAt }) => ({
      incidentId: incident.incidentId,
      rootWorkloadId: incident.workloadId,
      members: heardFrom,
      openedAt: fromIso(incident.openedAt),
      lastSignalAt,
      peakSeverity: incident.severity,
      foretold: incident.foretold,
    })),
    recentlyClosed: Object.entries(surroundings.claims).flatMap(([rootWorkloadId, { dismissals, severity }]) =>
      dismissals.map((closedAt) => ({ rootWorkloadId, closedAt, peakSeverity: severity })),
    ),
    topology: dependencyGraph(registry),
    deployments: surroundings.deployments,
    now,
    limits: limitsFrom(limits),
  });
};

/** Whether a signal is too weak to stand alone. */
export const isWeak = ({ source }: Signal): boolean => DEFAULT_LIMITS.weakKinds.includes(source);

/**
 * Whether an incident on `root` could have the cause of one that is open already: neither explains the other, but both need
 * something that has not been heard of yet. Its alarm may be on the way, so who asks should wait a little.
 */
export const mayShareCause = (
  root: WorkloadId,
  registry: readonly Workload[],
  { incidents }: Surroundings,
): boolean => {
  const needed = dependenciesOf(root, registry);
  return incidents.some(({ incident, heardFrom }) =>
    dependenciesOf(incident.workloadId, registry).some((id) => needed.includes(id) && !heardFrom.includes(id)),
  );
};

export interface Membership {
  /** The workloads that an incident claims: those that one fault at its root can reach, as far as they are free. */
  readonly members: readonly WorkloadId[];
  /** Claims that it replaces. */
  readonly over: Readonly<Record<WorkloadId, Claim>>;
}

/**
 * What an incident on `root` claims. Of another open incident it takes over what that one holds only by precaution: the root
 * itself, and workloads that the other's root can neither harm nor be harmed by. A victim of both stays where it is.
 */
export const membersOf = (
  root: WorkloadId,
  registry: readonly Workload[],
  { claims, incidents }: Surroundings,
): Membership => {
  const isTheirs = (member: WorkloadId, claim: Claim): boolean => {
    const other = incidents.find(({ incident }) => incident.incidentId === claim.incidentId);
    if (!claim.open || other === undefined || member === root) return false;
    return other.heardFrom.includes(member) || relatedWorkloads(other.incident.workloadId, registry).includes(member);
  };
  const free = relatedWorkloads(root, registry).filter((member) => {
    const claim = claims[member];
    return claim === undefined || !isTheirs(member, claim);
  });
  const members = atMostMembers(root, free);
  const over = Object.fromEntries(members.flatMap((member) => (claims[member] ? [[member, claims[member]]] : [])));
  return { members, over };
};
