import type * as z from 'zod';
import { catalogueView, modelTable } from '../../core/api/catalogue.ts';
import type { ModelSchema } from '../../core/contracts/api/learning.ts';
import type { ListedVersion, ShownVersion } from '../../core/contracts/model-archive.ts';
import type { Evaluation, FrozenTables, ModelPointer, ModelVersion } from '../../core/contracts/model.ts';
import { LIVE, ModelVersionSchema } from '../../core/contracts/model.ts';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import type { Catalogue } from '../../core/learning/catalogue.ts';
import { diffTables } from '../../core/model/diff.ts';
import { freeze, frozenTable } from '../../core/model/snapshot.ts';
import type { EvidenceStore } from '../../core/shared/ports.ts';
import type { Handlers } from '../api/gate.ts';
import { HttpProblem } from '../api/http.ts';

export interface ModelReads {
  readonly env: EnvironmentName;
  readonly catalogue: Catalogue;
  readonly evidence: EvidenceStore;
  /** Newest first. */
  readonly list: (limit: number) => Promise<readonly ListedVersion[]>;
  readonly show: (version: ModelVersion) => Promise<ShownVersion>;
  /** What Decide sees. */
  readonly pointer: () => Promise<ModelPointer>;
  /** Lets the RL Optimizer begin the trial of a version that has passed its tests; false, and why not. */
  readonly startTrial: (
    version: string,
    reason: string,
  ) => Promise<{ readonly started: boolean; readonly reason: string }>;
}

type Model = z.output<typeof ModelSchema>;
type ModelOperation = 'showCatalogue' | 'listModels' | 'showModelTable' | 'compareModels' | 'promoteModel';

/** Versions that are listed. */
const MANY = 20;

/** What was learned: what is believed, its frozen versions, and the trial of one. */
export const modelHandlers = (deps: ModelReads): Handlers<ModelOperation> => ({
  showCatalogue: () => Promise.resolve(catalogueView(deps.catalogue)),
  listModels: async () => {
    const [pointer, versions] = await Promise.all([deps.pointer(), deps.list(MANY)]);
    return { models: [liveModel(pointer), ...versions.map((version) => modelOf(version, pointer))] };
  },
  showModelTable: async ({ params: { version }, query: { tier } }) => {
    const table =
      version === LIVE ? await deps.evidence.load(tier) : frozenTable(await tablesOf(version, tier, deps), tier);
    return modelTable({ catalogue: deps.catalogue, environment: deps.env, table }, version, tier);
  },
  compareModels: async ({ params: { version }, query: { with: other, tier } }) => {
    const [before, after] = await Promise.all([tablesOf(other, tier, deps), tablesOf(version, tier, deps)]);
    const only = (tables: FrozenTables): FrozenTables => ({ [tier]: tables[tier] ?? {} });
    const rows = diffTables(only(before), only(after), deps.catalogue, deps.env);
    const cells = rows.flatMap(({ hypothesis, cells: differences }) =>
      differences.map(({ action, before: was, after: is }) => ({
        hypothesis,
        actionId: action,
        before: was.cure,
        after: is.cure,
      })),
    );
    return { from: other, to: version, tier, cells };
  },
  promoteModel: async ({ params: { version }, body: { reason } }, { caller }) => {
    const [{ evaluation }, pointer] = await Promise.all([versionOf(version, deps), deps.pointer()]);
    const reasons = whyNot(evaluation, pointer);
    if (reasons.length > 0) return { version, result: 'refused', reasons: [...reasons] };
    const { started, reason: said } = await deps.startTrial(version, `${caller.name}: ${reason}`);
    return { version, result: started ? 'started' : 'refused', reasons: [said] };
  },
});

const liveModel = ({ champion }: ModelPointer): Model => ({
  version: LIVE,
  status: champion === LIVE ? 'deciding' : 'learning',
  createdAt: null,
  tiers: [],
  passed: null,
  note: 'It goes on learning from each incident.',
});

const modelOf = ({ version, content, evaluation }: ListedVersion, pointer: ModelPointer): Model => {
  const passed = evaluation?.passed ?? null;
  if (content === null) {
    const note = 'Its content is not what its hash says: it was changed after it was frozen.';
    return { version, status: 'unsound', createdAt: null, tiers: [], passed, note };
  }
  return {
    version,
    status: pointer.champion === version ? 'deciding' : pointer.canary?.candidate === version ? 'trial' : 'frozen',
    ...content,
    passed,
    note: evaluation === null ? 'Not judged yet.' : verdictOn(evaluation),
  };
};

const failures = ({ tests }: Evaluation): string[] =>
  tests.filter(({ passed }) => !passed).map(({ test, detail }) => `${test}: ${detail}`);

const verdictOn = (evaluation: Evaluation): string =>
  evaluation.passed
    ? `It passed all ${evaluation.tests.length} tests.`
    : `It failed ${failures(evaluation).join('; ')}`;

/** A version is tried only on tests that it has passed against what decides now; there is no way around one. */
const whyNot = (evaluation: Evaluation | null, pointer: ModelPointer): readonly string[] => {
  if (evaluation === null) return ['it has not been judged yet: the optimizer does that once a day'];
  if (!evaluation.passed) return failures(evaluation);
  return evaluation.champion === pointer.champion
    ? []
    : [
        `it was judged against ${evaluation.champion}, and ${pointer.champion} decides by now: it has to be judged again`,
      ];
};

/** @throws HttpProblem 404 */
const versionOf = async (version: string, { show }: ModelReads): Promise<NonNullable<ShownVersion>> => {
  const name = ModelVersionSchema.safeParse(version);
  const shown = name.success ? await show(name.data) : null;
  if (shown === null) throw new HttpProblem(404, `there is no sound version ${version}`);
  return shown;
};

/** What a version decides by, in one tier at least. */
const tablesOf = async (version: string, tier: string, deps: ModelReads): Promise<FrozenTables> =>
  version === LIVE
    ? freeze(new Map([[tier, await deps.evidence.load(tier)]]))
    : (await versionOf(version, deps)).tables;
