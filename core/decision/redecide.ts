import type { ActionId } from '../contracts/action.ts';
import type { Decision, Replay } from '../contracts/decision.ts';
import { parseCatalogue } from '../learning/catalogue.ts';
import type { QTable } from '../learning/evidence.ts';
import { InvalidInputError } from '../shared/errors.ts';
import { candidateOf, catalogueMask } from './decide.ts';
import { judge } from './judge.ts';

/** A decision made again: everything that does not need the workload's state of that time. */
export type Redecision = Omit<Decision, 'plan' | 'planHash' | 'risk' | 'reversible' | 'relapseOf' | 'replay'> & {
  readonly actionId: ActionId;
};

/** What is asked instead of what was. */
export interface WhatIf {
  /** Other evidence of the same tier, for example today's. */
  readonly table?: QTable;
  /** The version that the evidence is of; it says whose heals the ledger counts. */
  readonly modelVersion?: string;
  /** Another situation: other symptoms, fewer attempts, another catalogue, no draw, ... */
  readonly changes?: Partial<Replay>;
}

/**
 * Makes a recorded decision again, from its record alone; or asks what it would have been with another table or in
 * another situation. Without a change it is the decision of the record, bit for bit, as long as the learner's code is.
 *
 * What the workload ruled out then stays ruled out; what the catalogue ruled out by a symptom does so by the symptoms given.
 *
 * @throws InvalidInputError for a record of a version that did not keep what its decision was computed from
 */
export const redecide = (
  decision: Decision,
  { table, modelVersion = decision.modelVersion, changes = {} }: WhatIf = {},
): Redecision => {
  if (decision.replay === undefined) {
    throw new InvalidInputError('this decision was recorded before decisions kept what they were computed from');
  }
  const replay = withMasks({ ...decision.replay, ...changes }, changes);
  const { actionId, values, escalateMinutes, ...judged } = judge(replay, {
    modelVersion,
    ...(table === undefined ? {} : { table }),
  });
  const candidates = decision.candidates.map(({ actionId: id, masked }) =>
    candidateOf(id, replay.plannable.includes(id) ? maskOf(replay, id) : masked, { values, escalateMinutes }),
  );
  return { ...judged, actionId, candidates, modelVersion };
};

/** What the catalogue rules out follows the symptoms, unless the question says otherwise. */
const withMasks = (replay: Replay, changes: Partial<Replay>): Replay => {
  if (changes.allowed !== undefined || (changes.symptoms ?? changes.catalogue) === undefined) return replay;
  return { ...replay, allowed: replay.plannable.filter((id) => maskOf(replay, id) === null) };
};

const maskOf = ({ catalogue, symptoms }: Replay, id: string): string | null =>
  catalogueMask(parseCatalogue(catalogue), symptoms, id);

/** A recorded decision in the form of one made again, to hold the two against each other. */
export const asRedecision = ({
  plan,
  planHash: _hash,
  risk: _risk,
  reversible: _reversible,
  relapseOf: _relapseOf,
  replay: _replay,
  ...decision
}: Decision): Redecision => ({ ...decision, actionId: plan.actionId });
