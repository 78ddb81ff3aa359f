import { applicableActions } from '../learning/applicability.ts';
import type { Symptoms, TriedAction } from '../learning/belief.ts';
import { ESCALATE, type ActionId, type Catalogue, type HypothesisId, type MixName } from '../learning/catalogue.ts';
import { beliefOf, choose, situationOf, type DecisionRequest } from '../learning/choice.ts';
import type { QTable } from '../learning/evidence.ts';
import { posteriorOf } from '../learning/posterior.ts';
import type { Random } from '../shared/sampling.ts';

/** An incident at its beginning, as a policy sees it. */
export interface PromotionContext {
  /** Names it, for whoever draws luck by it. */
  readonly id: string;
  readonly tier: string;
  readonly symptoms: Symptoms;
  /** Without `escalate`, which is always allowed. */
  readonly allowed: readonly ActionId[];
  /** The true cause, where it was injected. */
  readonly label: HypothesisId | null;
}

/** A way of choosing, without learning: a version, the runbook. */
export type ModelPolicy = (context: PromotionContext, tried: readonly TriedAction[]) => ActionId;

export interface PolicyOptions {
  readonly catalogue: Catalogue;
  /** The frozen rows of each tier; a tier without rows is decided by the catalogue alone. */
  readonly tableOf: (tier: string) => QTable;
  readonly optimism: number;
  readonly maxAttempts: number;
  readonly environment: MixName;
}

/** How Decide chooses with a version, without what an explanation needs. */
export const tablePolicy = (options: PolicyOptions): ModelPolicy => {
  const { catalogue, optimism, maxAttempts, environment } = options;
  const posteriors = new Map<string, ReturnType<typeof posteriorOf>>();
  return ({ tier, symptoms, allowed }, tried) => {
    const table = options.tableOf(tier);
    const posterior = posteriors.get(tier) ?? posteriorOf(catalogue, environment, table);
    posteriors.set(tier, posterior);
    const attempt = tried.length;
    const request: DecisionRequest = {
      catalogue,
      table,
      symptoms,
      attempt,
      tried,
      allowed,
      optimism,
      maxAttempts,
      environment,
    };
    const situation = situationOf(request, posterior);
    return choose(situation, beliefOf(situation, symptoms), symptoms).action;
  };
};

/** A context that nobody has seen: any symptoms, any masks. For looking for an action that a mask forbids. */
export const fuzzedContext = (catalogue: Catalogue, tiers: readonly string[], random: Random): PromotionContext => {
  const symptoms = Object.fromEntries(
    catalogue.symptoms.map(({ id }) => {
      const draw = random();
      return [id, draw < 0.1 ? null : draw < 0.4];
    }),
  );
  const flags = [...new Set(catalogue.actions.flatMap(({ blockedBy }) => blockedBy))];
  const context = Object.fromEntries(flags.map((flag) => [flag, random() < 0.5]));
  const allowed = applicableActions(catalogue, symptoms, context).filter(() => random() < 0.8);
  const tier = tiers[Math.floor(random() * tiers.length)] ?? 'fuzzed';
  return { id: 'fuzzed', tier, symptoms, allowed, label: null };
};

/** Decisions of a policy, over whole incidents, that a mask forbids. */
export const unsafeDecisions = (
  policy: ModelPolicy,
  { contexts, maxAttempts, random }: ContextSource,
): { readonly decisions: number; readonly unsafe: number } => {
  let [decisions, unsafe] = [0, 0];
  for (const context of contexts) {
    const tried: TriedAction[] = [];
    while (tried.length < maxAttempts) {
      const action = policy(context, tried);
      decisions += 1;
      if (action === ESCALATE) break;
      if (!context.allowed.includes(action)) unsafe += 1;
      tried.push({ action, outcome: random() < 0.3 ? 'worse' : 'unchanged' });
    }
  }
  return { decisions, unsafe };
};

interface ContextSource {
  readonly contexts: Iterable<PromotionContext>;
  readonly maxAttempts: number;
  readonly random: Random;
}
