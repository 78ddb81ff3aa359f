import type { ExperienceStep } from '../contracts/model.ts';
import { REPEAT_FACTOR, type TriedAction } from '../learning/belief.ts';
import { ESCALATE, type Catalogue } from '../learning/catalogue.ts';
import type { Sha256 } from '../shared/ports.ts';
import type { LoggedContext } from './logged-contexts.ts';
import type { ModelPolicy, PromotionContext } from './policy.ts';
import type { CoupledReplay } from './coupled-replay.ts';

/** What injected faults showed: outcomes of first tries, by fault and action. */
export type ReplayBank = ReadonlyMap<string, readonly ExperienceStep[]>;

const cellName = (label: string, action: string): string => `${label}/${action}`;

/** Collects what happened when an action met a fault whose name was known. */
export const replayBank = (logged: readonly LoggedContext[]): ReplayBank => {
  const bank = new Map<string, ExperienceStep[]>();
  for (const { context, trace } of logged) {
    if (context.label === null) continue;
    trace.steps.forEach((step, index) => {
      if (trace.steps.slice(0, index).some(({ action }) => action === step.action)) return;
      const name = cellName(context.label as string, step.action);
      bank.set(name, [...(bank.get(name) ?? []), step]);
    });
  }
  return bank;
};

interface Run {
  readonly cost: number;
  readonly harm: number;
}

export interface ReplayOptions {
  readonly catalogue: Catalogue;
  readonly bank: ReplayBank;
  readonly maxAttempts: number;
  readonly sha256: Sha256;
}

/** Luck of an action in an incident, 0 to 1: the same for whoever takes it. */
const luck = (sha256: Sha256, ...parts: readonly (string | number)[]): number =>
  Number.parseInt(sha256(parts.join('/')).slice(0, 8), 16) / 2 ** 32;

/** Runs a policy through an injected incident; null when it takes an action that this fault never met. */
const run = (policy: ModelPolicy, context: PromotionContext, options: ReplayOptions): Run | null => {
  const { catalogue, bank, maxAttempts, sha256 } = options;
  const tried: TriedAction[] = [];
  let [cost, harm] = [0, 0];
  while (tried.length < maxAttempts) {
    const action = policy(context, tried);
    if (action === ESCALATE) break;
    const outcomes = bank.get(cellName(context.label ?? '', action)) ?? [];
    const repeats = tried.filter((one) => one.action === action).length;
    const drawn = outcomes[Math.floor(luck(sha256, context.id, action, repeats) * outcomes.length)];
    if (drawn === undefined) return null;
    const lasts = repeats === 0 || luck(sha256, context.id, action, repeats, 'repeat') < REPEAT_FACTOR ** repeats;
    cost += drawn.cost;
    if (drawn.worse) harm += 1;
    if (drawn.recovered && lasts) return { cost, harm };
    tried.push({ action, outcome: drawn.worse ? 'worse' : 'unchanged' });
  }
  const { escalationMinutes, escalationCost } = catalogue.costs;
  const impact = catalogue.hypotheses.find(({ id }) => id === context.label)?.impact ?? catalogue.unknown.impact;
  return { cost: cost + impact * escalationMinutes + escalationCost, harm };
};

/**
 * Meets both policies with the same injected incidents and the same luck. An incident in which one of them would take an
 * action that was never tried against this fault is left out: nothing is known about it, and nothing is made up.
 */
export const coupledReplays = (
  contexts: readonly PromotionContext[],
  { candidate, champion }: { readonly candidate: ModelPolicy; readonly champion: ModelPolicy },
  options: ReplayOptions,
): CoupledReplay[] =>
  contexts.flatMap((context): CoupledReplay[] => {
    if (context.label === null) return [];
    const [ours, theirs] = [run(candidate, context, options), run(champion, context, options)];
    if (ours === null || theirs === null) return [];
    return [
      { candidateCost: ours.cost, candidateHarm: ours.harm, championCost: theirs.cost, championHarm: theirs.harm },
    ];
  });
