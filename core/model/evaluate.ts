import type { Evaluation, FrozenTables, ModelRef, ModelSnapshot, PromotionTest } from '../contracts/model.ts';
import type { Limits } from '../contracts/limits.ts';
import { ESCALATE, type Catalogue } from '../learning/catalogue.ts';
import { atClockOf, type QTable } from '../learning/evidence.ts';
import { posteriorOf, type Posterior } from '../learning/posterior.ts';
import type { Experience, Sha256 } from '../shared/ports.ts';
import { randomOf } from '../shared/sampling.ts';
import { isHanded } from './hand-on.ts';
import { loggedContexts, loggedIncident, type LoggedContext } from './logged-contexts.ts';
import { fuzzedContext, tablePolicy, unsafeDecisions, type ModelPolicy } from './policy.ts';
import { coupledReplayTest, harmTest, proofOf } from './coupled-replay.ts';
import { PROMOTION, doublyRobustTest, posteriorModelTest, type Judge } from './promotion-tests.ts';
import { coupledReplays, replayBank } from './replay-bank.ts';
import { frozenTable, isIntact, tablesOf } from './snapshot.ts';
import { thinCells } from './thin-evidence.ts';

export interface EvaluationInput {
  readonly candidate: ModelSnapshot;
  readonly champion: { readonly version: ModelRef; readonly tables: FrozenTables };
  /** The log of the environment in which the candidate would decide. */
  readonly experiences: readonly Experience[];
  readonly catalogue: Catalogue;
  readonly limits: Pick<Limits, 'env' | 'learning' | 'maxAttempts'>;
  /** ISO 8601. */
  readonly at: string;
  readonly sha256: Sha256;
}

/**
 * Runs every test (decision 0027) that can be run before a candidate decides anything; the canary is the last one. Same
 * input, same evaluation: chance is drawn from the candidate's own hash.
 */
export const evaluate = (input: EvaluationInput): Evaluation => {
  const { candidate, champion } = input;
  const experiences = inTime(input.experiences);
  const both = { candidate: policyOf(input, candidate.tables), champion: policyOf(input, champion.tables) };
  const seed = Number.parseInt(candidate.sha256.slice(0, 8), 16);
  const logged = loggedContexts(experiences);
  const contexts = logged.map(({ context }) => context);
  const replayed = (of: readonly LoggedContext[]) =>
    coupledReplays(
      of.map(({ context }) => context),
      both,
      { catalogue: input.catalogue, bank: replayBank(of), maxAttempts: input.limits.maxAttempts, sha256: input.sha256 },
    );
  const known = logged.filter(({ context }) => context.label !== null);
  const replays = replayed(known);
  const proof = proofOf(known.length, (first) => replayed(known.slice(0, first)));
  const tests = [
    frozenEvidence(input),
    maskFuzz(both.candidate, input, seed),
    posteriorModelTest(contexts, both, judgeBy(input, tablesOf(experiences)), { random: randomOf(seed, 1), proof }),
    coupledReplayTest(replays),
    harmTest(replays),
    doublyRobustTest(foldsOf(input, logged), both),
    thinEvidence(input),
  ];
  return {
    schemaVersion: 1,
    candidate: candidate.version,
    champion: champion.version,
    at: input.at,
    passed: tests.every(({ passed }) => passed),
    tests,
  };
};

/** A log grows at its end: what a look has seen, the next one sees again. */
const inTime = (experiences: readonly Experience[]): Experience[] =>
  [...experiences].sort((a, b) => a.at - b.at || (a.executionId < b.executionId ? -1 : 1));

const policyOf = ({ catalogue, limits }: EvaluationInput, tables: FrozenTables): ModelPolicy =>
  tablePolicy({
    catalogue,
    tableOf: (tier) => frozenTable(tables, tier),
    optimism: limits.learning.optimismSd,
    maxAttempts: limits.maxAttempts,
    environment: limits.env,
  });

