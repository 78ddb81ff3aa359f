import type { Decision } from '../../core/contracts/decision.ts';
import { RELAPSE } from '../../core/contracts/experience.ts';
import type { Incident, IncidentStatus } from '../../core/contracts/incident.ts';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import type { Limits } from '../../core/contracts/limits.ts';
import type { Disposition, LoopState } from '../../core/contracts/loop-state.ts';
import { explainAttempt } from '../../core/explanation/explain.ts';
import { approvalOf, dispositionOf, nextAttempt, triedIn } from '../../core/incident/ending.ts';
import type { FollowUp } from '../../core/incident/follow-up.ts';
import { followUpOf } from '../../core/incident/follow-up.ts';
import { headOf } from '../../core/journal/chain.ts';
import type { Catalogue } from '../../core/learning/catalogue.ts';
import { creditFromJournal } from '../../core/decision/credit-journal.ts';
import { creditRelapse } from '../../core/learning/credit.ts';
import { mergeDeltas } from '../../core/learning/evidence.ts';
import { traceOf } from '../../core/model/trace.ts';
import { noticeOf } from '../../core/notification/news.ts';
import type {
  EvidenceStore,
  Experience,
  ExperienceStore,
  IncidentStore,
  Journal,
  Notifier,
  PastAction,
} from '../../core/shared/ports.ts';
import type { DurationMs } from '../../core/shared/units.ts';
import { fromIso, seconds, toIso } from '../../core/shared/units.ts';
import { marksOf } from '../shared/opening.ts';
import type { RecorderDeps } from '../shared/recorder.ts';
import { inForce, recordOf } from '../shared/recorder.ts';

export interface ExplainDeps extends RecorderDeps {
  readonly journal: Pick<Journal, 'read'>;
  readonly incidents: Pick<IncidentStore, 'endAttempt'>;
  readonly evidence: EvidenceStore;
  readonly experiences: Pick<ExperienceStore, 'of'>;
  readonly catalogue: Catalogue;
  readonly notifier: Notifier;
  readonly limits: Limits;
  /** Asks for a second look at the workloads later; may be asked for twice. */
  readonly followUp: (look: FollowUp, delay: DurationMs) => Promise<void>;
}

/**
 * Ends the attempt in one transaction: the account, the incident's view, what was held, and, when the incident is over,
 * what it taught. Then tells people; a notification may come twice, never not at all.
 */
export const explain = async (state: LoopState, deps: ExplainDeps): Promise<LoopState> => {
  const startedAt = deps.clock.now();
  const records = await deps.journal.read(state.incidentId);
  const disposition = dispositionOf(state, deps.limits);
  const approval = approvalOf(state, toIso(startedAt));
  const explanation = explainAttempt(records, state.attempt, disposition, approval, toIso(startedAt));
  const close = disposition !== 'retry';
  const ours = recordOf(
    deps,
    state,
    'EXPLAINING',
    { kind: 'attempt_explained', body: { disposition, explanation } },
    startedAt,
  );
  const workload = state.evidence?.workload;
  const appended = await deps.incidents.endAttempt({
    record: ours,
    incident: viewOf(records, state, disposition, explanation, toIso(startedAt)),
    close,
    members: membersHeld(state),
    workloadId: workload?.workloadId ?? state.workloadId,
    lease: state.verdict?.lease ?? null,
    pastAction: pastActionOf(state),
    experience: close && workload !== undefined ? await experienceOf(records, workload.tier, disposition, deps) : null,
    relapse: close ? await relapseEvent(records, deps) : null,
  });
  const record = inForce('attempt_explained', ours, appended);
  const isWished = state.request !== undefined && record.body.disposition === 'recovered';
  const about = {
    workloadId: workload?.workloadId ?? state.workloadId,
    criticality: workload?.criticality ?? null,
  };
  // Whoever asked for it sees by the task that it is done.
  const notice = isWished ? null : noticeOf(record, records, about);
  if (notice !== null) await deps.notifier.notify(notice);
  await followUp(state, records, record.body.disposition, deps);
  const ended: LoopState = { ...state, head: headOf(record), explanation: record.body.explanation };
  return record.body.disposition === 'retry' ? nextAttempt(ended) : { ...ended, disposition: record.body.disposition };
};

/** A wish takes no workload away from those who heal it. */
const membersHeld = ({ request, members }: LoopState): LoopState['members'] => (request === undefined ? members : []);

