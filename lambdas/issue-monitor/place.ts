import type { Limits } from '../../core/contracts/limits.ts';
import type { Signal } from '../../core/contracts/signal.ts';
import type { Workload, WorkloadId } from '../../core/contracts/workload.ts';
import type { CorrelationDecision } from '../../core/correlation/shapes.ts';
import {
  correlateSignals,
  FLAP_COUNT,
  FLAP_HOLD,
  isWeak,
  mayShareCause,
  membersOf,
  UNKNOWN_SURROUNDINGS,
} from '../../core/incident/correlate-signals.ts';
import { isOfAlarm } from '../../core/incident/late-alarms.ts';
import { workloadsAround } from '../../core/incident/members.ts';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import { incidentIdFor } from '../../core/incident/incident-id.ts';
import type { AlarmSource, IncidentStore, Journal, Surroundings, Workflow } from '../../core/shared/ports.ts';
import type { DurationMs } from '../../core/shared/units.ts';
import { durationMs, elapsed, fromIso, seconds } from '../../core/shared/units.ts';
import type { RecorderDeps } from '../shared/recorder.ts';
import type { HeldSignal } from './held-signal.ts';
import type { Homes } from './homes.ts';
import { inputOf, openingOf } from '../shared/opening.ts';
import { stillFiring } from './still-firing.ts';

export interface PlaceDeps extends RecorderDeps {
  readonly incidents: Pick<IncidentStore, 'open' | 'attach' | 'around' | 'deployed' | 'hold' | 'release'>;
  readonly workflow: Workflow;
  readonly journal: Pick<Journal, 'read'>;
  readonly limits: Limits;
  readonly alarms: AlarmSource;
  readonly homes: Homes;
  /** Lets a waiting signal come back after a while. */
  readonly reconsider: (held: HeldSignal, delay: DurationMs) => Promise<void>;
  /** Whether signals wait in the queue, or are being placed by others: what they say is not known here yet. */
  readonly isBehind: () => Promise<boolean>;
}

/** What became of one signal. */
export type Placed =
  | { readonly result: 'opened' | 'attached' | 'duplicate' | 'late'; readonly incidentId: string }
  | { readonly result: 'held' | 'expired' | 'ignored'; readonly reason: string };

export type Placing = { readonly ok: true; readonly handled: Placed } | { readonly ok: false; readonly error: unknown };

interface Task extends PlaceDeps {
  readonly workloads: readonly Workload[];
  /** Signals that have been waiting and come back now, by id, and how often each has waited. */
  readonly reconsidered: ReadonlyMap<string, number>;
}

type Places = Map<string, Placing>;

/** A write that found the world changed is tried again with a new look, so often. */
const TRIES = 4;

/**
 * Finds the place of signals that came together. What most of them need is done first and without looking: those of a
 * workload whose incident is known are attached, those that stand alone open. Only where the store objects, or a signal is
 * too weak, are the surroundings read.
 */
export const placeSignals = async (signals: readonly Signal[], task: Task): Promise<Places> => {
  const places: Places = new Map();
  const unplaced = (among: readonly Signal[]) => among.filter(({ signalId }) => !places.has(signalId));
  await attachToKnown(signals, task, places);
  const fresh = unplaced(signals).filter(({ signalId }) => !task.reconsidered.has(signalId));
  await openWhatStandsAlone(fresh, task, places);
  for (let round = 0; round < TRIES && unplaced(signals).length > 0; round += 1) {
    await lookAround(unplaced(signals), task, places);
  }
  for (const { signalId } of unplaced(signals)) {
    const error = new DependencyUnavailableError('the incidents around a signal changed again and again: try later');
    places.set(signalId, { ok: false, error });
  }
  return places;
};

/** Runs a step for some signals; when it dies they are to be delivered again, and nobody else. */
const forSignals = async (signals: readonly Signal[], places: Places, step: () => Promise<void>): Promise<void> => {
  try {
    await step();
  } catch (error) {
    for (const { signalId } of signals) if (!places.has(signalId)) places.set(signalId, { ok: false, error });
  }
};

const attachToKnown = async (signals: readonly Signal[], task: Task, places: Places): Promise<void> => {
  const byHome = grouped(signals, (signal) => task.homes.of(signal, task.clock.now()));
  await Promise.all(
    [...byHome].map(([incidentId, own]) => {
      const waited = own.filter(({ signalId }) => task.reconsidered.has(signalId));
      return forSignals(own, places, () => attach({ incidentId, signals: own, change: { waited } }, task, places));
    }),
  );
};

