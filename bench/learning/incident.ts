import { applicableActions, type ContextFlags } from '../../core/learning/applicability.ts';
import type { Symptoms } from '../../core/learning/belief.ts';
import type { ActionId, Catalogue } from '../../core/learning/catalogue.ts';
import { hashOf, lognormal, pick, randomOf } from './random.ts';
import type { FaultTruth, World } from './world.ts';

/** P(flag is set), independent of everything. */
const CONTEXT_FLAGS = {
  noStableRev: 0.1,
  fwdMigration: 0.1,
  azNoSpare: 0.15,
  atMax: 0.1,
  minHealthy: 0.08,
  critDep: 0.15,
} as const;

/** What makes incidents harder than one fault that shows all its symptoms. */
export interface Complications {
  /** Share of incidents in which a failing dependency adds its symptoms. */
  readonly cascade: number;
  /** Share of incidents with two faults; both must be cured. */
  readonly compound: number;
  /** Share of symptoms that cannot be observed. */
  readonly missing: number;
}

export const NO_COMPLICATIONS: Complications = { cascade: 0, compound: 0, missing: 0 };

/** What a policy is shown. */
export interface IncidentView {
  readonly symptoms: Symptoms;
  readonly context: ContextFlags;
  readonly allowed: readonly ActionId[];
}

/** An incident with what is hidden: one fault, or two in a compound incident. */
export interface Incident {
  readonly seed: number;
  readonly faults: readonly FaultTruth[];
  readonly view: IncidentView;
}

/** Symptoms that a failing dependency shows in whoever calls it. */
const CASCADE = { latHigh: 0.8, errHigh: 0.8, depErr: 0.6 } as const;

/** Draws the n-th incident of a world; `fault` forces the first cause (an injected fault). */
export const drawIncident = (
  world: World,
  catalogue: Catalogue,
  {
    seed,
    complications,
    fault,
  }: { readonly seed: number; readonly complications: Complications; readonly fault?: number },
): Incident => {
  const random = randomOf(seed, 11);
  const first = world.faults[fault ?? pick(random, world.mix)] as FaultTruth;
  const second = world.faults[pick(random, world.mix)] as FaultTruth;
  const isCompound = random() < complications.compound && second.id !== first.id;
  const isCascade = random() < complications.cascade;
  const faults = isCompound ? [first, second] : [first];
  const symptoms = Object.fromEntries(
    catalogue.symptoms.map(({ id }, s) => {
      const draws = [random(), random(), random()];
      const shown = faults.some((row, index) => (draws[index] ?? 1) < (row.symptoms[s] ?? 0));
      const carried = isCascade && id in CASCADE && (draws[2] ?? 1) < CASCADE[id as keyof typeof CASCADE];
      const isHidden = random() < complications.missing;
      return [id, isHidden ? null : shown || carried];
    }),
  );
  const context = Object.fromEntries(Object.entries(CONTEXT_FLAGS).map(([flag, p]) => [flag, random() < p]));
  return { seed, faults, view: { symptoms, context, allowed: applicableActions(catalogue, symptoms, context) } };
};

/** What really happened after an action. */
export interface Attempt {
  readonly action: ActionId;
  readonly recovered: boolean;
  readonly worse: boolean;
  readonly relapsed: boolean;
  readonly minutes: number;
  /** Impact-minutes of this attempt. */
  readonly cost: number;
}

/** A second attempt with the same action cures this much less often. */
const REPEAT_FACTOR = 0.25;

/**
 * Takes an action. The luck belongs to (incident, fault, action, repeat), not to the policy: whoever takes the same
 * action in the same incident sees the same outcome.
 *
 * @param open - the faults not yet cured; all of them must be for a recovery
 * @returns the attempt, and the faults that remain
 */
export const takeAction = (
  catalogue: Catalogue,
  incident: Incident,
  open: readonly FaultTruth[],
  { action, repeats }: { readonly action: ActionId; readonly repeats: number },
): { readonly attempt: Attempt; readonly open: readonly FaultTruth[] } => {
  const a = catalogue.actions.findIndex(({ id }) => id === action);
  const row = catalogue.actions[a] as Catalogue['actions'][number];
  const impact = Math.max(...open.map((fault) => fault.impact));
  const left = open.filter((fault) => {
    const index = catalogue.hypotheses.findIndex(({ id }) => id === fault.id);
    const random = randomOf(hashOf(incident.seed, index + 2, a, repeats), 21);
    return !(random() < (fault.cure[a] ?? 0) * REPEAT_FACTOR ** repeats);
  });
  const lead = open[0] as FaultTruth;
  const random = randomOf(hashOf(incident.seed, a, repeats), 22);
  const [relapseDraw, worseDraw] = [random(), random()];
  const minutes =
    left.length === 0 ? lognormal(random, row.fixMinutes, 0.4) : lognormal(random, row.verifyMinutes, 0.2);
  const relapsed = left.length === 0 && relapseDraw < (lead.relapse[a] ?? 0);
  const worse = left.length > 0 && worseDraw < (lead.worsened[a] ?? 0);
  const damage = worse ? lognormal(random, catalogue.costs.worsened, 0.5) : 0;
  const cost = minutes * impact + row.cost + damage + (relapsed ? catalogue.costs.relapse * impact : 0);
  return { attempt: { action, recovered: left.length === 0, worse, relapsed, minutes, cost }, open: left };
};

/** What calling a person took. */
export interface PersonCall {
  readonly minutes: number;
  /** Impact-minutes. */
  readonly cost: number;
}

/** Hands over to a person: always ends the incident. */
export const callPerson = (catalogue: Catalogue, incident: Incident, open: readonly FaultTruth[]): PersonCall => {
  const random = randomOf(incident.seed, 23);
  const minutes = lognormal(random, catalogue.costs.escalationMinutes, 0.5);
  return { minutes, cost: minutes * Math.max(...open.map(({ impact }) => impact)) + catalogue.costs.escalationCost };
};
