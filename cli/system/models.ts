import type { Evaluation, FrozenTables, ModelPointer, ModelRef, ModelSnapshot } from '../../core/contracts/model.ts';
import { LIVE, ModelSnapshotSchema } from '../../core/contracts/model.ts';
import { parseCatalogue, type Catalogue } from '../../core/learning/catalogue.ts';
import { defaultCatalogue } from '../../core/learning/default-catalogue.ts';
import { modelEvent } from '../../core/model/events.ts';
import { arriving } from '../../core/learning/evidence.ts';
import { frozenAt, handedExperiences, handedLedger, lastHanded } from '../../core/model/hand-on.ts';
import type { Change } from '../../core/model/pointer.ts';
import { freeze, isIntact, tablesOf } from '../../core/model/snapshot.ts';
import { parseJson } from '../../core/shared/parse-json.ts';
import type { Result } from '../../core/shared/result.ts';
import { fromIso } from '../../core/shared/units.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import { CliError } from './cli-error.ts';
import { commandFor } from './connect.ts';
import { firstIssue, readText } from './files.ts';
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
    throw new CliError(
      `there is no version in ${where} yet: the optimizer freezes one a day; or: ${commandFor(kintsugi.connection, 'train')}`,
    );
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
  const parsed = ModelSnapshotSchema.safeParse(parseJson(await readText(file)));
  if (!parsed.success) throw new CliError(`${file} holds no version of the model: ${firstIssue(parsed.error)}`);
  if (!isIntact(parsed.data, sha256)) throw new CliError(`${file} was changed: its content does not match its hash`);
  return parsed.data;
};

/**
 * Has a version judged by the environment in which it would decide: by the code, the catalogue and the limits that are
 * deployed there, and by its log. Who passes can be loaded from then on.
 */
export const judge = async (kintsugi: Kintsugi, snapshot: ModelSnapshot): Promise<Evaluation> => {
  const { version } = snapshot;
  await kintsugi.models.put(snapshot);
  await kintsugi.train({ command: 'evaluate', version });
  const [newest] = await kintsugi.models.evaluations(version);
  if (newest === undefined) throw new CliError(`${version} was judged, but its evaluation is not there: try again.`);
  return newest;
};

/**
 * The catalogue that the environment decides by, as its newest decision has recorded it; the one that comes with Kintsugi
 * before the first.
 */
export const catalogueIn = async (kintsugi: Kintsugi): Promise<Catalogue> => {
  for (const { incidentId } of await kintsugi.incidents(undefined, RECENT)) {
    for (const record of await kintsugi.journal(incidentId)) {
      const replay = record.kind === 'action_decided' ? record.body.replay : undefined;
      if (replay !== undefined) return parseCatalogue(replay.catalogue);
    }
  }
  return defaultCatalogue;
};

/** Incidents among which a decision is looked for. */
const RECENT = 10;

/**
 * Hands on what a version knows to another environment's live table, at half its weight, once; what it has earned since the
 * last time goes whole, each time.
 *
 * @returns service tiers whose evidence was new there
 */
export const handOnTo = async (from: Kintsugi, to: Kintsugi, snapshot: ModelSnapshot): Promise<number> => {
  const there = await to.experiences();
  // Evidence only grows: an older version knows nothing that a newer one has not handed on already.
  const isOlder = frozenAt(lastHanded(there) ?? '') > frozenAt(snapshot.version);
  const before = lastHanded(there, snapshot.version);
  const earlier = before === null ? null : await from.models.get(before);
  const tables = tablesOf(there);
  let handed = 0;
  for (const experience of isOlder ? [] : handedExperiences(snapshot, earlier)) {
    const deltas = arriving(experience.deltas, tables.get(experience.tier) ?? new Map());
    if ((await to.learn({ ...experience, deltas })) === 'learned') handed += 1;
  }
  const at = fromIso(snapshot.createdAt);
  for (const [tier, table] of tablesOf(await from.experiences())) {
    const earned = handedLedger(table, { version: snapshot.version, tier, at }, there);
    if (earned !== null) await to.learn(earned);
  }
  return handed;
};

const ATTEMPTS = 3;

/** Changes the pointer by one conditional write, and publishes it. */
export const changePointer = async (
  { pointers, connection }: Kintsugi,
  change: Change,
  step: (pointer: ModelPointer, change: Change) => Result<ModelPointer, string>,
): Promise<ModelPointer> => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const next = step(await pointers.read(), change);
    if (!next.ok) throw new CliError(`${next.error}.`);
    if ((await pointers.flip(next.value)) === 'flipped') return pointers.publish();
  }
  const list = commandFor(connection, 'model list');
  throw new CliError(`somebody else changes the pointer at the same time: look at ${list}, and try again.`);
};

/** Announces what a person did, as the optimizer announces what it does. */
export const announce = (
  kintsugi: Kintsugi,
  event: 'ModelPromoted' | 'ModelRolledBack',
  { version, status, at }: { readonly version: ModelRef; readonly status: string; readonly at: string },
): Promise<void> =>
  kintsugi.publish([modelEvent({ event, env: kintsugi.connection.env, version, status, at, agentId: null })]);
