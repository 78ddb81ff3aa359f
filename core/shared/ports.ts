import type { ActionId, ActionPlan, AppliedAction } from '../contracts/action.ts';
import type { BusEvent } from '../contracts/event.ts';
import type { StoredExperience } from '../contracts/experience.ts';
import type { AlarmState, Evidence, WorkloadState } from '../contracts/evidence.ts';
import type { ApprovalRequest, Incident } from '../contracts/incident.ts';
import type { JournalRecord } from '../contracts/journal.ts';
import type { Mode } from '../contracts/limits.ts';
import type { Notice } from '../contracts/notice.ts';
import type { Evaluation, ExperienceTrace, ModelPointer, ModelRef, ModelSnapshot } from '../contracts/model.ts';
import type { OutcomeStatus } from '../contracts/outcome.ts';
import type { Signal } from '../contracts/signal.ts';
import type { Verdict } from '../contracts/verdict.ts';
import type { MetricRef, MetricRole, SeenCall, Workload, WorkloadId } from '../contracts/workload.ts';
import type { MetricWatch } from '../detection/metric-watch.ts';
import type { EvidenceDelta, QTable } from '../learning/evidence.ts';
import type { CallCount } from '../topology/seen-calls.ts';
import type { DurationMs, EpochMs } from './units.ts';

/** What the product needs from the world, in its own words. Adapters are in `lambdas/adapters`, fakes in `test/support`. */

export interface Clock {
  now(): EpochMs;
  sleep(duration: DurationMs): Promise<void>;
}

/** SHA-256 of a text's UTF-8 bytes, 64 lower-case hex digits. */
export type Sha256 = (text: string) => string;

/** A write that happens at most once: the second writer gets what the first one wrote. */
export type Appended = { readonly status: 'appended' } | { readonly status: 'exists'; readonly record: JournalRecord };

export interface Journal {
  /** Puts the record unless its (incident, seq) is taken. */
  append(record: JournalRecord): Promise<Appended>;
  /** The whole chain, by seq. */
  read(incidentId: string): Promise<readonly JournalRecord[]>;
}

/** Earlier actions on a workload, oldest first; kept across restarts, and bounded: `LEAST_REMEMBERED` to twice of it. */
export interface PastAction {
  readonly incidentId: string;
  readonly actionId: ActionId;
  readonly at: EpochMs;
  readonly outcome: OutcomeStatus;
  /** Ids under which our own change comes back as an event. */
  readonly changeIds: readonly string[];
}

export interface Lease {
  /** Incident that may act, or the last one that might. */
  readonly holder: string;
  readonly fencingToken: number;
  readonly expiresAt: EpochMs;
}

/** What Enforce must know about the present besides the evidence. */
export interface Coordination {
  readonly lease: Lease | null;
  readonly history: readonly PastAction[];
  readonly actionsThisHour: number;
  /** Incidents that are acting right now, this one included if it is. */
  readonly acting: readonly string[];
  /** Leases of the other workloads of the dependency group. */
  readonly groupLeases: readonly Lease[];
  /** What changes may have cost today (UTC), in millionths of a US dollar. */
  readonly spentTodayMicroUsd: number;
  /** Incidents of this hour that waited in a queue before their first verdict, in the order of their verdicts. */
  readonly backlog: readonly string[];
}

export type Granted =
  | { readonly status: 'granted' }
  | { readonly status: 'exists'; readonly record: JournalRecord }
  /** Another incident was faster, or a budget ran out, between the reading and the writing: decide again. */
  | { readonly status: 'conflict' };

export interface GrantRequest {
  readonly record: JournalRecord;
  readonly workloadId: WorkloadId;
  readonly lease: Lease;
  /** Token that was read; the grant fails if it has moved. 0: there was no lease yet. */
  readonly expectedToken: number;
  readonly now: EpochMs;
  readonly maxConcurrentActions: number;
  readonly maxActionsPerHour: number;
  /** Other workloads of the dependency group: no other incident may hold a lease of theirs. */
  readonly group: readonly WorkloadId[];
  readonly costMicroUsd: number;
  readonly maxCostPerDayMicroUsd: number;
}

export type Intended =
  | { readonly status: 'appended' }
  /** An earlier run was here; `held` tells whether the lease is still this incident's. */
  | { readonly status: 'exists'; readonly record: JournalRecord; readonly held: boolean }
  | { readonly status: 'lost' };