const followUp = async (
  state: LoopState,
  records: readonly JournalRecord[],
  disposition: Disposition,
  { clock, limits, followUp: ask }: ExplainDeps,
): Promise<void> => {
  const delay = seconds(limits.followUpSeconds);
  const look = followUpOf(records[0], disposition, { workloadIds: state.members, now: clock.now(), delay });
  if (look !== null) await ask(look, delay);
};

const STATUS: Readonly<Record<Disposition, IncidentStatus>> = {
  recovered: 'recovered',
  escalated: 'escalated',
  dismissed: 'dismissed',
  retry: 'open',
};

const viewOf = (
  records: readonly JournalRecord[],
  state: LoopState,
  disposition: Disposition,
  explanation: string,
  now: string,
): Incident => {
  const opened = records.find((record) => record.kind === 'incident_opened');
  return {
    incidentId: state.incidentId,
    env: opened?.env ?? 'dev',
    workloadId: state.evidence?.workload.workloadId ?? state.workloadId,
    status: STATUS[disposition],
    openedAt: state.openedAt,
    closedAt: disposition === 'retry' ? null : now,
    severity: opened?.body.signal.severity ?? 0,
    summary: opened?.body.signal.summary ?? '',
    correlationId: state.correlationId,
    signalCount: Math.max(1, state.evidence?.signals.length ?? 1),
    attempts: state.attempt,
    lastAction: triedIn(state)?.actionId ?? state.tried.at(-1)?.actionId ?? null,
    outcome: state.outcome?.status ?? null,
    suspectRevision: suspectRevision(records),
    explanation,
    hypothesis: state.request === undefined ? (decisionsIn(records).at(-1)?.belief[0]?.hypothesis ?? null) : null,
    ...(opened === undefined ? {} : marksOf(opened.body.signal)),
  };
};

/** The revision that was new when the incident began: a suspect, whatever healed it. */
const suspectRevision = (records: readonly JournalRecord[]): string | null => {
  const opened = records.find((record) => record.kind === 'incident_opened');
  const evidence = records.find((record) => record.kind === 'evidence_gathered')?.body;
  // Who asks for another number of tasks suspects no revision.
  const change = opened?.body.signal.request?.change.kind;
  if (change !== undefined && change !== 'rollback') return null;
  const isNew = evidence?.symptoms.present.some((symptom) => ['recentDeploy', 'recentConfig'].includes(symptom));
  return isNew === true ? (evidence?.state.currentRevision?.revision ?? null) : null;
};

const pastActionOf = (state: LoopState): PastAction | null => {
  const tried = triedIn(state);
  if (tried === null || state.action === undefined || state.action.status === 'not_needed') return null;
  return {
    incidentId: state.incidentId,
    actionId: tried.actionId,
    at: fromIso(state.action.endedAt),
    outcome: tried.outcome,
    changeIds: state.action.changeIds,
  };
};

const experienceOf = async (
  records: readonly JournalRecord[],
  tier: string,
  disposition: Disposition,
  deps: ExplainDeps,
): Promise<Experience | null> => {
  if (!records.some((record) => record.kind === 'outcome_measured')) return null;
  // What a person wanted says nothing about what helps.
  if (decisionsIn(records).some(({ requestedBy }) => requestedBy !== undefined)) return null;
  const table = await deps.evidence.load(tier);
  const deltas = creditFromJournal(records, deps.catalogue, table, deps.env);
  const first = records[0];
  if (deltas.length === 0 || first === undefined) return null;
  const trace = traceOf(records, deps.catalogue, disposition === 'escalated');
  return {
    executionId: first.incidentId,
    kind: 'incident',
    tier,
    at: deps.clock.now(),
    deltas,
    ...(trace === null ? {} : { trace }),
  };
};

/** One more event of the incident whose cure did not last: it takes back that it did. Only a relapse costs a request. */
const relapseEvent = async (records: readonly JournalRecord[], deps: ExplainDeps): Promise<Experience | null> => {
  const earlier = decisionsIn(records)[0]?.relapseOf?.incidentId;
  if (earlier === undefined) return null;
  const told = await deps.experiences.of(earlier);
  const first = told.find(({ executionId }) => executionId === earlier);
  // What its label has taught since is part of what it taught.
  const deltas = creditRelapse(mergeDeltas(told.flatMap((one) => one.deltas)));
  const executionId = `${earlier}${RELAPSE}`;
  if (first === undefined || told.some((one) => one.executionId === executionId) || deltas.length === 0) return null;
  return { executionId, kind: 'relapse', tier: first.tier, at: deps.clock.now(), deltas };
};

const decisionsIn = (records: readonly JournalRecord[]): Decision[] =>
  records.flatMap((record) => (record.kind === 'action_decided' ? [record.body] : []));