const openWhatStandsAlone = async (signals: readonly Signal[], task: Task, places: Places): Promise<void> => {
  const { clock, limits, workloads: registry } = task;
  const decisions = correlateSignals({
    signals,
    registry,
    limits,
    now: clock.now(),
    surroundings: UNKNOWN_SURROUNDINGS,
  });
  for (const group of groupsOf(decisions, signals)) {
    const { lead, others } = group;
    if (lead === undefined) continue;
    await forSignals([lead, ...others], places, () => open(group, lead, UNKNOWN_SURROUNDINGS, task, places));
  }
};

/** Reads what is known around signals and decides again, with those that wait there. */
const lookAround = async (signals: readonly Signal[], task: Task, places: Places): Promise<void> =>
  forSignals(signals, places, async () => {
    const { clock, limits, workloads: registry } = task;
    const near = [...new Set(signals.flatMap(({ workloadId }) => workloadsAround(workloadId, registry)))];
    const surroundings = await task.incidents.around(near);
    const current = await settleOld(signals, surroundings, task, places);
    const given = new Set(current.map(({ signalId }) => signalId));
    const waiting = surroundings.held.filter(({ signalId }) => !given.has(signalId));
    const all = [...current, ...waiting];
    // Of signals that came back, those whose alarm is still there do not flap.
    const back = current.filter((signal) => task.reconsidered.has(signal.signalId) && !isWeak(signal));
    const sustained = await stillFiring(back, registry, task.alarms);
    const decisions = correlateSignals({ signals: all, registry, limits, surroundings, sustained, now: clock.now() });
    for (const group of groupsOf(decisions, all).map((one) => ledByDelivered(one, given))) {
      const members = [...(group.lead === undefined ? [] : [group.lead]), ...group.others];
      await forSignals(members, places, async () => {
        if (group.lead !== undefined && (await mustSettle(group, surroundings, task))) {
          for (const signal of members.filter(({ signalId }) => given.has(signalId)))
            await hold(signal, SETTLING, surroundings, task, places);
          return;
        }
        if (group.lead !== undefined) return open(group, group.lead, surroundings, task, places);
        const waited = group.others.filter(({ signalId }) =>
          surroundings.held.some((one) => one.signalId === signalId),
        );
        const change = { ...changeOf(group, surroundings), waited };
        return attach({ incidentId: group.incidentRef, signals: group.others, change }, task, places);
      });
    }
    const isGiven = ({ signalId }: Signal): boolean => given.has(signalId);
    for (const decision of decisions) {
      const signal = all.find(({ signalId }) => signalId === decision.signalId);
      if (signal === undefined || places.has(signal.signalId)) continue;
      if (decision.action === 'hold' && isGiven(signal))
        await hold(signal, decision.reason, surroundings, task, places);
      // Of an alarm that waits its own message comes back: only that one asks whether it still fires.
      if (decision.action === 'drop' && (isGiven(signal) || !isOfAlarm(signal)))
        await expire(signal, decision.reason, surroundings, task, places);
    }
  });

/** Signals of what happened before their workload's last incident was closed are that incident's: they end here. */
const settleOld = async (
  signals: readonly Signal[],
  surroundings: Surroundings,
  task: Task,
  places: Places,
): Promise<readonly Signal[]> => {
  const current: Signal[] = [];
  for (const signal of signals) {
    const claim = surroundings.claims[signal.workloadId];
    const isOld = claim !== undefined && !claim.open && claim.closedAt >= fromIso(signal.occurredAt);
    if (!isOld) {
      current.push(signal);
      continue;
    }
    if (task.reconsidered.has(signal.signalId)) await task.incidents.release(signal);
    places.set(signal.signalId, { ok: true, handled: { result: 'late', incidentId: claim.incidentId } });
  }
  return current;
};

interface Group {
  readonly incidentRef: string;
  readonly rootWorkloadId: WorkloadId;
  /** The signal that opens; undefined when the incident is open already. */
  readonly lead: Signal | undefined;
  readonly others: readonly Signal[];
  readonly escalates: boolean;
}