/** Leases, budgets and histories: one request to read them, one transaction to take them. */
export interface CoordinationStore {
  /** @param group - other workloads of the dependency group */
  read(workloadId: WorkloadId, now: EpochMs, group: readonly WorkloadId[]): Promise<Coordination>;
  /** Takes the lease, the slot and one action of the hour's budget together with the verdict's record, or none of them. */
  grant(request: GrantRequest): Promise<Granted>;
  /** Writes a verdict that grants nothing, and puts its incident into the backlog, which must still be as long as read. */
  enqueue(record: JournalRecord, length: number, now: EpochMs): Promise<Granted>;
  /** Writes the intent to act if the lease is still this incident's under this token. `lost` means: do not act. */
  intend(record: JournalRecord, workloadId: WorkloadId, lease: Lease, now: EpochMs): Promise<Intended>;
}

/** Everything that one incident's end writes at once: its last record, its view, what it held and what it taught. */
export interface AttemptEnd {
  readonly record: JournalRecord;
  readonly incident: Incident;
  readonly close: boolean;
  /** Workloads whose signals were attached to this incident. */
  readonly members: readonly WorkloadId[];
  readonly workloadId: WorkloadId;
  /** What Enforce granted in this attempt; null when nothing is held. */
  readonly lease: Verdict['lease'];
  /** Null when no action was taken in this attempt. */
  readonly pastAction: PastAction | null;
  readonly experience: Experience | null;
  /** The earlier incident's second event, when this one shows that its cure did not last. */
  readonly relapse?: Experience | null;
}

/** One event of the log from which the Q-table can be rebuilt: a finished incident, its relapse, its rating, what was handed on. */
export interface Experience {
  readonly executionId: string;
  /** `incident` if it is not said. */
  readonly kind?: StoredExperience['kind'];
  readonly tier: string;
  readonly at: EpochMs;
  readonly deltas: readonly EvidenceDelta[];
  /** What versions are judged by; missing in corrections, and in what another environment handed on. */
  readonly trace?: ExperienceTrace | undefined;
}

/** Whose a workload is: its open incident, or its last one and when that ended. */
export interface Claim {
  readonly incidentId: string;
  readonly open: boolean;
  /** 0 while it is open. */
  readonly closedAt: EpochMs;
  /** When its latest incidents turned out to be nothing, which is what flapping is seen by. */
  readonly dismissals: readonly EpochMs[];
  /** Highest severity of that incident, 0-100; 0 where it was not looked up. */
  readonly severity: number;
}

/** A change that reached a workload. */
export interface Deployed {
  readonly workloadId: WorkloadId;
  /** The service's own name for it. */
  readonly deploymentId: string;
  readonly at: EpochMs;
}

/** What is known around workloads when a signal of one of them has to find its place. */
export interface Surroundings {
  readonly claims: Readonly<Record<WorkloadId, Claim>>;
  /** The open incidents among the claims, as they stand. */
  readonly incidents: readonly {
    readonly incident: Incident;
    readonly heardFrom: readonly WorkloadId[];
    readonly lastSignalAt: EpochMs;
  }[];
  /** Signals that wait for a second one. */
  readonly held: readonly Signal[];
  /** The newest change of each workload, where one is known. */
  readonly deployments: readonly Deployed[];
}

/** What further signals change about an incident: a cause that lies deeper, a severity that rose. */
export interface IncidentChange {
  /** Moves the root; refused when it is no longer where it was seen, because another signal may have moved it deeper. */
  readonly root?: { readonly from: WorkloadId; readonly to: WorkloadId };
  /** Refused when it is higher by now. */
  readonly severity?: number;
  /** Those of the signals that have been waiting for a second one. */
  readonly waited?: readonly Signal[];
}

