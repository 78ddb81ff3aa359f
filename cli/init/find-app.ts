import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { CliError } from '../system/cli-error.ts';

/** A user's CDK app: the file that makes its stacks, and how it is run. */
export interface CdkApp {
  /** Absolute. */
  readonly dir: string;
  readonly manifest: SourceFile;
  /** The `app` of `cdk.json`. */
  readonly command: string;
  readonly entry: SourceFile;
}

export interface SourceFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

const ManifestSchema = z.object({ app: z.string().min(1) });
const SOURCE = /\.[cm]?[jt]s$/;

/**
 * Finds the CDK app of a folder.
 *
 * @throws CliError that says what there must be
 */
export const findCdkApp = async (wanted: string): Promise<CdkApp> => {
  const dir = resolve(wanted);
  const manifest = await readSource(join(dir, 'cdk.json'));
  if (manifest === null) {
    throw new CliError(
      `${dir} holds no CDK app: there is no cdk.json. Give the folder of one that is written in TypeScript or JavaScript, or make one with: npx cdk init app --language typescript`,
    );
  }
  const parsed = ManifestSchema.safeParse(parseJson(manifest.text));
  if (!parsed.success) throw new CliError(`${manifest.path}: app must be the command that runs the CDK app; got none.`);
  const command = parsed.data.app;
  const named = command.split(/\s+/).map((word) => word.replaceAll(/^['"]|['"]$/g, ''));
  const file = named.findLast((word) => SOURCE.test(word));
  if (file === undefined) {
    throw new CliError(
      `${manifest.path}: app runs no TypeScript or JavaScript file; got '${command}'. Kintsugi's construct is for apps in these two.`,
    );
  }
  const entry = await readSource(join(dir, file));
  if (entry === null) throw new CliError(`${manifest.path}: app runs ${file}, which is not there.`);
  return { dir, manifest, command, entry };
};

const readSource = async (path: string): Promise<SourceFile | null> => {
  const text = await readFile(path, 'utf8').catch(() => null);
  return text === null ? null : { path, text };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