const groupsOf = (decisions: readonly CorrelationDecision[], signals: readonly Signal[]): readonly Group[] => {
  const placed = decisions.filter((one) => one.action === 'open' || one.action === 'attach');
  return [...grouped(placed, ({ incidentRef }) => incidentRef)].map(([incidentRef, ours]) => {
    const of = (action: 'open' | 'attach'): Signal[] => {
      const ids = new Set(ours.filter((one) => one.action === action).map(({ signalId }) => signalId));
      return signals.filter(({ signalId }) => ids.has(signalId));
    };
    return {
      incidentRef,
      rootWorkloadId: ours[0]?.rootWorkloadId ?? '',
      lead: of('open')[0],
      others: of('attach'),
      escalates: ours.some((one) => one.action === 'attach' && one.escalates),
    };
  });
};

const SETTLING = 'it may have the cause of an incident that is open: the alarm of what both need may be on the way';

/** Alarms of one fault come within this time; an environment that confirms faster waits no longer than that. */
const SETTLE_SECONDS = 15;

/** So often a signal waits while the queue has more to say: two minutes, longer than a storm takes that can be served at all. */
const MOST_WAITS = 8;

/** Once; and again while other signals are on their way, because one of them may be the cause's. */
const mustSettle = async (
  { rootWorkloadId, lead, others }: Group,
  surroundings: Surroundings,
  task: Task,
): Promise<boolean> => {
  if (!mayShareCause(rootWorkloadId, task.workloads, surroundings)) return false;
  const waits = [lead, ...others].map((signal) => task.reconsidered.get(signal?.signalId ?? '') ?? 0);
  const waited = Math.max(...waits);
  return waited === 0 || (waited < MOST_WAITS && (await task.isBehind()));
};

/** What was delivered now opens, not what waited: if this dies after the opening, the next delivery knows to start the execution. */
const ledByDelivered = (group: Group, delivered: ReadonlySet<string>): Group => {
  const { lead, others } = group;
  if (lead === undefined || delivered.has(lead.signalId)) return group;
  const isDelivered = ({ signalId }: Signal): boolean => delivered.has(signalId);
  const instead =
    others.find((one) => isDelivered(one) && one.workloadId === group.rootWorkloadId) ?? others.find(isDelivered);
  if (instead === undefined) return group;
  return { ...group, lead: instead, others: [lead, ...others.filter((one) => one !== instead)] };
};

const changeOf = ({ incidentRef, rootWorkloadId, others, escalates }: Group, { incidents }: Surroundings) => {
  const known = incidents.find(({ incident }) => incident.incidentId === incidentRef)?.incident;
  const severity = Math.max(...others.map((signal) => signal.severity));
  return {
    ...(known !== undefined && known.workloadId !== rootWorkloadId
      ? { root: { from: known.workloadId, to: rootWorkloadId } }
      : {}),
    ...(escalates ? { severity } : {}),
  };
};

/** Opens an incident with its lead, starts its execution, and attaches the others. What the store objects to is left unplaced. */
const open = async (
  { rootWorkloadId, others }: Group,
  lead: Signal,
  surroundings: Surroundings,
  task: Task,
  places: Places,
): Promise<void> => {
  const { members, over } = membersOf(rootWorkloadId, task.workloads, surroundings);
  const { incident, record } = openingOf(lead, members, task);
  const opened = await task.incidents.open({ incident, signal: lead, record, members, over, flapCount: FLAP_COUNT });
  const place = (result: 'opened' | 'duplicate' | 'late', incidentId: string): void => {
    places.set(lead.signalId, { ok: true, handled: { result, incidentId } });
  };
  switch (opened.status) {
    case 'opened':
      await task.workflow.start(incident.incidentId, inputOf(record));
      place('opened', incident.incidentId);
      break;
    case 'duplicate':
      if (opened.opener) await startAgain(opened.incidentId, task);
      place('duplicate', opened.incidentId);
      return;
    case 'late':
      place('late', opened.incidentId);
      return;
    case 'belongs':
    case 'unsettled':
      return;
  }
  if (others.length > 0) {
    const waited = others.filter(({ signalId }) => surroundings.held.some((one) => one.signalId === signalId));
    const from = incident.workloadId;
    const change = { ...(rootWorkloadId === from ? {} : { root: { from, to: rootWorkloadId } }), waited };
    await attach({ incidentId: incident.incidentId, signals: others, change }, task, places);
  }
  // Last: while something is left to do, a second delivery must not take the short way.
  task.homes.remember([lead], incident.incidentId, task.clock.now());
};

