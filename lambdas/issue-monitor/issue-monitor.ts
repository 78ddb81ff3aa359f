import type { Limits } from '../../core/contracts/limits.ts';
import type { Signal } from '../../core/contracts/signal.ts';
import type { FollowUp } from '../../core/incident/follow-up.ts';
import { followUpIn, followUpSignals } from '../../core/incident/follow-up.ts';
import { isOfAlarm, staleAge, stillTrue } from '../../core/incident/late-alarms.ts';
import { dependenciesOf } from '../../core/incident/members.ts';
import { normaliseMessage, ROLE_SEVERITY } from '../../core/incident/normalise-signal.ts';
import type { WorkloadRegistry } from '../../core/shared/ports.ts';
import { heldSignalIn } from './held-signal.ts';
import type { Placed, PlaceDeps, Placing } from './place.ts';
import { placeSignals } from './place.ts';
import { stillFiring } from './still-firing.ts';

export interface IssueMonitorDeps extends PlaceDeps {
  readonly registry: WorkloadRegistry;
  /** Where messages go that nobody can read, with the reason: never lost, never in the way. */
  readonly quarantine: (body: string, reason: string) => Promise<void>;
  readonly limits: Limits;
}

/** What became of one message. */
export type Handled = Placed | { readonly result: 'ignored' | 'quarantined'; readonly reason: string };

/** One message's end: handled, or to be delivered again. */
export type Delivered =
  { readonly ok: true; readonly handled: Handled } | { readonly ok: false; readonly error: unknown };

/**
 * Takes messages to their incidents: correlates those that came together, opens incidents, attaches to open ones, lets weak
 * signals wait, or says why none of it.
 *
 * Safe to run again on the same messages at any point: a signal's id, an incident's id and an execution's name are functions
 * of what was observed.
 */
export const handleMessages = async (
  bodies: readonly string[],
  deps: IssueMonitorDeps,
): Promise<readonly Delivered[]> => {
  const messages = await Promise.all(bodies.map((body) => settle(() => readMessage(body, deps))));
  const read = await bringUpToDate(messages, deps);
  const signals = new Map<string, Signal>();
  const reconsidered = new Map<string, number>();
  for (const message of read) {
    if (!message.ok || message.value.kind === 'handled') continue;
    for (const signal of message.value.signals) signals.set(signal.signalId, signal);
    if (message.value.kind === 'held')
      for (const { signalId } of message.value.signals) reconsidered.set(signalId, message.value.waited);
  }
  const registry = signals.size === 0 ? [] : await registryFor([...signals.values()], deps);
  const placed = await placeSignals([...signals.values()], { ...deps, workloads: registry, reconsidered });
  const taken = new Set<string>();
  return read.map((message): Delivered => {
    if (!message.ok) return message;
    if (message.value.kind === 'handled') return { ok: true, handled: message.value.handled };
    const places = message.value.signals.map(({ signalId }) => deliveredTo(signalId, placed, taken));
    return places.find(({ ok }) => !ok) ?? places[0] ?? NOTHING_LEFT;
  });
};

const NOTHING_LEFT: Delivered = { ok: true, handled: { result: 'ignored', reason: 'no alarm is left' } };

/** What became of a signal; for a second message with the same one, that it is a copy. */
const deliveredTo = (signalId: string, placed: ReadonlyMap<string, Placing>, taken: Set<string>): Delivered => {
  const place = placed.get(signalId);
  if (place === undefined) return { ok: false, error: new Error(`signal ${signalId} found no place`) };
  const isCopy = taken.has(signalId);
  taken.add(signalId);
  if (!place.ok || !isCopy || !('incidentId' in place.handled)) return place;
  return { ok: true, handled: { result: 'duplicate', incidentId: place.handled.incidentId } };
};

/** {@link handleMessages} for one message; throws what keeps it from being handled. */
export const handleMessage = async (body: string, deps: IssueMonitorDeps): Promise<Handled> => {
  const [delivered] = await handleMessages([body], deps);
  if (delivered?.ok !== true) throw delivered?.error ?? new Error('the message was not handled');
  return delivered.handled;
};

/**
 * The registry; read anew when a dependency of what signals is missing in it. It may have been registered a moment ago, and
 * without it two workloads that need it have nothing in common.
 */
const registryFor = async (signals: readonly Signal[], { registry }: IssueMonitorDeps) => {
  const known = await registry.all();
  const ids = new Set(known.map(({ workloadId }) => workloadId));
  const isWhole = signals.every(({ workloadId }) => dependenciesOf(workloadId, known).every((id) => ids.has(id)));
  return isWhole ? known : registry.all('fresh');
};

