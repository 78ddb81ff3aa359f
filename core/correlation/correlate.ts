import { groupByCause, type Group } from './groups.ts';
import type { CorrelateInput, CorrelationDecision, OpenIncident, Signal } from './shapes.ts';
import { bySignal, compare } from './units.ts';

const ageText = (ms: number): string => `${Math.round(ms / 1000)} s`;

// Not Math.max(...values): a storm can have more signals than a call may have arguments.
const highest = (values: readonly number[]): number => values.reduce((max, value) => Math.max(max, value), 0);

/** Signals that cannot count, with the reason; undefined for the others. */
const unbelievable = (signal: Signal, { now, limits }: CorrelateInput): string | undefined => {
  if (!Number.isFinite(signal.at) || signal.at > now + limits.skewMs) {
    return `its time is ${signal.at}, more than ${ageText(limits.skewMs)} after now (${now})`;
  }
  if (!(signal.severity >= 0 && signal.severity <= 100))
    return `its severity is ${signal.severity}; allowed is 0 to 100`;
  return undefined;
};

/** Why a group may not open an incident yet; undefined when it may. */
const objection = (group: Group, signals: readonly Signal[], input: CorrelateInput): string | undefined => {
  const { limits, now } = input;
  const severity = highest(signals.map((signal) => signal.severity));
  if (severity < limits.openSeverity)
    return `severity ${severity} is below ${limits.openSeverity}, at which an incident opens`;

  const newest = highest(signals.map(({ at }) => at));
  if (now - newest > limits.staleMs)
    return `its newest signal is ${ageText(now - newest)} old; allowed is ${ageText(limits.staleMs)}`;

  const closed = (input.recentlyClosed ?? []).filter(
    ({ rootWorkloadId, closedAt }) => rootWorkloadId === group.rootWorkloadId && now - closedAt <= limits.flapWindowMs,
  );
  const peak = Math.max(0, ...closed.map(({ peakSeverity }) => peakSeverity));
  const sustained = signals.some((signal) => signal.sustained === true);
  if (!sustained && closed.length >= limits.flapCount && severity < Math.min(100, peak + limits.hysteresis)) {
    return `${group.rootWorkloadId} is flapping (${closed.length} incidents in ${ageText(limits.flapWindowMs)}); only severity ${Math.min(100, peak + limits.hysteresis)} opens the next`;
  }
  if (!isCorroborated(group, signals, input))
    return `one ${signals[0]?.kind} alone opens nothing; a second signal or a deployment must agree`;
  const first = (signals[0] as Signal).at;
  return now - first < limits.settleMs
    ? `waiting ${ageText(limits.settleMs)} for alarms of what ${group.rootWorkloadId} depends on`
    : undefined;
};

/** Whether the group has a signal that may stand alone, two different weak ones, or a deployment shortly before. */
const isCorroborated = (group: Group, signals: readonly Signal[], { limits }: CorrelateInput): boolean => {
  if (signals.some(({ kind }) => !limits.weakKinds.includes(kind))) return true;
  const sources = new Set(
    signals.map(({ workloadId, kind, fingerprint }) => JSON.stringify([workloadId, kind, fingerprint ?? null])),
  );
  return sources.size > 1 || group.units.some(({ deploymentIds }) => deploymentIds.length > 0);
};

const attachTo = (
  incident: OpenIncident,
  group: Group,
  signals: readonly Signal[],
  input: CorrelateInput,
): CorrelationDecision[] => {
  const absorbs = group.units.flatMap((unit) =>
    unit.incident === undefined || unit.incident === incident ? [] : [unit.incident.incidentId],
  );
  const known = incident.peakSeverity ?? input.limits.openSeverity;
  const moved = group.rootWorkloadId !== incident.rootWorkloadId;
  return signals.map(({ signalId, workloadId, severity }) => ({
    action: 'attach',
    signalId,
    workloadId,
    incidentRef: incident.incidentId,
    rootWorkloadId: group.rootWorkloadId,
    absorbs: absorbs.sort(compare),
    escalates: severity >= known + input.limits.hysteresis,
    reason: moved ? `${group.because}, so the root moves there from ${incident.rootWorkloadId}` : group.because,
  }));
};

