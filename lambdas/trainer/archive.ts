import type { ArchiveQuestion, ListedVersion, ShownVersion } from '../../core/contracts/model-archive.ts';
import type { ModelSnapshot, ModelVersion } from '../../core/contracts/model.ts';
import { ModelVersionSchema } from '../../core/contracts/model.ts';
import { InvalidInputError } from '../../core/shared/errors.ts';
import type { ModelArchive } from '../../core/shared/ports.ts';

type Reads = Pick<ModelArchive, 'get' | 'versions' | 'evaluations'>;

/** Says what is kept; changes nothing. */
export const answerAbout = (
  question: ArchiveQuestion,
  archive: Reads,
): Promise<readonly ListedVersion[] | ShownVersion> =>
  question.command === 'list' ? list(question.limit, archive) : show(question.version, archive);

const list = async (limit: number, archive: Reads): Promise<readonly ListedVersion[]> => {
  const names = (await archive.versions()).slice(0, limit).map((name) => ModelVersionSchema.parse(name));
  return Promise.all(
    names.map(async (version): Promise<ListedVersion> => {
      const [snapshot, [evaluation]] = await Promise.all([sound(version, archive), archive.evaluations(version)]);
      const content =
        snapshot === null ? null : { createdAt: snapshot.createdAt, tiers: Object.keys(snapshot.tables).sort() };
      return { version, content, evaluation: evaluation ?? null };
    }),
  );
};

const show = async (version: ModelVersion, archive: Reads): Promise<ShownVersion> => {
  const [snapshot, [evaluation]] = await Promise.all([sound(version, archive), archive.evaluations(version)]);
  return snapshot === null ? null : { version, tables: snapshot.tables, evaluation: evaluation ?? null };
};

/** Null for a version that is missing, or is not what its hash says. */
const sound = (version: ModelVersion, archive: Reads): Promise<ModelSnapshot | null> =>
  archive.get(version).catch((error: unknown) => {
    if (error instanceof InvalidInputError) return null;
    throw error;
  });
