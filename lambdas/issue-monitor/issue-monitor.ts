import type { Incident } from '../../core/contracts/incident.ts';
import type { Limits } from '../../core/contracts/limits.ts';
import type { LoopState } from '../../core/contracts/loop-state.ts';
import type { Signal } from '../../core/contracts/signal.ts';
import { incidentIdFor } from '../../core/incident/incident-id.ts';
import { relatedWorkloads } from '../../core/incident/members.ts';
import { normaliseMessage } from '../../core/incident/normalise-signal.ts';
import { headOf, nextRecord } from '../../core/journal/chain.ts';
import type { IncidentStore, Workflow, WorkloadRegistry } from '../../core/shared/ports.ts';
import { elapsed, fromIso, isLonger, seconds } from '../../core/shared/units.ts';
import type { RecorderDeps } from '../shared/recorder.ts';

export interface IssueMonitorDeps extends RecorderDeps {
  readonly registry: WorkloadRegistry;
  readonly incidents: Pick<IncidentStore, 'open' | 'attach'>;
  readonly workflow: Workflow;
  /** Where messages go that nobody can read, with the reason: never lost, never in the way. */
  readonly quarantine: (body: string, reason: string) => Promise<void>;
  readonly limits: Limits;
}

/** What became of one message. */
export type Handled =
  | { readonly result: 'opened' | 'attached' | 'duplicate' | 'late'; readonly incidentId: string }
  | { readonly result: 'ignored' | 'quarantined'; readonly reason: string };

/**
 * Takes one message to its incident: opens one, attaches to an open one, or says why neither.
 *
 * Safe to run again on the same message at any point: the signal's id, the incident's id and the execution's name are
 * functions of what was observed.
 */
export const handleMessage = async (body: string, deps: IssueMonitorDeps): Promise<Handled> => {
  const registry = await deps.registry.all();
  const normalised = normaliseMessage(body, registry, deps.sha256);
  if (normalised.kind === 'malformed') {
    await deps.quarantine(body, normalised.reason);
    return { result: 'quarantined', reason: normalised.reason };
  }
  if (normalised.kind === 'ignored') return { result: 'ignored', reason: normalised.reason };
  const objection = whyNotToOpen(normalised.signal, deps);
  if (objection !== null) return { result: 'ignored', reason: objection };
  return place(normalised.signal, relatedWorkloads(normalised.signal.workloadId, registry), deps);
};

const whyNotToOpen = (signal: Signal, { clock, limits }: IssueMonitorDeps): string | null => {
  if (signal.status !== 'firing') return `${signal.status} signals open no incident`;
  if (signal.severity < limits.issueThreshold) {
    return `severity ${signal.severity} is below the threshold of ${limits.issueThreshold}`;
  }
  const age = elapsed(fromIso(signal.occurredAt), clock.now());
  return isLonger(age, seconds(limits.signalMaxAgeSeconds)) ? `is stale: ${Math.round(age / 1_000)} s old` : null;
};

const place = async (signal: Signal, members: readonly string[], deps: IssueMonitorDeps): Promise<Handled> => {
  const state = openingState(signal, members, deps);
  const placed = await deps.incidents.open({
    incident: openIncident(signal, state, deps),
    signal,
    record: state.record,
    members,
  });
  switch (placed.status) {
    case 'opened':
      await deps.workflow.start(state.input.incidentId, state.input);
      return { result: 'opened', incidentId: state.input.incidentId };
    case 'duplicate':
      // The first delivery may have died between the writing and the starting: starting again is harmless.
      if (placed.opener) await deps.workflow.start(placed.incidentId, state.input);
      return { result: 'duplicate', incidentId: placed.incidentId };
    case 'belongs': {
      const attached = await deps.incidents.attach(placed.incidentId, signal);
      return { result: attached, incidentId: placed.incidentId };
    }
    case 'late':
      return { result: 'late', incidentId: placed.incidentId };
  }
};

interface Opening {
  readonly input: LoopState;
  readonly record: ReturnType<typeof nextRecord>;
}

/** Nothing in it depends on the delivery, so that every copy of the signal makes the same first record. */
const openingState = (signal: Signal, members: readonly string[], deps: IssueMonitorDeps): Opening => {
  const incidentId = incidentIdFor(signal, deps.sha256);
  const correlationId = signal.signalId.slice(0, 16);
  const record = nextRecord(
    null,
    {
      env: deps.env,
      incidentId,
      correlationId,
      attempt: 1,
      agent: { agent_id: deps.agentId, agent_state: 'OBSERVING', last_decision: null },
      at: fromIso(signal.occurredAt),
      latency: seconds(0),
    },
    { kind: 'incident_opened', body: { workloadId: signal.workloadId, members: [...members], signal } },
    deps.sha256,
  );
  const input: LoopState = {
    incidentId,
    correlationId,
    workloadId: signal.workloadId,
    members: [...members],
    openedAt: signal.occurredAt,
    attempt: 1,
    head: headOf(record),
    tried: [],
  };
  return { input, record };
};

const openIncident = (signal: Signal, { input }: Opening, deps: IssueMonitorDeps): Incident => ({
  incidentId: input.incidentId,
  env: deps.env,
  workloadId: signal.workloadId,
  status: 'open',
  openedAt: signal.occurredAt,
  closedAt: null,
  severity: signal.severity,
  summary: signal.summary,
  correlationId: input.correlationId,
  signalCount: 1,
  attempts: 0,
  lastAction: null,
  outcome: null,
  suspectRevision: null,
  explanation: null,
});