const openWith = (group: Group, signals: readonly Signal[]): CorrelationDecision[] => {
  const first = signals[0] as Signal;
  const severity = highest(signals.map((signal) => signal.severity));
  // The most severe signal opens, on the root if there is one; the earliest of equals, because signals are in `bySignal` order.
  const onRoot = signals.filter(({ workloadId }) => workloadId === group.rootWorkloadId);
  const lead = [...(onRoot.length > 0 ? onRoot : signals)].sort(
    (a, b) => b.severity - a.severity || bySignal(a, b),
  )[0] as Signal;
  const incidentRef = `${group.rootWorkloadId}@${first.at}`;
  const shared = { incidentRef, rootWorkloadId: group.rootWorkloadId };
  return signals.map((signal): CorrelationDecision => {
    const about = { signalId: signal.signalId, workloadId: signal.workloadId, reason: group.because };
    if (signal !== lead) return { ...about, ...shared, action: 'attach', absorbs: [], escalates: false };
    const members = [...new Set(signals.map(({ workloadId }) => workloadId))].sort(compare);
    return { ...about, ...shared, action: 'open', members, openedAt: first.at, severity };
  });
};

const decideGroup = (group: Group, weaker: readonly Signal[], input: CorrelateInput): CorrelationDecision[] => {
  const signals = [...group.units.flatMap((unit) => unit.signals), ...weaker].sort(bySignal);
  if (signals.length === 0) return [];
  const incidents = group.units.flatMap(({ incident }) => (incident === undefined ? [] : [incident]));
  const keeper = incidents.sort((a, b) => a.openedAt - b.openedAt || compare(a.incidentId, b.incidentId))[0];
  if (keeper !== undefined) return attachTo(keeper, group, signals, input);
  const against = objection(group, signals, input);
  return against === undefined ? openWith(group, signals) : signals.map((signal) => holdOrDrop(signal, against, input));
};

const holdOrDrop = (
  { signalId, workloadId, at }: Signal,
  reason: string,
  { now, limits }: CorrelateInput,
): CorrelationDecision =>
  now - at > limits.staleMs
    ? {
        action: 'drop',
        signalId,
        workloadId,
        reason: `${reason}; nothing confirmed it within ${ageText(limits.staleMs)}`,
      }
    : { action: 'hold', signalId, workloadId, reason };

/**
 * Correlates signals into incidents: one cause, one incident.
 *
 * Signals belong together when they come within the window from workloads of which one depends on the other; the incident is on what a
 * diagnosis accuses, else on the deepest dependency in trouble. Roots that do not depend on each other stay separate incidents, unless one
 * deployment changed both or both fail alike over a shared dependency that is silent itself. Every signal gets exactly one decision, and the
 * decisions do not depend on the order of `signals`, `openIncidents` or edges.
 *
 * @returns one decision per signal, by time of observation
 */
export const correlate = (input: CorrelateInput): CorrelationDecision[] => {
  const decisions: CorrelationDecision[] = [];
  const seen = new Set<string>();
  const strong: Signal[] = [];
  const faint: Signal[] = [];
  const sorted = [...input.signals].sort(bySignal);
  for (const signal of sorted) {
    const { signalId, workloadId } = signal;
    const against = seen.has(signalId) ? `signal ${signalId} came twice` : unbelievable(signal, input);
    seen.add(signalId);
    if (against !== undefined) decisions.push({ action: 'drop', signalId, workloadId, reason: against });
    else (signal.severity >= input.limits.openSeverity - input.limits.hysteresis ? strong : faint).push(signal);
  }
  const groups = groupByCause(strong, input);
  const claimed = new Map<Group, Signal[]>(groups.map((group) => [group, []]));
  for (const signal of faint) {
    const group = groups.find(({ units }) => units.some((unit) => touches(unit, signal, input)));
    if (group !== undefined) claimed.get(group)?.push(signal);
    else decisions.push(holdOrDrop(signal, `severity ${signal.severity} is too low to count as trouble`, input));
  }
  for (const [group, weaker] of claimed) decisions.push(...decideGroup(group, weaker, input));
  const order = new Map(sorted.map((signal, index) => [signal.signalId, index]));
  return decisions.sort(
    (a, b) => (order.get(a.signalId) ?? 0) - (order.get(b.signalId) ?? 0) || compare(a.action, b.action),
  );
};

/** Whether a faint signal comes from a workload in trouble at that time: it says nothing new, but it must not be lost. */
const touches = (unit: Group['units'][number], signal: Signal, { limits }: CorrelateInput): boolean =>
  (unit.workloadId === signal.workloadId || unit.incident?.members.includes(signal.workloadId) === true) &&
  (unit.incident !== undefined ||
    (signal.at >= unit.first - limits.windowMs && signal.at <= unit.last + limits.windowMs));
