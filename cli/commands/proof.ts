import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { CliError } from '../system/cli-error.ts';
import type { CheckpointReport, ProofReport, Verified } from '../system/verify-proof.ts';
import { verifyAll, verifyFile, verifyOne } from '../system/verify-proof.ts';
import { addProofExport } from './proof-export.ts';

interface Options {
  readonly all?: boolean;
  readonly file?: string;
  readonly json?: boolean;
}

const HELP = `
Every record carries the hash of its content and of the record before it: a changed, inserted, removed or
reordered record breaks the chain, and so does an incident that is over without its last record. Checkpoints,
signed by a key that does not leave KMS and locked in S3, say how long each chain was: a shortened or deleted
one is missed.

A file is checked by what it holds: chains, checkpoints and their signatures, with the public key in it. The same key is
what 'aws kms get-public-key' returns.

Exit code 0: every chain is sound. 2: at least one is broken.

Examples:
  kintsugi proof verify latest
  kintsugi proof verify --all --json
  kintsugi proof verify --file incident.json`;

export const addProof = (program: Command, context: Context): void => {
  const proof = program
    .command('proof')
    .summary('check, show and export the records')
    .description('The records: whether they are whole, what they say, and how an auditor gets them.');
  proof
    .command('verify')
    .summary('check that no record was changed')
    .description("Checks the hash chain of an incident's records, or of all.")
    .argument('[incident]', "id, unique part of one, or 'latest'")
    .option('--all', 'every incident')
    .option('--file <file>', "what 'kintsugi proof export' wrote, checked without AWS")
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (wanted: string | undefined, options: Options, command: Command) => {
      const ways = [wanted !== undefined, options.all === true, options.file !== undefined];
      if (ways.filter((isMeant) => isMeant).length !== 1) {
        throw new CliError('name one incident, or say --all, or give a --file.');
      }
      if (options.file !== undefined) return report(await verifyFile(options.file), options, context);
      return context.withKintsugi(command, async (kintsugi) =>
        report(wanted === undefined ? await verifyAll(kintsugi) : await verifyOne(kintsugi, wanted), options, context),
      );
    });
  addProofExport(proof, context);
};

const report = (
  { incidents, signed, keyFingerprint }: Verified & { readonly keyFingerprint?: string | null },
  { json, file }: Options,
  context: Context,
): void => {
  const isSound = signed.faults.length === 0 && incidents.every(({ sound }) => sound);
  context.finish(isSound ? 0 : 2);
  const key = keyFingerprint === undefined ? {} : { keyFingerprint };
  if (json === true) return context.printJson({ sound: isSound, incidents, ...signed, ...key });
  context.print([
    ...lines(incidents, context),
    ...checkpointLines(signed, context),
    ...(file === undefined ? [] : fileLines(signed, keyFingerprint ?? null, context)),
  ]);
};

/** A file vouches for itself only as far as somebody knows the key in it to be the environment's. */
const fileLines = ({ checkpoints }: CheckpointReport, key: string | null, { colours }: Context): string[] =>
  checkpoints === 0 || key === null
    ? [
        colours.yellow(
          'No signature is in the file: records that were cut off at an end, or all written anew, are not missed.',
        ),
      ]
    : [`The key is in the file too. That it is the one in KMS is to be compared: SHA-256 ${key} of its DER form.`];

const lines = (reports: readonly ProofReport[], { colours }: Context): string[] => {
  if (reports.length === 0) return ['There are no records yet.'];
  const broken = reports.filter(({ sound }) => !sound).length;
  const records = reports.reduce((sum, report) => sum + report.records, 0);
  return [
    ...reports.flatMap((report) => [
      `${report.sound ? colours.green('●') : colours.red('✘')} ${report.incidentId}  ${report.records} records${report.sound ? `, sound, ${report.checkpoint === null ? 'not signed yet' : `signed by checkpoint ${report.checkpoint}`}` : ''}`,
      ...report.faults.map(({ seq, kind, problem }) =>
        colours.red(`    record ${seq}${kind === null ? '' : ` (${kind})`}: ${problem}`),
      ),
    ]),
    '',
    broken === 0
      ? `${reports.length} of ${reports.length} chains are sound: ${records} records, none changed, none missing.`
      : colours.red(`${broken} of ${reports.length} chains are broken.`),
  ];
};

const checkpointLines = ({ checkpoints, faults }: CheckpointReport, { colours }: Context): string[] =>
  faults.length === 0
    ? [`${checkpoints} ${checkpoints === 1 ? 'checkpoint' : 'checkpoints'}: all signed, none missing.`]
    : faults.map(({ number, problem }) => colours.red(`✘ checkpoint ${number}: ${problem}`));
