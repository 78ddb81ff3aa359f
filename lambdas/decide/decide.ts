import type { Limits } from '../../core/contracts/limits.ts';
import type { Decision } from '../../core/contracts/decision.ts';
import type { DecideInput, LoopState } from '../../core/contracts/loop-state.ts';
import { decide as chooseAction, withoutReplay } from '../../core/decision/decide.ts';
import { decideRequest } from '../../core/decision/requested.ts';
import { relapseOf } from '../../core/decision/relapse.ts';
import { headOf } from '../../core/journal/chain.ts';
import type { Catalogue } from '../../core/learning/catalogue.ts';
import { versionFor } from '../../core/model/pointer.ts';
import type { DecidingModels, Journal } from '../../core/shared/ports.ts';
import type { RecorderDeps } from '../shared/recorder.ts';
import { keep } from '../shared/recorder.ts';

export interface DecideDeps extends RecorderDeps {
  readonly journal: Journal;
  readonly models: DecidingModels;
  readonly catalogue: Catalogue;
  readonly limits: Limits;
}

/** Decides, unless a person has: what somebody asked for is only planned. */
export const decide = async (input: DecideInput, deps: DecideDeps): Promise<LoopState> => {
  const startedAt = deps.clock.now();
  const body =
    input.request === undefined ? await choose(input, deps) : decideRequest(input.request, input.evidence, deps.sha256);
  const record = await keep(deps, input, 'DECIDING', { kind: 'action_decided', body }, startedAt);
  return { ...input, head: headOf(record), decision: withoutReplay(record.body) };
};

/** Chooses by what the version that decides this incident knows; what a person has approved is only planned anew. */
const choose = async (input: DecideInput, deps: DecideDeps): Promise<Decision> => {
  const version = versionFor(await deps.models.pointer(), input.incidentId, deps.sha256);
  const table = await deps.models.load(version, input.evidence.workload.tier);
  const decision = chooseAction({
    incidentId: input.incidentId,
    evidence: input.evidence,
    tried: input.tried,
    attempt: input.attempt,
    limits: deps.limits,
    catalogue: deps.catalogue,
    table,
    modelVersion: version,
    sha256: deps.sha256,
    approved: input.approval?.answer === 'approve' ? (input.approval.actionId ?? null) : null,
  });
  const relapse = relapseOf(
    input.evidence.earlierIncidents,
    input.openedAt,
    decision.belief[0]?.hypothesis,
    deps.limits.learning.relapseMinutes,
  );
  return { ...decision, relapseOf: relapse };
};
