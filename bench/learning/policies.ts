import { priorBelief, updateBelief, type TriedAction } from '../../core/learning/belief.ts';
import { ESCALATE, type ActionId, type Catalogue, type MixName } from '../../core/learning/catalogue.ts';
import { beliefOf, choose, planState, situationOf } from '../../core/learning/choice.ts';
import { creditIncident, type CreditStep } from '../../core/learning/credit.ts';
import { applyDeltas, type QTable } from '../../core/learning/evidence.ts';
import { MAX_SAME_ACTION, planModelOf, planValues } from '../../core/learning/plan.ts';
import { posteriorOf, type Posterior } from '../../core/learning/posterior.ts';
import { REPEAT_FACTOR } from '../../core/learning/belief.ts';
import { runbookAction } from '../../core/learning/runbook.ts';
import { MAX_ATTEMPTS, type Policy, type Prediction } from './episode.ts';
import type { Attempt } from './incident.ts';
import { randomOf } from './random.ts';
import type { World } from './world.ts';

/** The expert runbook. */
export const runbookPolicy = (catalogue: Catalogue): Policy => ({
  name: 'runbook',
  choose: ({ view }, tried) => ({
    action: runbookAction(catalogue, { symptoms: view.symptoms, tried, allowed: view.allowed }),
  }),
  learn: () => undefined,
});

/** Any allowed action, or a person, all equally likely. */
export const randomPolicy = (seed: number): Policy => ({
  name: 'random',
  choose: ({ view, seed: incident }, tried) => {
    const choices = [...view.allowed, ESCALATE];
    return { action: choices[Math.floor(randomOf(seed, incident, tried.length)() * choices.length)] ?? ESCALATE };
  },
  learn: () => undefined,
});

export const creditSteps = (attempts: readonly Attempt[]): CreditStep[] =>
  attempts.map(({ action, recovered, minutes, worse, relapsed }) => ({
    action,
    recovered,
    minutes,
    worse,
    relapsed: recovered ? relapsed : null,
  }));

export interface LearnerOptions {
  readonly name: string;
  readonly catalogue: Catalogue;
  readonly table?: QTable;
  readonly optimism?: number;
  readonly gateMinutes?: number;
  readonly environment?: MixName;
  /** False for a policy that decides by its first table for ever. */
  readonly learns?: boolean;
}

/** What Decide does in the product: prod's optimism, no random draws. */
export const learnerPolicy = (options: LearnerOptions): Policy & { readonly table: () => QTable } => {
  const { catalogue, optimism = 0.3, gateMinutes = 0, environment = 'prod', learns = true } = options;
  let table: QTable = options.table ?? new Map();
  let posterior = posteriorOf(catalogue, environment, table);
  return {
    name: options.name,
    table: () => table,
    choose: ({ view }, tried) => {
      const request = {
        catalogue,
        table,
        symptoms: view.symptoms,
        attempt: tried.length,
        tried,
        allowed: view.allowed,
        optimism,
        maxAttempts: MAX_ATTEMPTS,
        environment,
        gateMinutes,
      };
      const situation = situationOf(request, posterior);
      const belief = beliefOf(situation, view.symptoms);
      const { action } = choose(situation, belief, view.symptoms);
      if (action === ESCALATE) return { action };
      const { usable, tries } = situation;
      const a = posterior.actions.indexOf(action);
      const values = planValues(planModelOf(posterior, 0), planState(situation, belief));
      const damping = REPEAT_FACTOR ** (tries[a] ?? 0);
      const recover = belief.reduce(
        (sum, p, f) => sum + p * damping * (posterior.cure[f * posterior.actions.length + a] ?? 0),
        0,
      );
      const prediction: Prediction = { recover, cost: values.actions[usable.indexOf(a)] ?? 0 };
      return { action, prediction };
    },
    learn: ({ symptoms }, attempts) => {
      if (!learns) return;
      const input = { catalogue, table, symptoms, steps: creditSteps(attempts), environment };
      table = applyDeltas(table, creditIncident(input, posterior));
      posterior = posteriorOf(catalogue, environment, table);
    },
  };
};

/** The world's true parameters in the planner's form; the oracle does not have to believe in unknown faults. */
const truthOf = (world: World, catalogue: Catalogue): Posterior => {
  const cells = (read: (f: number, a: number) => number) =>
    Float64Array.from({ length: world.faults.length * catalogue.actions.length }, (_, index) =>
      read(Math.floor(index / catalogue.actions.length), index % catalogue.actions.length),
    );
  return {
    catalogue,
    hypotheses: world.faults.map(({ id }) => id),
    actions: catalogue.actions.map(({ id }) => id),
    symptoms: catalogue.symptoms.map(({ id }) => id),
    mix: Float64Array.from(world.mix),
    symptom: Float64Array.from(world.faults.flatMap(({ symptoms }) => symptoms)),
    cure: cells((f, a) => world.faults[f]?.cure[a] ?? 0),
    cureDeviation: cells(() => 0),
    worsened: cells((f, a) => world.faults[f]?.worsened[a] ?? 0),
    relapse: cells((f, a) => world.faults[f]?.relapse[a] ?? 0),
    fixMinutes: cells((_, a) => catalogue.actions[a]?.fixMinutes ?? 0),
    verifyMinutes: cells((_, a) => catalogue.actions[a]?.verifyMinutes ?? 0),
    impact: Float64Array.from(world.faults, ({ impact }) => impact),
    evidence: [],
  };
};

/**
 * The best that anyone could do who knows the world's true parameters but not the fault: exact expectimax over three
 * attempts. Where two faults come at once, or a cascade adds symptoms, it is not told so, and is no longer exact.
 */
export const oraclePolicy = (world: World, catalogue: Catalogue): Policy => {
  const truth = truthOf(world, catalogue);
  const model = planModelOf(truth, 0);
  return {
    name: 'oracle',
    choose: ({ view }, tried: readonly TriedAction[]) => {
      const tries = truth.actions.map((id) => tried.filter(({ action }) => action === id).length);
      const usable = truth.actions.flatMap((id, a) =>
        view.allowed.includes(id) && (tries[a] ?? 0) < MAX_SAME_ACTION ? [a] : [],
      );
      const belief = updateBelief(truth, priorBelief(truth, view.symptoms), tried);
      const values = planValues(model, { belief, usable, tries, attemptsLeft: MAX_ATTEMPTS - tried.length });
      const best = usable.reduce<{ action: ActionId; cost: number }>(
        (least, a, index) => {
          const cost = values.actions[index] ?? Infinity;
          return cost < least.cost ? { action: truth.actions[a] ?? ESCALATE, cost } : least;
        },
        { action: ESCALATE, cost: values.escalate },
      );
      return { action: best.action };
    },
    learn: () => undefined,
  };
};
