import * as z from 'zod';
import { describePlan } from '../../core/action/plan.ts';
import type { Limits } from '../../core/contracts/limits.ts';
import { ActInputSchema } from '../../core/contracts/loop-state.ts';
import type { Clock, IncidentStore, Notifier } from '../../core/shared/ports.ts';
import { after, seconds, toIso } from '../../core/shared/units.ts';

export const RequestApprovalInputSchema = z.object({ state: ActInputSchema, taskToken: z.string().min(1) });
export type RequestApprovalInput = z.output<typeof RequestApprovalInputSchema>;

export interface RequestApprovalDeps {
  readonly clock: Clock;
  readonly incidents: Pick<IncidentStore, 'requestApproval'>;
  readonly notifier: Notifier;
  readonly limits: Limits;
}

/** Asks a person: what was detected, what would be done, why, until when. The workflow waits on the token. */
export const requestApproval = async (
  { state, taskToken }: RequestApprovalInput,
  deps: RequestApprovalDeps,
): Promise<void> => {
  const now = deps.clock.now();
  const { decision, evidence, incidentId, verdict } = state;
  const expiresAt = toIso(after(now, seconds(deps.limits.approvalTtlSeconds)));
  const asks = verdict.guards.filter((guard) => guard.result === 'ask').map((guard) => guard.reason);
  const summary = `${describePlan(decision.plan)} on ${evidence.workload.workloadId}`;
  await deps.incidents.requestApproval({
    incidentId,
    taskToken,
    planHash: decision.planHash,
    fingerprint: decision.fingerprint,
    summary,
    requestedAt: toIso(now),
    expiresAt,
  });
  await deps.notifier.notify({
    incidentId,
    subject: `Approval wanted: ${summary}`,
    body: [
      `Wrong: ${state.validation.reading.reasons.join('; ')}.`,
      `Proposed: ${summary}, because ${decision.reason}.`,
      `Asked because ${asks.join('; ')}.`,
      `Answer with: kintsugi approve ${incidentId} (or: kintsugi decline ${incidentId}).`,
      `Silence is a no, at ${expiresAt}.`,
    ].join('\n'),
  });
};