/** What tables say about each tier, with the catalogue as prior. */
const judgeBy = ({ catalogue, limits }: EvaluationInput, tables: ReadonlyMap<string, QTable>): Judge => {
  const posteriors = new Map<string, Posterior>();
  return {
    maxAttempts: limits.maxAttempts,
    posteriorOf: (tier) => {
      const posterior = posteriors.get(tier) ?? posteriorOf(catalogue, limits.env, tables.get(tier) ?? new Map());
      posteriors.set(tier, posterior);
      return posterior;
    },
  };
};

/** Two halves of the log: the model that corrects one is fitted on the other. */
const foldsOf = (input: EvaluationInput, logged: readonly LoggedContext[]) =>
  [0, 1].map((fold) => {
    const isOf = (id: string): boolean => Number.parseInt(input.sha256(incidentOf(id)).slice(0, 2), 16) % 2 === fold;
    const whole = tablesOf(input.experiences);
    const others = tablesOf(input.experiences.filter((one) => !isOfIncident(one) || !isOf(one.executionId)));
    const tables = new Map([...others].map(([tier, part]) => [tier, atClockOf(whole.get(tier) ?? part, part)]));
    return {
      incidents: logged.filter(({ context }) => isOf(context.id)).map(loggedIncident),
      judge: judgeBy(input, tables),
    };
  });

/** What was handed on, or makes everything count less, belongs to both halves. */
const isOfIncident = ({ kind, executionId }: Experience): boolean =>
  kind !== 'discount' && kind !== 'rebase' && !isHanded(executionId);

/** A label or a relapse belongs to the half of its incident: it takes back what the incident taught. */
const incidentOf = (executionId: string): string => executionId.split('#')[0] ?? executionId;

const frozenEvidence = ({ candidate, champion, catalogue, sha256 }: EvaluationInput): PromotionTest => {
  const problems = [
    !isIntact(candidate, sha256) && 'its content does not match its hash',
    candidate.version === champion.version && 'it is the champion already',
    candidate.catalogueVersion !== catalogue.version &&
      `it was frozen with catalogue ${candidate.catalogueVersion}, here is ${catalogue.version}`,
    candidate.lineage.data.experiences === 0 && 'it has seen nothing',
  ].filter((problem) => problem !== false);
  return {
    test: 'frozenEvidence',
    passed: problems.length === 0,
    figure: candidate.lineage.data.experiences,
    bound: 1,
    samples: candidate.lineage.data.experiences,
    detail:
      problems.length === 0
        ? `frozen from ${candidate.lineage.data.experiences} experiences, content matches its hash`
        : problems.join('; '),
  };
};

const maskFuzz = (
  policy: ModelPolicy,
  { candidate, catalogue, limits }: EvaluationInput,
  seed: number,
): PromotionTest => {
  const random = randomOf(seed, 2);
  const tiers = Object.keys(candidate.tables);
  const contexts = Array.from({ length: PROMOTION.fuzzedIncidents }, () => fuzzedContext(catalogue, tiers, random));
  const { decisions, unsafe } = unsafeDecisions(policy, { contexts, maxAttempts: limits.maxAttempts, random });
  return {
    test: 'maskFuzz',
    passed: unsafe === 0,
    figure: unsafe,
    bound: 0,
    samples: decisions,
    detail: `${unsafe} of ${decisions} decisions in made-up incidents were of an action that a mask forbids`,
  };
};

const thinEvidence = ({ candidate, champion, catalogue }: EvaluationInput): PromotionTest => {
  const actions = catalogue.actions.map(({ id }) => id).filter((id) => id !== ESCALATE);
  const cells = champion.version === 'live' ? [] : thinCells(champion.tables, candidate.tables, actions);
  return {
    test: 'thinEvidence',
    passed: cells.length === 0,
    figure: cells.length,
    bound: 0,
    samples: catalogue.hypotheses.length * actions.length,
    detail:
      cells.length === 0
        ? `no cell differs from the champion on fewer than ${PROMOTION.thinEvidence} outcomes`
        : `cells that differ from the champion on fewer than ${PROMOTION.thinEvidence} outcomes: ${cells.slice(0, 5).join(', ')}`,
  };
};
