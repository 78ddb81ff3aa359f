import type { TriedAction } from '../../core/learning/belief.ts';
import { ESCALATE, type ActionId, type Catalogue } from '../../core/learning/catalogue.ts';
import { callPerson, takeAction, type Attempt, type Incident, type IncidentView, type PersonCall } from './incident.ts';

export const MAX_ATTEMPTS = 3;

/** What a policy expects of its choice, where it has an expectation. */
export interface Prediction {
  /** P(this action recovers). */
  readonly recover: number;
  /** Impact-minutes until the end. */
  readonly cost: number;
}

export interface PolicyChoice {
  readonly action: ActionId;
  readonly prediction?: Prediction;
}

/** A way of choosing actions. It sees views and outcomes, never the fault. */
export interface Policy {
  readonly name: string;
  readonly choose: (incident: Incident, tried: readonly TriedAction[]) => PolicyChoice;
  /** Called once after each incident. */
  readonly learn: (view: IncidentView, attempts: readonly Attempt[], person: PersonCall | null) => void;
}

/** One incident under one policy. */
export interface Episode {
  /** Impact-minutes in total. */
  readonly cost: number;
  /** Minutes until the end of the incident, by action or by a person. */
  readonly minutes: number;
  /** Recovered without a person and without relapse. */
  readonly durable: boolean;
  /** Actions that made it worse. */
  readonly harmful: number;
  /** Actions executed that the masks forbid. */
  readonly unsafe: number;
  readonly attempts: number;
  readonly predictions: readonly {
    readonly predicted: Prediction;
    readonly recovered: boolean;
    readonly cost: number;
  }[];
}

/** Damage of an action that the masks forbid, impact-minutes. */
const UNSAFE_COST = 60;

/** Runs an incident to its end, and lets the policy learn from it. */
export const runEpisode = (catalogue: Catalogue, incident: Incident, policy: Policy): Episode => {
  const attempts: (Attempt & { readonly prediction: Prediction | undefined })[] = [];
  let open = incident.faults;
  let unsafe = 0;
  while (open.length > 0 && attempts.length < MAX_ATTEMPTS) {
    const tried = attempts.map(({ action, worse }): TriedAction => ({
      action,
      outcome: worse ? 'worse' : 'unchanged',
    }));
    const { action, prediction } = policy.choose(incident, tried);
    if (action === ESCALATE) break;
    const repeats = attempts.filter((attempt) => attempt.action === action).length;
    const step = takeAction(catalogue, incident, open, { action, repeats });
    const isSafe = incident.view.allowed.includes(action);
    if (!isSafe) unsafe += 1;
    attempts.push({ ...step.attempt, cost: step.attempt.cost + (isSafe ? 0 : UNSAFE_COST), prediction });
    open = step.open;
  }
  const person = open.length > 0 ? callPerson(catalogue, incident, open) : null;
  policy.learn(incident.view, attempts, person);
  const costFrom = (index: number) => attempts.slice(index).reduce((sum, { cost }) => sum + cost, person?.cost ?? 0);
  return {
    cost: costFrom(0),
    minutes: attempts.reduce((sum, { minutes }) => sum + minutes, person?.minutes ?? 0),
    durable: open.length === 0 && !attempts.some(({ relapsed }) => relapsed),
    harmful: attempts.filter(({ worse }) => worse).length,
    unsafe,
    attempts: attempts.length,
    predictions: attempts.flatMap(({ prediction, recovered }, index) =>
      prediction === undefined ? [] : [{ predicted: prediction, recovered, cost: costFrom(index) }],
    ),
  };
};
