import * as z from 'zod';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import { JournalRecordSchema } from '../../core/contracts/journal.ts';
import { verifyChain } from '../../core/journal/chain.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import { CliError } from './cli-error.ts';
import { firstIssue, readText } from './files.ts';

type RawRecord = Readonly<Record<string, unknown>>;

/** What `kintsugi proof export` writes; the records as they are, for whoever does not trust them. */
const ExportSchema = z.object({
  incidents: z.array(z.object({ incidentId: z.string(), records: z.array(z.record(z.string(), z.unknown())) })).min(1),
  checkpoints: z.array(z.object({ number: z.number(), content: z.unknown() })).default([]),
  tip: z.object({ number: z.number(), hash: z.string() }).nullable().default(null),
  publicKey: z.string().nullable().default(null),
});
export type Export = z.output<typeof ExportSchema>;

/** @throws CliError for a file that holds no export */
export const readExport = async (file: string): Promise<Export> => {
  const parsed = ExportSchema.safeParse(parseJson(await readText(file)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const hasNone = issue === undefined || issue.path.length === 0 || issue.path.join() === 'incidents';
  const what = hasNone ? 'it has no incidents' : firstIssue(parsed.error);
  throw new CliError(`${file} is not what 'kintsugi proof export' writes: ${what}.`);
};

/**
 * The records of an incident from an exported file: checkable, and decidable again, without AWS.
 *
 * @param wanted - a whole id, the end of one, or `latest`: the one that was opened last
 * @throws CliError for a file that holds no export or not this incident, and for a chain that was changed
 */
export const journalFromFile = async (file: string, wanted: string): Promise<readonly JournalRecord[]> => {
  const { incidents } = await readExport(file);
  const openedAt = ({ records }: (typeof incidents)[number]): string => String(records[0]?.['at'] ?? '');
  const matches =
    wanted === 'latest'
      ? incidents.toSorted((a, b) => (openedAt(a) < openedAt(b) ? 1 : -1)).slice(0, 1)
      : incidents.filter(({ incidentId }) => incidentId === wanted || incidentId.endsWith(`-${wanted}`));
  const [match] = matches;
  if (match === undefined || matches.length > 1) {
    throw new CliError(`${file} holds ${matches.length} incidents that '${wanted}' can mean; give a whole id.`);
  }
  // No record is no proof that nothing was decided.
  if (match.records.length === 0) throw new CliError(`${file}: ${match.incidentId} has no record at all.`);
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
