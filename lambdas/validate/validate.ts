import type { Limits } from '../../core/contracts/limits.ts';
import type { LoopState, ValidateInput } from '../../core/contracts/loop-state.ts';
import { validateEvidence } from '../../core/evidence/validate-evidence.ts';
import { headOf } from '../../core/journal/chain.ts';
import type { Journal } from '../../core/shared/ports.ts';
import { fromIso } from '../../core/shared/units.ts';
import type { Instruments } from '../shared/measure.ts';
import { lookAtPresent, measureHealth } from '../shared/measure.ts';
import type { RecorderDeps } from '../shared/recorder.ts';
import { keep } from '../shared/recorder.ts';

export interface ValidateDeps extends RecorderDeps, Omit<Instruments, 'probe'> {
  readonly journal: Journal;
  readonly limits: Limits;
}

/** Looks once more, on its own, and says whether there is something to heal. */
export const validate = async (input: ValidateInput, deps: ValidateDeps): Promise<LoopState> => {
  const startedAt = deps.clock.now();
  const { workload } = input.evidence;
  // Tasks were looked at a moment ago by Sense, whose role may; alarms and metrics are read anew.
  const probe = { state: () => Promise.resolve(input.evidence.state) };
  const reading = await measureHealth({ ...deps, probe }, workload, {
    ...lookAtPresent(startedAt, workload, fromIso(input.openedAt)),
    forecast: input.evidence.forecast,
    lastingSince: input.attempt === 1 && input.approval === undefined ? fromIso(input.openedAt) : undefined,
  });
  const validation = validateEvidence({
    incidentId: input.incidentId,
    attempt: input.attempt,
    approved: input.approval?.answer === 'approve',
    evidence: input.evidence,
    request: input.request,
    reading,
    limits: deps.limits,
    now: deps.clock.now(),
  });
  const record = await keep(deps, input, 'VALIDATING', { kind: 'evidence_validated', body: validation }, startedAt);
  return { ...input, head: headOf(record), validation: record.body };
};