type Message =
  | { readonly kind: 'handled'; readonly handled: Handled }
  /** One signal, or those of a second look: as many as there are alarms left. */
  | { readonly kind: 'fresh'; readonly signals: readonly Signal[] }
  | { readonly kind: 'held'; readonly signals: readonly Signal[]; readonly waited: number };

/** A signal that is too old to count unless its alarm still fires, and what becomes of its message in either case. */
interface Stale {
  readonly kind: 'stale';
  readonly signal: Signal;
  readonly still: Message;
  readonly over: Message;
}

const readMessage = async (body: string, deps: IssueMonitorDeps): Promise<Message | Stale> => {
  const now = deps.clock.now();
  const held = heldSignalIn(body);
  if (held !== null) {
    const { signal, waited } = held;
    const over = { kind: 'held', signals: [signal], waited } as const;
    if (!isOfAlarm(signal) || staleAge(signal, now, deps.limits) === null) return over;
    return { kind: 'stale', signal, still: { ...over, signals: [stillTrue(signal, now)] }, over };
  }
  const look = followUpIn(body);
  if (look !== null) return { kind: 'fresh', signals: await lookAgain(look, deps) };
  let normalised = normaliseMessage(body, await deps.registry.all(), deps.sha256);
  // Perhaps it is about a workload that was registered a moment ago.
  if (normalised.kind === 'malformed') {
    normalised = normaliseMessage(body, await deps.registry.all('fresh'), deps.sha256);
  }
  if (normalised.kind === 'malformed') {
    await deps.quarantine(body, normalised.reason);
    return { kind: 'handled', handled: { result: 'quarantined', reason: normalised.reason } };
  }
  if (normalised.kind === 'deployed') {
    const { deploymentId, workloadId } = normalised.deployment;
    await deps.incidents.deployed(normalised.deployment);
    return ignored(`deployment ${deploymentId} of ${workloadId} is remembered`);
  }
  const reason = normalised.kind === 'ignored' ? normalised.reason : whyNotToPlace(normalised.signal, deps);
  if (normalised.kind === 'ignored' || reason !== null) return ignored(reason ?? '');
  const { signal } = normalised;
  const age = staleAge(signal, now, deps.limits);
  if (age === null) return { kind: 'fresh', signals: [signal] };
  const over = ignored(`is stale: ${Math.round(age / 1_000)} s old`);
  return isOfAlarm(signal)
    ? { kind: 'stale', signal, still: { kind: 'fresh', signals: [stillTrue(signal, now)] }, over }
    : over;
};

const ignored = (reason: string): Message => ({ kind: 'handled', handled: { result: 'ignored', reason } });

/**
 * What is stale is true all the same if its alarm still fires: CloudWatch never says it again, so after a pause or an outage
 * nobody else would. The alarms of a whole batch are read at once.
 */
const bringUpToDate = async (
  read: readonly Settled<Message | Stale>[],
  { registry, alarms }: IssueMonitorDeps,
): Promise<readonly Settled<Message>[]> => {
  const stale = read.flatMap((one) => (one.ok && one.value.kind === 'stale' ? [one.value.signal] : []));
  const firing = await settle<readonly string[]>(async () =>
    stale.length === 0 ? [] : stillFiring(stale, await registry.all(), alarms),
  );
  return read.map((one): Settled<Message> => {
    if (!one.ok) return one;
    const message = one.value;
    if (message.kind !== 'stale') return { ok: true, value: message };
    if (!firing.ok) return firing;
    return { ok: true, value: firing.value.includes(message.signal.signalId) ? message.still : message.over };
  });
};

/** The alarms that outlived an incident, as signals. */
const lookAgain = async (look: FollowUp, deps: IssueMonitorDeps): Promise<readonly Signal[]> => {
  const workloads = (await deps.registry.all()).filter(({ workloadId }) => look.workloadIds.includes(workloadId));
  const states = await deps.alarms.states(
    workloads.flatMap(({ alarms }) => alarms),
    'omit',
  );
  const signals = followUpSignals(look, workloads, states, ROLE_SEVERITY, deps.sha256);
  const now = deps.clock.now();
  return signals
    .filter((signal) => whyNotToPlace(signal, deps) === null)
    .map((signal) => (staleAge(signal, now, deps.limits) === null ? signal : stillTrue(signal, now)));
};

const whyNotToPlace = (signal: Signal, { limits }: IssueMonitorDeps): string | null => {
  if (signal.status !== 'firing') return `${signal.status} signals open no incident`;
  return signal.severity < limits.issueThreshold
    ? `severity ${signal.severity} is below the threshold of ${limits.issueThreshold}`
    : null;
};

type Settled<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

const settle = async <T>(run: () => Promise<T>): Promise<Settled<T>> => {
  try {
    return { ok: true, value: await run() };
  } catch (error) {
    return { ok: false, error };
  }
};
