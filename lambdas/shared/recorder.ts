import type { AgentState } from '../../core/contracts/agent.ts';
import type { JournalEntry, JournalKind, JournalRecord } from '../../core/contracts/journal.ts';
import type { LoopState } from '../../core/contracts/loop-state.ts';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import { nextRecord } from '../../core/journal/chain.ts';
import type { Appended, Clock, Journal, Sha256 } from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { elapsed } from '../../core/shared/units.ts';

/** Everything a phase needs to write its record. */
export interface RecorderDeps {
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly env: EnvironmentName;
  readonly agentId: string;
}

type Chained = Pick<LoopState, 'incidentId' | 'correlationId' | 'attempt' | 'head' | 'decision'>;

/** The next record of the state's chain, written by an agent in the given state. */
export const recordOf = (
  deps: RecorderDeps,
  state: Chained,
  agentState: AgentState,
  entry: JournalEntry,
  startedAt: EpochMs,
): JournalRecord => {
  const at = deps.clock.now();
  return nextRecord(
    state.head,
    {
      env: deps.env,
      incidentId: state.incidentId,
      correlationId: state.correlationId,
      attempt: state.attempt,
      agent: {
        agent_id: deps.agentId,
        agent_state: agentState,
        last_decision: state.decision?.plan.actionId ?? null,
      },
      at,
      latency: elapsed(startedAt, at),
    },
    entry,
    deps.sha256,
  );
};

type Of<K extends JournalKind> = Extract<JournalRecord, { readonly kind: K }>;

/**
 * The record in force after a put-if-absent: ours, or the one that an earlier run of the same phase wrote. A phase goes
 * on with what is recorded, so running it twice says the same thing once.
 *
 * @throws Error when the place is taken by a record of another kind: two writers on one chain, which must never be
 */
export const inForce = <K extends JournalKind>(kind: K, ours: JournalRecord, appended: Appended): Of<K> => {
  const record = appended.status === 'appended' ? ours : appended.record;
  if (record.kind !== kind || record.attempt !== ours.attempt) {
    throw new Error(
      `journal ${ours.incidentId} has ${record.kind} of attempt ${record.attempt} at ${record.seq}, expected ${kind} of attempt ${ours.attempt}`,
    );
  }
  return record as Of<K>;
};

/** Appends an entry and returns the record in force. */
export const keep = async <K extends JournalKind>(
  deps: RecorderDeps & { readonly journal: Journal },
  state: Chained,
  agentState: AgentState,
  entry: Extract<JournalEntry, { readonly kind: K }>,
  startedAt: EpochMs,
): Promise<Of<K>> => {
  const record = recordOf(deps, state, agentState, entry, startedAt);
  return inForce(entry.kind as K, record, await deps.journal.append(record));
};
