import * as z from 'zod';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import type { ModelPointer, ModelRef, ModelVersion } from '../../core/contracts/model.ts';
import { LIVE, ModelRefSchema, ModelVersionSchema } from '../../core/contracts/model.ts';
import { canaryVerdict } from '../../core/model/canary.ts';
import { modelEvent, type ModelEvent } from '../../core/model/events.ts';
import { rollBack, startCanary, widenCanary } from '../../core/model/pointer.ts';
import type { Clock, EventPublisher, ExperienceLog, ModelPointers } from '../../core/shared/ports.ts';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import type { Result } from '../../core/shared/result.ts';
import { toIso } from '../../core/shared/units.ts';

const verdict = z.enum(['new', 'nothing_new', 'better', 'not_better']);

export const PromoterInputSchema = z.union([
  z.object({ command: z.literal('promote'), version: ModelVersionSchema, reason: z.string() }),
  /** The end of the workflow: says what came out, and looks after a trial. */
  z.object({ command: z.literal('record'), verdict, version: ModelRefSchema, reason: z.string() }),
  /** An incident has ended: the event of the bus, or its name alone. */
  z.looseObject({ 'detail-type': z.enum(['IncidentResolved', 'IncidentEscalated']) }).transform(() => ({
    command: 'watch' as const,
  })),
]);
export type PromoterInput = z.output<typeof PromoterInputSchema>;

export interface PromoterDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly env: EnvironmentName;
  readonly agentId: string;
  readonly pointers: Pick<ModelPointers, 'read' | 'flip' | 'publish'>;
  /** What Decide sees. */
  readonly published: () => Promise<ModelPointer>;
  readonly experiences: ExperienceLog;
  readonly events: EventPublisher;
  /** Keeps the agent's last decision, for whoever asks how it is. */
  readonly report: (lastDecision: string, at: string) => Promise<void>;
}

export interface PromoterResult {
  readonly done: 'started' | 'widened' | 'crowned' | 'returned' | 'kept' | 'refused';
  readonly reason: string;
}

/** The only one that changes which version decides; each change is one conditional write, then published. */
export const promote = async (input: PromoterInput, deps: PromoterDeps): Promise<PromoterResult> => {
  switch (input.command) {
    case 'promote':
      return start(input.version, input.reason, deps);
    case 'record':
      return record(input, deps);
    case 'watch':
      return look(deps);
  }
};

const look = async (deps: PromoterDeps): Promise<PromoterResult> => {
  const [published, pointer] = await Promise.all([deps.published(), deps.pointers.read()]);
  // A crash between flip and publication has left the copy behind: Decide must not follow it until the daily record.
  if (published.revision !== pointer.revision) await deps.pointers.publish();
  return pointer.canary === null ? { done: 'kept', reason: 'no candidate is being tried' } : watch(deps);
};

const start = async (version: ModelVersion, reason: string, deps: PromoterDeps): Promise<PromoterResult> => {
  const changed = await change(deps, reason, (pointer, what) => startCanary(pointer, version, what));
  if (!changed.ok) return { done: 'refused', reason: changed.error };
  await announce(deps, { event: 'ModelPromoted', version, status: 'canary' });
  return { done: 'started', reason };
};

const record = async (
  { verdict: result, version, reason }: Extract<PromoterInput, { readonly command: 'record' }>,
  deps: PromoterDeps,
): Promise<PromoterResult> => {
  // Heals a copy that a crash between flip and publication has left behind.
  const pointer = await deps.pointers.publish();
  if (version !== LIVE && result !== 'nothing_new') {
    await announce(deps, { event: 'ModelSnapshotTaken', version, status: 'frozen' });
    await announce(deps, { event: 'ModelEvaluated', version, status: result });
  }
  await deps.report(`${result}: ${version}`, toIso(deps.clock.now()));
  return pointer.canary === null ? { done: 'kept', reason } : watch(deps);
};

/** Goes on with a trial, widens it, or ends it. */
const watch = async (deps: PromoterDeps): Promise<PromoterResult> => {
  const [pointer, experiences] = await Promise.all([deps.pointers.read(), deps.experiences.all()]);
  const { verdict: what, reason } = canaryVerdict(pointer, experiences);
  const candidate = pointer.canary?.candidate;
  if (what === 'keep' || candidate === undefined) return { done: 'kept', reason };
  // Only while it is still this trial at this share: what was concluded holds for nothing else.
  const isSame = (now: ModelPointer): boolean => now.revision === pointer.revision;
  const step = what === 'return' ? rollBack : widenCanary;
  const changed = await change(deps, reason, (now, by) =>
    isSame(now) ? step(now, by) : { ok: false, error: 'the trial has changed in the meantime' },
  );
  if (!changed.ok) return { done: 'kept', reason: changed.error };
  if (what === 'return') {
    await announce(deps, { event: 'ModelRolledBack', version: candidate, status: 'returned' });
    return { done: 'returned', reason };
  }
  const isChampion = changed.value.canary === null;
  await announce(deps, { event: 'ModelPromoted', version: candidate, status: isChampion ? 'champion' : 'widened' });
  return { done: isChampion ? 'crowned' : 'widened', reason };
};

type Step = (
  pointer: ModelPointer,
  change: { readonly at: string; readonly by: string; readonly reason: string },
) => Result<ModelPointer, string>;

const ATTEMPTS = 3;

/** Reads, decides and flips; whoever loses the race reads again. */
export const change = async (
  { pointers, clock, agentId }: Pick<PromoterDeps, 'pointers' | 'clock' | 'agentId'>,
  reason: string,
  step: Step,
): Promise<Result<ModelPointer, string>> => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const next = step(await pointers.read(), { at: toIso(clock.now()), by: agentId, reason });
    if (!next.ok) return next;
    if ((await pointers.flip(next.value)) === 'flipped') {
      await pointers.publish();
      return next;
    }
  }
  throw new DependencyUnavailableError('the pointer of the models was changed by others, again and again');
};

const announce = (
  { events, env, agentId, clock }: PromoterDeps,
  what: Pick<ModelEvent, 'event' | 'status'> & { readonly version: ModelRef },
): Promise<void> => events.publish([modelEvent({ ...what, env, agentId, at: toIso(clock.now()) })]);
