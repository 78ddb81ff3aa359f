/** One observation about a workload, as the Issue Monitor receives it. */
export interface Signal {
  readonly signalId: string;
  readonly workloadId: string;
  /** `alarm`, `anomaly`, `forecast`, `deployment`, `webhook`, `finding`, ... */
  readonly kind: string;
  /** 0 (nothing) to 100 (down). */
  readonly severity: number;
  /** Epoch milliseconds of the observation, not of its arrival. */
  readonly at: number;
  /** What it looked like; equal on workloads that fail in the same way. */
  readonly fingerprint?: string | undefined;
  /** Looked at again after a while and still there: then it is not flapping. */
  readonly sustained?: boolean | undefined;
}

/** An incident that is not resolved yet. */
export interface OpenIncident {
  readonly incidentId: string;
  readonly rootWorkloadId: string;
  /** Ids of the workloads whose signals belong to it, the root among them or not. */
  readonly members: readonly string[];
  /** Epoch milliseconds. */
  readonly openedAt: number;
  /** Epoch milliseconds of its newest signal. */
  readonly lastSignalAt: number;
  /** Highest severity so far; without it every signal at the opening threshold counts as known. */
  readonly peakSeverity?: number | undefined;
  /** Opened for a forecast. */
  readonly foretold?: boolean | undefined;
}

/** An incident that was closed a while ago, which is what flapping is seen by. */
export interface ClosedIncident {
  readonly rootWorkloadId: string;
  /** Epoch milliseconds. */
  readonly closedAt: number;
  readonly peakSeverity: number;
}

/** Who depends on whom: `edges` are `[caller, callee]`. */
export interface DependencyGraph {
  readonly nodes: readonly string[];
  readonly edges: readonly (readonly [string, string])[];
}

/** A finished root-cause ranking: the alarmed workload and the cause it names first. */
export interface DiagnosedRoot {
  readonly workloadId: string;
  readonly rootWorkloadId: string;
}

/** A change that reached a workload; several workloads share an id when one change reached them all. */
export interface Deployment {
  readonly deploymentId: string;
  readonly workloadId: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Thresholds of correlation; times in milliseconds, severities 0-100. */
export interface CorrelationLimits {
  /** Signals of one cause follow each other within this time. */
  readonly windowMs: number;
  /** A new group waits this long after its first signal, so that a dependency that alarms later can still become the root. */
  readonly settleMs: number;
  /** A signal that opened or joined nothing within this time is dropped. */
  readonly staleMs: number;
  /** Clocks may run ahead by this much. */
  readonly skewMs: number;
  /** Severity at which an incident opens: the environment's issue threshold. */
  readonly openSeverity: number;
  /** Below `openSeverity` by this much a workload counts as well again; above a known peak by this much it counts as worse. */
  readonly hysteresis: number;
  /** So many incidents closed within `flapWindowMs` make a workload flapping. */
  readonly flapCount: number;
  readonly flapWindowMs: number;
  /** A deployment is suspected for this long. */
  readonly deploymentWindowMs: number;
  /** Kinds that need a second, different signal or a deployment before an incident opens. */
  readonly weakKinds: readonly string[];
}

/** Shipped limits. `openSeverity` is dev's; stage and prod pass their own. */
export const DEFAULT_LIMITS: CorrelationLimits = {
  windowMs: 5 * 60_000,
  settleMs: 0,
  staleMs: 15 * 60_000,
  skewMs: 60_000,
  openSeverity: 30,
  hysteresis: 10,
  flapCount: 3,
  flapWindowMs: 30 * 60_000,
  deploymentWindowMs: 10 * 60_000,
  weakKinds: ['anomaly'],
};

/** Everything correlation reads; plain data, so that a decision can be replayed from its record. */
export interface CorrelateInput {
  /** New signals and those held by earlier calls, in any order. */
  readonly signals: readonly Signal[];
  readonly openIncidents: readonly OpenIncident[];
  readonly topology: DependencyGraph;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly limits: CorrelationLimits;
  readonly recentlyClosed?: readonly ClosedIncident[] | undefined;
  readonly diagnoses?: readonly DiagnosedRoot[] | undefined;
  readonly deployments?: readonly Deployment[] | undefined;
}

interface About {
  readonly signalId: string;
  readonly workloadId: string;
  /** Why, for people. */
  readonly reason: string;
}

/** What becomes of one signal. */
export type CorrelationDecision =
  /** It opens an incident. `incidentRef` names it in the other decisions of this call, and is the same whatever the order of arrival. */
  | (About & {
      readonly action: 'open';
      readonly incidentRef: string;
      readonly rootWorkloadId: string;
      /** Every workload with a signal in it, sorted. */
      readonly members: readonly string[];
      /** Epoch milliseconds of the earliest signal. */
      readonly openedAt: number;
      readonly severity: number;
    })
  /** It joins an open incident (`incidentRef` is its id) or one that this call opens. */
  | (About & {
      readonly action: 'attach';
      readonly incidentRef: string;
      /** Root after this call; differs from the incident's when a dependency turned out to be the cause. */
      readonly rootWorkloadId: string;
      /** Open incidents that turned out to have the same cause and end in this one. */
      readonly absorbs: readonly string[];
      /** Whether it is worse than what the incident knew, and so must pass any damping of notifications. */
      readonly escalates: boolean;
    })
  /** Not enough to open; pass it again with the next call. */
  | (About & { readonly action: 'hold' })
  /** Duplicate, too old or not believable. */
  | (About & { readonly action: 'drop' });
