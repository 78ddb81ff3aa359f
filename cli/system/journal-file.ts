import * as z from 'zod';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import { JournalRecordSchema } from '../../core/contracts/journal.ts';
import { verifyChain } from '../../core/journal/chain.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import { CliError } from './cli-error.ts';
import { readText } from './files.ts';

type RawRecord = Readonly<Record<string, unknown>>;

/** What `kintsugi proof export` writes, as far as the records go. */
const ExportSchema = z.object({
  incidents: z.array(z.object({ incidentId: z.string(), records: z.array(z.record(z.string(), z.unknown())) })).min(1),
});

/**
 * The records of an incident from an exported file: checkable, and decidable again, without AWS.
 *
 * @param wanted - a whole id, the end of one, or `latest`: the one that was opened last
 * @throws CliError for a file that holds no export or not this incident, and for a chain that was changed
 */
export const journalFromFile = async (file: string, wanted: string): Promise<readonly JournalRecord[]> => {
  const parsed = ExportSchema.safeParse(parseJson(await readText(file)));
  if (!parsed.success) throw new CliError(`${file} is not what 'kintsugi proof export' writes: it has no incidents.`);
  const { incidents } = parsed.data;
  const openedAt = ({ records }: (typeof incidents)[number]): string => String(records[0]?.['at'] ?? '');
  const matches =
    wanted === 'latest'
      ? incidents.toSorted((a, b) => (openedAt(a) < openedAt(b) ? 1 : -1)).slice(0, 1)
      : incidents.filter(({ incidentId }) => incidentId === wanted || incidentId.endsWith(`-${wanted}`));
  const [match] = matches;
  if (match === undefined || matches.length > 1) {
    throw new CliError(`${file} holds ${matches.length} incidents that '${wanted}' can mean; give a whole id.`);
  }
  return soundJournal(match.records);
};

/**
 * Records that are a sound chain; what was changed must not be reasoned about.
 *
 * @throws CliError that names the first fault
 */
export const soundJournal = (records: readonly RawRecord[]): readonly JournalRecord[] => {
  const [fault] = verifyChain(records, sha256);
  if (fault !== undefined) {
    throw new CliError(`record ${fault.seq} ${fault.problem}: what was changed cannot be decided again.`);
  }
  return records.map((record) => JournalRecordSchema.parse(record)).toSorted((a, b) => a.seq - b.seq);
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