/** The delivery that opened the incident may have died between the writing and the starting: starting again is harmless. */
const startAgain = async (incidentId: string, { journal, workflow }: Task): Promise<void> => {
  const [first] = await journal.read(incidentId);
  if (first !== undefined) await workflow.start(incidentId, inputOf(first));
};

/** More than a batch, because signals that waited may join it; the rest follow in a write of their own. */
const MOST_AT_ONCE = 40;

const attach = async (
  request: {
    readonly incidentId: string;
    readonly signals: readonly Signal[];
    readonly change: Parameters<IncidentStore['attach']>[2] & object;
  },
  task: Task,
  places: Places,
): Promise<void> => {
  const { incidentId, change } = request;
  const signals = request.signals.slice(0, MOST_AT_ONCE);
  const isAmong = ({ signalId }: Signal): boolean => signals.some((one) => one.signalId === signalId);
  const waited = (change.waited ?? []).filter(isAmong);
  const attached = await task.incidents.attach(incidentId, signals, { ...change, waited });
  // What was seen of it is over, or no longer so: look again.
  if (attached === 'closed' || attached === 'changed') return task.homes.forget(signals);
  const isCopyOfOpener = signals.some(
    (signal, index) => attached[index] === 'duplicate' && incidentIdFor(signal, task.sha256) === incidentId,
  );
  if (isCopyOfOpener) await startAgain(incidentId, task);
  task.homes.remember(signals, incidentId, task.clock.now());
  for (const [index, { signalId }] of signals.entries()) {
    places.set(signalId, { ok: true, handled: { result: attached[index] ?? 'duplicate', incidentId } });
  }
  const rest = request.signals.slice(MOST_AT_ONCE);
  if (rest.length === 0) return;
  const { root: _, ...again } = change;
  await attach({ incidentId, signals: rest, change: { ...again } }, task, places);
};

const hold = async (
  signal: Signal,
  reason: string,
  surroundings: Surroundings,
  task: Task,
  places: Places,
): Promise<void> => {
  const waits = surroundings.held.some(({ signalId }) => signalId === signal.signalId);
  if (!waits && task.reconsidered.has(signal.signalId)) {
    places.set(signal.signalId, { ok: true, handled: { result: 'expired', reason: 'it found its place meanwhile' } });
    return;
  }
  if (!waits) await task.incidents.hold(signal);
  // Sent also when it waits already: the delivery that stored it may have died before it sent this.
  const waited = (task.reconsidered.get(signal.signalId) ?? 0) + 1;
  await task.reconsider(
    { signal, waited },
    reason === SETTLING ? settlingOf(signal, waited, task) : delayOf(signal, task),
  );
  places.set(signal.signalId, { ok: true, handled: { result: 'held', reason } });
};

/** After the first time each by a pause of its own, so that two that wait for each other's news do not always meet. */
const settlingOf = ({ signalId }: Signal, waited: number, { limits, sha256 }: Task): DurationMs => {
  const longest = Math.min(SETTLE_SECONDS, limits.confirmSeconds);
  const share = waited === 1 ? 1 : Number.parseInt(sha256(`${signalId}#${waited}`).slice(0, 2), 16) / 255;
  return seconds(Math.max(1, Math.round(longest * share)));
};

/** Until nothing can confirm it any more; what flaps is looked at again sooner. */
const delayOf = (signal: Signal, { clock, limits }: Task): DurationMs => {
  const age = elapsed(fromIso(signal.occurredAt), clock.now());
  const left = Math.max(1_000, seconds(limits.signalMaxAgeSeconds) - age + 1_000);
  return durationMs(isWeak(signal) ? left : Math.min(left, FLAP_HOLD));
};

const expire = async (
  signal: Signal,
  reason: string,
  { held }: Surroundings,
  task: Task,
  places: Places,
): Promise<void> => {
  const waits = held.some(({ signalId }) => signalId === signal.signalId);
  if (waits) await task.incidents.release(signal);
  places.set(signal.signalId, { ok: true, handled: { result: waits ? 'expired' : 'ignored', reason } });
};

const grouped = <T>(items: readonly T[], keyOf: (item: T) => string | null): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key !== null) groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
};