export interface IncidentStore {
  /**
   * Opens the incident unless its signal was seen before, a member already belongs to an open one, is flapping or has
   * signals waiting: what is known of those is asked for with `around`, and given as `over` the next time.
   */
  open(request: {
    readonly incident: Incident;
    readonly signal: Signal;
    readonly record: JournalRecord;
    readonly members: readonly WorkloadId[];
    /** Claims that were looked at and may be replaced if they are still the same. */
    readonly over?: Readonly<Record<WorkloadId, Claim>>;
    /** Dismissals of the root after which it counts as flapping. */
    readonly flapCount?: number;
  }): Promise<
    | { readonly status: 'opened' }
    /** The same signal once more; `opener` tells that it is the one that opened this still open incident. */
    | { readonly status: 'duplicate'; readonly incidentId: string; readonly opener: boolean }
    | { readonly status: 'belongs'; readonly incidentId: string }
    /** It happened before the workload's last incident was closed: old news. */
    | { readonly status: 'late'; readonly incidentId: string }
    /** Signals wait here, or it has been flapping: look around first. */
    | { readonly status: 'unsettled' }
  >;
  /**
   * Attaches signals to an open incident, all in one write, or none: `closed` when it ended meanwhile, `changed` when the
   * change is about an incident that looks different by now.
   *
   * @param signals - at most 40: a transaction has a hundred items
   */
  attach(
    incidentId: string,
    signals: readonly Signal[],
    change?: IncidentChange,
  ): Promise<'closed' | 'changed' | readonly ('attached' | 'duplicate')[]>;
  around(workloadIds: readonly WorkloadId[]): Promise<Surroundings>;
  /** Remembers a change, unless a newer one is known: trouble that begins soon after it may come from it. */
  deployed(deployment: Deployed): Promise<void>;
  /** Keeps a signal that is not enough to open an incident. */
  hold(signal: Signal): Promise<'held' | 'duplicate'>;
  /** Ends the waiting of a signal that nothing confirmed; a copy of it is known from now on. */
  release(signal: Signal): Promise<void>;
  get(incidentId: string): Promise<Incident | null>;
  endAttempt(end: AttemptEnd): Promise<Appended>;
  /** Keeps the question with its incident; false when the incident is over: what is closed is not opened again. */
  requestApproval(request: ApprovalRequest): Promise<boolean>;
  /** Gives the open question a new token and keeps the yeses that it has; false when it is no longer open. */
  renewApproval(request: ApprovalRequest): Promise<boolean>;
}

/** A workload's incidents before the present one. */
export interface EarlierIncidents {
  /** The newest ten, newest first. */
  readonly incidents: Evidence['earlierIncidents'];
  /** All of the last 24 hours, those dismissed and those that people asked for left out. */
  readonly today: number;
}

/** What Sense reads of its own tables in one request. */
export interface IncidentContext {
  readonly incident: Incident;
  readonly signals: readonly Signal[];
  readonly workloads: readonly Workload[];
  /** Members that belong to another open incident by now, and to which. */
  readonly claimed: Readonly<Record<WorkloadId, string>>;
}

export interface WorkloadRegistry {
  /** All workloads of the environment; may be ten minutes old, or five seconds when `fresh` is asked for. */
  all(fresh?: 'fresh'): Promise<readonly Workload[]>;
}

/** Reads one kind of workload from its own service. Throws when it cannot: the caller turns that into a blind spot. */
export interface WorkloadProbe {
  /** @param avoid - revisions with which an incident began: none of them counts as stable, however well ECS thinks of it */
  state(workload: Workload, since: EpochMs, avoid?: readonly string[]): Promise<WorkloadState>;
}

export interface MetricSource {
  /** Samples per role, oldest first, in the metric's own unit. A role without samples is an empty list. */
  read(
    metrics: Readonly<Partial<Record<MetricRole, MetricRef>>>,
    window: { readonly from: EpochMs; readonly to: EpochMs; readonly periodSeconds: number },
  ): Promise<Readonly<Partial<Record<MetricRole, readonly Sample[]>>>>;
  /** The samples of each metric, oldest first, in the order of `metrics`, whatever workloads they belong to. */
  readEach(
    metrics: readonly MetricRef[],
    window: { readonly from: EpochMs; readonly to: EpochMs; readonly periodSeconds: number },
  ): Promise<readonly (readonly Sample[])[]>;
}

export interface Sample {
  readonly at: EpochMs;
  readonly value: number;
}

export interface AlarmSource {
  /**
   * @param missing - `omit` leaves out alarms that somebody deleted, for who can do without them
   * @throws InvalidInputError when an alarm is missing otherwise
   */
  states(
    alarms: readonly { readonly alarmName: string; readonly role: MetricRole }[],
    missing?: 'omit',
  ): Promise<readonly AlarmState[]>;
}

/** The action catalogue's hands: `look` before `apply` after a crash; `apply` is given a token that makes it idempotent. */
export interface Actuator {
  /** Whether the plan's change is already visible in the workload; `unknown` when it cannot be told from the workload. */
  isApplied(workload: Workload, plan: ActionPlan, since: EpochMs): Promise<boolean | 'unknown'>;
  apply(workload: Workload, plan: ActionPlan, tag: ChangeTag): Promise<Pick<AppliedAction, 'changeIds' | 'detail'>>;
  undo(workload: Workload, plan: ActionPlan, tag: ChangeTag): Promise<Pick<AppliedAction, 'changeIds' | 'detail'>>;
}

/** Written into every change that we make, so that it is recognised when it comes back as a signal. */
export interface ChangeTag {
  readonly incidentId: string;
  readonly attempt: number;
}

