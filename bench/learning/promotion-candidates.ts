import { ESCALATE, type Catalogue } from '../../core/learning/catalogue.ts';
import type { QTable } from '../../core/learning/evidence.ts';
import { runbookAction } from '../../core/learning/runbook.ts';
import { tablePolicy, type ModelPolicy } from '../../core/model/policy.ts';
import { shuffleCures } from './bad-prior.ts';
import { MAX_ATTEMPTS, runEpisode } from './episode.ts';
import { NO_COMPLICATIONS, drawIncident } from './incident.ts';
import { handedOn, injectFaults } from './injection.ts';
import { learnerPolicy } from './policies.ts';
import { hashOf, randomOf } from './random.ts';
import { drawWorld, relatedWorld, tableWorld, type World } from './world.ts';

/** A policy that asks to be promoted. */
export interface Candidate {
  readonly kind: string;
  readonly policy: ModelPolicy;
}

const OPTIMISM = 0.3;

/** Decides by a table for ever. */
export const frozen = (catalogue: Catalogue, table: QTable): ModelPolicy =>
  tablePolicy({ catalogue, tableOf: () => table, optimism: OPTIMISM, maxAttempts: MAX_ATTEMPTS, environment: 'prod' });

/** The expert runbook; with `broken` rows, its list for those faults is another fault's. */
export const runbook = (catalogue: Catalogue, broken: number, seed: number): ModelPolicy => {
  const random = randomOf(seed, 61);
  const rows = catalogue.hypotheses.map((row) => row.runbook);
  const wrong = new Set<number>();
  while (wrong.size < broken) wrong.add(Math.floor(random() * rows.length));
  const changed: Catalogue = {
    ...catalogue,
    hypotheses: catalogue.hypotheses.map((row, f) =>
      wrong.has(f)
        ? { ...row, runbook: rows[(f + 1 + Math.floor(random() * (rows.length - 1))) % rows.length] ?? [] }
        : row,
    ),
  };
  return ({ symptoms, allowed }, tried) => runbookAction(changed, { symptoms, tried, allowed }) ?? ESCALATE;
};

/** What a learner knows after a number of a world's incidents. */
export const learnedTable = (
  world: World,
  catalogue: Catalogue,
  {
    incidents,
    seed,
    start = new Map(),
  }: { readonly incidents: number; readonly seed: number; readonly start?: QTable },
): QTable => {
  const learner = learnerPolicy({ name: 'training', catalogue, table: start });
  for (let index = 0; index < incidents; index++) {
    const incident = drawIncident(world, catalogue, { seed: hashOf(seed, 62, index), complications: NO_COMPLICATIONS });
    runEpisode(catalogue, incident, learner);
  }
  return learner.table();
};

/** Evidence as it would be if outcomes of some faults had been recorded the wrong way round: a poisoned log. */
const poisoned = (table: QTable, seed: number): QTable => {
  const random = randomOf(seed, 63);
  return new Map(
    [...table].map(([hypothesis, row]) => {
      if (random() > 0.4) return [hypothesis, row] as const;
      const swapped = Object.entries(row).map(([name, value]) => {
        const other = name.replace(
          /^(handed\.)?(fixed|failed)\./,
          (_, handed: string | undefined, count: string) => `${handed ?? ''}${count === 'fixed' ? 'failed' : 'fixed'}.`,
        );
        return [other, 4 * value] as const;
      });
      return [hypothesis, Object.fromEntries(swapped)] as const;
    }),
  );
};

/** Candidates that have learned, runbooks with broken rows, and the ways in which a real one goes wrong: foreign, poisoned, edited. */
export const candidatesFor = (world: World, catalogue: Catalogue, seed: number): readonly Candidate[] => {
  const alien = drawWorld(tableWorld(catalogue, 'prod'), catalogue, ALIEN, hashOf(seed, 64));
  const dev = relatedWorld(world, catalogue, 'dev', hashOf(seed, 65));
  const learned = learnedTable(world, catalogue, { incidents: 300, seed: hashOf(seed, 66) });
  return [
    { kind: 'learned from 300 incidents', policy: frozen(catalogue, learned) },
    {
      kind: 'learned from 40 incidents',
      policy: frozen(catalogue, learnedTable(world, catalogue, { incidents: 40, seed: hashOf(seed, 67) })),
    },
    {
      kind: 'handed on from dev (injection)',
      policy: frozen(catalogue, handedOn(injectFaults(dev, catalogue, 2, hashOf(seed, 68)))),
    },
    {
      kind: 'learned in a foreign world',
      policy: frozen(catalogue, learnedTable(alien, catalogue, { incidents: 300, seed: hashOf(seed, 69) })),
    },
    { kind: 'poisoned log', policy: frozen(catalogue, poisoned(learned, seed)) },
    { kind: 'shuffled catalogue', policy: frozen(shuffleCures(catalogue, hashOf(seed, 70)), new Map()) },
    { kind: 'runbook, 1 row broken', policy: runbook(catalogue, 1, hashOf(seed, 71)) },
    { kind: 'runbook, 3 rows broken', policy: runbook(catalogue, 3, hashOf(seed, 72)) },
  ];
};

const ALIEN = { cure: 5, symptom: 12, surprise: 0.5, symptomEdge: 1, mix: 40 };
