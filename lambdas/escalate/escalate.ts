import * as z from 'zod';
import type { Incident } from '../../core/contracts/incident.ts';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import { FailureSchema, IncidentIdSchema } from '../../core/contracts/loop-state.ts';
import type { Verdict } from '../../core/contracts/verdict.ts';
import { describeGap, gapOf } from '../../core/incident/gap.ts';
import { unfinishedAction } from '../../core/incident/unfinished-action.ts';
import { headOf } from '../../core/journal/chain.ts';
import type { Concern } from '../../core/notification/news.ts';
import { noticeOf } from '../../core/notification/news.ts';
import type { IncidentStore, Journal, Notifier } from '../../core/shared/ports.ts';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import { toIso } from '../../core/shared/units.ts';
import { marksOf } from '../shared/opening.ts';
import type { RecorderDeps } from '../shared/recorder.ts';
import { recordOf } from '../shared/recorder.ts';

/** From the workflow's catch (its state, with the failure) or from the rule on execution status (the execution's end). */
export const EscalateInputSchema = z.object({
  incidentId: IncidentIdSchema,
  failure: FailureSchema,
});
export type EscalateInput = z.output<typeof EscalateInputSchema>;

export interface EscalateDeps extends RecorderDeps {
  readonly journal: Pick<Journal, 'read'>;
  readonly incidents: Pick<IncidentStore, 'endAttempt' | 'get'>;
  readonly notifier: Notifier;
}

/** A phase that outlives its execution writes two records at most: being overtaken more often is no coincidence. */
const MOST_LOOKS = 5;

/**
 * Ends an incident whose loop failed: closes its chain after whatever was written last, releases what was held, calls a
 * person. An incident that is already closed is left as it is, so both ways here may be taken, in any order; but people are
 * told again, because whoever closed it may have died before it told anybody.
 *
 * A phase may still be at work when its execution has ended: if it writes in between, the chain is read again.
 *
 * @throws DependencyUnavailableError when it is overtaken again and again: nobody was told, and it has to be retried
 */
export const escalate = async (input: EscalateInput, deps: EscalateDeps): Promise<void> => {
  for (let look = 1; look <= MOST_LOOKS; look += 1) if (await isClosed(input, deps)) return;
  throw new DependencyUnavailableError(`somebody still writes the journal of ${input.incidentId}: try again`);
};

/** Closes it where the chain ends now, and says so; false when somebody was faster with the chain's next record. */
const isClosed = async ({ incidentId, failure }: EscalateInput, deps: EscalateDeps): Promise<boolean> => {
  const startedAt = deps.clock.now();
  const records = await deps.journal.read(incidentId);
  const last = records.at(-1);
  const opened = records.find((record) => record.kind === 'incident_opened');
  if (last === undefined || opened === undefined) throw new Error(`incident ${incidentId} has no journal`);
  const workload = records.findLast((record) => record.kind === 'evidence_gathered')?.body.workload;
  const workloadId = workload?.workloadId ?? opened.body.workloadId;
  const concern = { workloadId, criticality: workload?.criticality ?? null };
  if (isEnd(last)) {
    await tell(last, records, concern, deps);
    return true;
  }

  const error = failure.Error ?? 'unknown error';
  const cause = readableCause(failure.Cause);
  const gap = gapOf(error, cause);
  const blocked = gap === null ? '' : ` ${describeGap(gap)}`;
  const explanation = `The healing of ${workloadId} stopped after ${last.kind.replaceAll('_', ' ')} with ${error}: ${cause}.${blocked} A person has to take over.`;
  const record = recordOf(
    deps,
    { incidentId, correlationId: last.correlationId, attempt: last.attempt, head: headOf(last) },
    'EXPLAINING',
    { kind: 'incident_escalated', body: { error, cause, explanation, gap } },
    startedAt,
  );
  const view = await deps.incidents.get(incidentId);
  const { status } = await deps.incidents.endAttempt({
    record,
    incident: { ...escalatedView(view, opened, workloadId, explanation, toIso(startedAt)), gap },
    close: true,
    members: opened.body.members,
    workloadId,
    lease: heldLease(records, last.attempt),
    pastAction: unfinishedAction(records, last.attempt),
    experience: null,
  });
  if (status === 'exists') return false;
  await tell(record, records, concern, deps);
  return true;
};

const tell = async (
  last: JournalRecord,
  records: readonly JournalRecord[],
  concern: Concern,
  { notifier }: EscalateDeps,
): Promise<void> => {
  const notice = noticeOf(last, records, concern);
  if (notice !== null) await notifier.notify(notice);
};

const isEnd = (record: JournalRecord): boolean =>
  record.kind === 'incident_escalated' || (record.kind === 'attempt_explained' && record.body.disposition !== 'retry');

/** What Enforce granted in the attempt that failed: nobody else will release it. */
const heldLease = (records: readonly JournalRecord[], attempt: number): Verdict['lease'] =>
  records
    .filter((record) => record.attempt === attempt)
    .reduce<Verdict['lease']>((held, record) => (record.kind === 'verdict_given' ? record.body.lease : held), null);

/** Lambda puts its error into a JSON text; people want the message. */
const readableCause = (cause: string | undefined): string => {
  if (cause === undefined || cause === '') return 'no cause was given';
  try {
    const parsed = z.object({ errorMessage: z.string() }).safeParse(JSON.parse(cause));
    return parsed.success ? parsed.data.errorMessage : cause;
  } catch {
    return cause;
  }
};

const escalatedView = (
  view: Incident | null,
  opened: Extract<JournalRecord, { readonly kind: 'incident_opened' }>,
  workloadId: string,
  explanation: string,
  now: string,
): Incident => ({
  incidentId: opened.incidentId,
  env: opened.env,
  openedAt: opened.body.signal.occurredAt,
  severity: opened.body.signal.severity,
  summary: opened.body.signal.summary,
  correlationId: opened.correlationId,
  signalCount: view?.signalCount ?? 1,
  attempts: view?.attempts ?? 0,
  lastAction: view?.lastAction ?? null,
  outcome: view?.outcome ?? null,
  suspectRevision: view?.suspectRevision ?? null,
  workloadId,
  status: 'escalated',
  closedAt: now,
  explanation,
  ...marksOf(opened.body.signal),
});