/** The operating mode: a store that cannot be read is `off`. */
export interface ModeSource {
  /**
   * `since`: when it was last changed; null when that is not known. `unread`: the mode could not be read, which is `off` for
   * whoever is about to act; for whoever only asks it is not known, since others may be able to read it.
   */
  read(): Promise<{
    readonly mode: Mode;
    readonly reason: string;
    readonly since: EpochMs | null;
    readonly unread?: true;
  }>;
}

export interface EvidenceStore {
  load(tier: string): Promise<QTable>;
}

/** Which version decides, and its rows: all that Decide needs to know of models. */
export interface DecidingModels {
  /** @throws DependencyUnavailableError or InvalidInputError when it cannot be told: nothing is decided then */
  pointer(): Promise<ModelPointer>;
  load(version: ModelRef, tier: string): Promise<QTable>;
}

/** Every finished incident, as the optimizer reads them. */
export interface ExperienceLog {
  all(): Promise<readonly Experience[]>;
}

/** Versions and their evaluations; nothing in it is ever changed. */
export interface ModelArchive {
  put(snapshot: ModelSnapshot): Promise<void>;
  /** @throws InvalidInputError when there is none, or it is not what its hash says */
  get(version: string): Promise<ModelSnapshot>;
  /** Newest first. */
  versions(): Promise<readonly string[]>;
  putEvaluation(evaluation: Evaluation): Promise<void>;
  /** Newest first. */
  evaluations(version: string): Promise<readonly Evaluation[]>;
}

/** The pointer's one truth. */
export interface ModelPointers {
  read(): Promise<ModelPointer>;
  /** Writes the next revision if nobody else has: `conflict` means to read again. */
  flip(next: ModelPointer): Promise<'flipped' | 'conflict'>;
  /** Tells Decide. Safe to repeat. */
  publish(): Promise<ModelPointer>;
  /** Makes a version's rows loadable; must be done before it is pointed to. */
  install(snapshot: ModelSnapshot): Promise<void>;
}

/** The log of experiences, event by event. */
export interface ExperienceStore {
  /** What an incident taught, and what was said of it later; empty when it taught nothing. */
  of(incidentId: string): Promise<readonly Experience[]>;
  /** Writes the event and adds its numbers to the table, both or neither, once: `known` means that it was there already. */
  learn(experience: Experience): Promise<'learned' | 'known'>;
}

export interface Workflow {
  /** Starts the healing loop under the incident's id; a second start of the same incident is `running`. */
  start(incidentId: string, input: unknown): Promise<'started' | 'running'>;
}

/** Hands a notice over to whoever tells people; it may arrive twice, never not at all. */
export interface Notifier {
  notify(notice: Notice): Promise<void>;
}

/** Signs texts with a secret that stays where it is, and checks such signatures in constant time. Base64url without padding. */
export interface Mac {
  sign(text: string): Promise<string>;
  verify(text: string, signature: string): Promise<boolean>;
}

export interface EventPublisher {
  publish(events: readonly BusEvent[]): Promise<void>;
}

/** Which samples: `from` included, `to` excluded, one per period. */
export interface SampleWindow {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly periodSeconds: number;
}

/** What is remembered of a metric; `watch` is null when it could not be read any more. */
export interface StoredWatch {
  readonly version: number;
  readonly watch: MetricWatch | null;
}

/** The detector's memory, by metric (`payments#latencyP95`). */
export interface WatchStore {
  load(metrics: readonly string[]): Promise<ReadonlyMap<string, StoredWatch>>;
  /** `overtaken`: somebody else stored a newer memory since this one was loaded; nothing was written. */
  save(
    metric: string,
    watch: MetricWatch,
    at: { readonly version: number; readonly now: EpochMs },
  ): Promise<'saved' | 'overtaken'>;
}

/** Sees calls between workloads at work. */
export interface CallSource {
  /** Calls of these workloads within the window; those to what is not registered are left out. */
  read(
    callers: readonly Workload[],
    registry: readonly Workload[],
    window: { readonly from: EpochMs; readonly to: EpochMs },
  ): Promise<readonly CallCount[]>;
}

/** Keeps with a workload whom it was seen to call. */
export interface SeenCallStore {
  /** Nothing is written when the workload is no longer registered. */
  save(workloadId: WorkloadId, calls: readonly SeenCall[]): Promise<void>;
}

/** A service's newest deployment and the tasks that run. */
export interface Rollout {
  readonly deployedAt: EpochMs | null;
  readonly running: number | null;
}

export interface RolloutSource {
  /** By workload; one of which nothing is known is left out. */
  read(workloads: readonly Workload[]): Promise<ReadonlyMap<WorkloadId, Rollout>>;
}
