import * as z from 'zod';
import type { Limits } from '../../core/contracts/limits.ts';
import type { FrozenTables, ModelRef, ModelVersion } from '../../core/contracts/model.ts';
import { LIVE, ModelVersionSchema } from '../../core/contracts/model.ts';
import type { Catalogue } from '../../core/learning/catalogue.ts';
import { evaluate } from '../../core/model/evaluate.ts';
import { lastHanded } from '../../core/model/hand-on.ts';
import { dataOf, freeze, named, tablesOf, takeSnapshot } from '../../core/model/snapshot.ts';
import { bootstrapOn } from '../../core/model/thin-evidence.ts';
import type { Clock, Experience, ExperienceLog, ModelArchive, ModelPointers, Sha256 } from '../../core/shared/ports.ts';
import { toIso } from '../../core/shared/units.ts';

export const TrainerInputSchema = z.discriminatedUnion('command', [
  z.object({ command: z.literal('snapshot') }),
  z.object({ command: z.literal('evaluate'), version: ModelVersionSchema }),
]);
export type TrainerInput = z.output<typeof TrainerInputSchema>;

/** What the workflow branches on, and what it hands to the next step. */
export interface TrainerResult {
  readonly verdict: 'new' | 'nothing_new' | 'better' | 'not_better';
  readonly version: ModelRef;
  readonly champion: ModelRef;
  readonly reason: string;
}

export interface TrainerDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly sha256: Sha256;
  readonly experiences: ExperienceLog;
  readonly archive: ModelArchive;
  readonly pointers: Pick<ModelPointers, 'read' | 'install'>;
  readonly catalogue: Catalogue;
  readonly limits: Limits;
  readonly codeVersion: string;
}

/** Freezes what was learned, and judges it; it cannot change what decides. */
export const train = (input: TrainerInput, deps: TrainerDeps): Promise<TrainerResult> =>
  input.command === 'snapshot' ? snapshot(deps) : judge(input.version, deps);

/** Freezes the log into a version, unless the newest version has seen the same. */
const snapshot = async (deps: TrainerDeps): Promise<TrainerResult> => {
  const { archive, sha256, limits } = deps;
  const [experiences, { champion }, [newest]] = await Promise.all([
    deps.experiences.all(),
    deps.pointers.read(),
    archive.versions(),
  ]);
  const data = dataOf(experiences, sha256);
  const last = newest === undefined ? null : await archive.get(newest);
  if (data.experiences === 0 || last?.lineage.data.hash === data.hash) {
    return {
      verdict: 'nothing_new',
      version: last?.version ?? LIVE,
      champion,
      reason: `${data.experiences} experiences, all of them known`,
    };
  }
  const frozen = takeSnapshot(
    experiences,
    {
      env: limits.env,
      at: toIso(deps.clock.now()),
      catalogueVersion: deps.catalogue.version,
      codeVersion: deps.codeVersion,
      parents: parentsOf(champion, experiences),
      earn: limits.learning.earn,
    },
    sha256,
  );
  const { sha256: _hash, version: _version, ...content } = frozen;
  const actions = deps.catalogue.actions.map(({ id }) => id);
  const champions = champion === LIVE ? null : (await archive.get(champion)).tables;
  const tables = champions === null ? content.tables : bootstrapOn(champions, content.tables, actions);
  const candidate = named({ ...content, tables }, sha256);
  await archive.put(candidate);
  return { verdict: 'new', version: candidate.version, champion, reason: `${data.experiences} experiences frozen` };
};

/** The champion that it is bootstrapped on, and the version that another environment has handed on last. */
const parentsOf = (champion: ModelRef, experiences: readonly Experience[]): ModelVersion[] => {
  const handed = ModelVersionSchema.safeParse(lastHanded(experiences));
  const parents = [champion, ...(handed.success ? [handed.data] : [])].filter((version) => version !== LIVE);
  return [...new Set(parents)];
};

/** Runs the tests against the champion, keeps their figures, and makes a candidate that passes them loadable. */
const judge = async (version: string, deps: TrainerDeps): Promise<TrainerResult> => {
  const { archive, catalogue, limits, sha256 } = deps;
  const [experiences, { champion }, candidate] = await Promise.all([
    deps.experiences.all(),
    deps.pointers.read(),
    archive.get(version),
  ]);
  const evaluation = evaluate({
    candidate,
    champion: { version: champion, tables: await championTables(champion, experiences, archive) },
    experiences,
    catalogue,
    limits,
    at: toIso(deps.clock.now()),
    sha256,
  });
  await archive.putEvaluation(evaluation);
  if (evaluation.passed) await deps.pointers.install(candidate);
  const failed = evaluation.tests.filter(({ passed }) => !passed).map(({ test, detail }) => `${test}: ${detail}`);
  return {
    verdict: evaluation.passed ? 'better' : 'not_better',
    version: candidate.version,
    champion,
    reason: evaluation.passed ? `passed all ${evaluation.tests.length} tests` : failed.join('; '),
  };
};

/** What the champion decides by: its own rows, or what the log adds up to today. */
export const championTables = async (
  champion: ModelRef,
  experiences: readonly Experience[],
  archive: Pick<ModelArchive, 'get'>,
): Promise<FrozenTables> => (champion === LIVE ? freeze(tablesOf(experiences)) : (await archive.get(champion)).tables);
