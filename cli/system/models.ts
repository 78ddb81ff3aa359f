import { readFile } from 'node:fs/promises';
import type { Evaluation, FrozenTables, ModelPointer, ModelRef, ModelSnapshot } from '../../core/contracts/model.ts';
import { LIVE, ModelSnapshotSchema } from '../../core/contracts/model.ts';
import { defaultCatalogue } from '../../core/learning/default-catalogue.ts';
import { handOnLedger } from '../../core/learning/ledger.ts';
import { evaluate } from '../../core/model/evaluate.ts';
import { modelEvent } from '../../core/model/events.ts';
import { handedExperiences, handedId, lastHanded } from '../../core/model/hand-on.ts';
import type { Change } from '../../core/model/pointer.ts';
import { freeze, isIntact, tablesOf } from '../../core/model/snapshot.ts';
import { parseJson } from '../../core/shared/parse-json.ts';
import type { Result } from '../../core/shared/result.ts';
import { fromIso } from '../../core/shared/units.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import { environments } from '../../lib/config/environments.ts';
import { CliError } from './cli-error.ts';
import type { Kintsugi } from './kintsugi.ts';

/** Versions among which a short form is looked for. */
const shown = (versions: readonly string[]): string => versions.slice(0, 8).join(', ') || 'none';

/**
 * The version that a person means: a whole name, `latest`, `live`, or a part of a name that only one has.
 *
 * @throws CliError that says what could have been meant
 */
export const findVersion = async (kintsugi: Kintsugi, wanted: string): Promise<ModelRef> => {
  if (wanted === LIVE) return LIVE;
  const versions = await kintsugi.models.versions();
  const found = wanted === 'latest' ? versions.slice(0, 1) : versions.filter((name) => name.includes(wanted));
  const [only] = found;
  if (found.length === 1 && only !== undefined) return only as ModelRef;
  const where = kintsugi.connection.env;
  if (versions.length === 0) {
    throw new CliError(`there is no version in ${where} yet: the optimizer freezes one a day; or: kintsugi train`);
  }
  throw new CliError(
    found.length === 0
      ? `no version in ${where} is called '${wanted}'; there are ${shown(versions)}`
      : `'${wanted}' is part of several names: ${shown(found)}`,
  );
};

/** What a version decides by; the live table is what the log adds up to now. */
export const tablesFor = async (kintsugi: Kintsugi, version: ModelRef): Promise<FrozenTables> =>
  version === LIVE ? freeze(tablesOf(await kintsugi.experiences())) : (await kintsugi.models.get(version)).tables;

/** A version from a file that `kintsugi model show --json` wrote: how versions cross accounts. */
export const readVersion = async (file: string): Promise<ModelSnapshot> => {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CliError(`${file} cannot be read: ${String(error)}`);
  });
  const parsed = ModelSnapshotSchema.safeParse(parseJson(text));
  if (!parsed.success)
    throw new CliError(`${file} holds no version: ${parsed.error.issues[0]?.message ?? 'unreadable'}`);
  if (!isIntact(parsed.data, sha256)) throw new CliError(`${file} was changed: its content does not match its hash`);
  return parsed.data;
};

/** Judges a version by the log of the environment in which it would decide. */
export const judge = async (kintsugi: Kintsugi, candidate: ModelSnapshot, at: string): Promise<Evaluation> => {
  const [{ champion }, experiences] = await Promise.all([kintsugi.pointers.read(), kintsugi.experiences()]);
  return evaluate({
    candidate,
    champion: { version: champion, tables: await tablesFor(kintsugi, champion) },
    experiences,
    catalogue: defaultCatalogue,
    limits: environments[kintsugi.connection.env].limits,
    at,
    sha256,
  });
};

/** Hands on what a version knows to another environment's live table, at half its weight; what it earned goes whole. */
export const handOnTo = async (from: Kintsugi, to: Kintsugi, snapshot: ModelSnapshot): Promise<number> => {
  const before = lastHanded(await to.experiences());
  const earlier = before === null || before === snapshot.version ? null : await from.models.get(before);
  if (before === snapshot.version) return 0;
  let handed = 0;
  for (const experience of handedExperiences(snapshot, earlier)) {
    if ((await to.learn(experience)) === 'learned') handed += 1;
  }
  for (const [tier, table] of tablesOf(await from.experiences())) {
    const deltas = handOnLedger(table, snapshot.version);
    if (deltas.length === 0) continue;
    const executionId = `${handedId(snapshot.version, tier)}#ledger`;
    await to.learn({ executionId, kind: 'handed_on', tier, at: fromIso(snapshot.createdAt), deltas });
  }
  return handed;
};

const ATTEMPTS = 3;

/** Changes the pointer by one conditional write, and publishes it. */
export const changePointer = async (
  { pointers }: Kintsugi,
  change: Change,
  step: (pointer: ModelPointer, change: Change) => Result<ModelPointer, string>,
): Promise<ModelPointer> => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const next = step(await pointers.read(), change);
    if (!next.ok) throw new CliError(`${next.error}.`);
    if ((await pointers.flip(next.value)) === 'flipped') return pointers.publish();
  }
  throw new CliError('somebody else changes the pointer at the same time: look at kintsugi model list, and try again.');
};

/** Announces what a person did, as the optimizer announces what it does. */
export const announce = (
  kintsugi: Kintsugi,
  event: 'ModelPromoted' | 'ModelRolledBack',
  { version, status, at }: { readonly version: ModelRef; readonly status: string; readonly at: string },
): Promise<void> =>
  kintsugi.publish([modelEvent({ event, env: kintsugi.connection.env, version, status, at, agentId: null })]);
