import { constants } from 'node:fs';
import { access, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type * as z from 'zod';
import { InvalidInputError } from '../../core/shared/errors.ts';
import { hasCode } from './cli-error.ts';

const WORDS = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of its path is not a folder',
  EISDIR: 'it is a folder',
  EACCES: 'you may not',
  EPERM: 'you may not',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
};

/** Why a file cannot be read or written, in words. */
export const fileTrouble = (error: unknown): string => {
  const [, words] = Object.entries(WORDS).find(([code]) => hasCode(error, code)) ?? [];
  return words ?? String(error);
};

/**
 * A file that was named on the command line.
 *
 * @param called - as people know it: `--pretrained model.json`
 * @throws InvalidInputError that says why not
 */
export const readText = async (file: string, called = file): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new InvalidInputError(`${called} cannot be read: ${fileTrouble(cause)}`, { cause });
  }
};

/** What is wrong first with the content of a file: the field, and what is expected there. */
export const firstIssue = ({ issues: [issue] }: z.core.$ZodError): string => {
  if (issue === undefined) return 'it is not what it should be';
  return issue.path.length === 0 ? issue.message : `${issue.path.map(String).join('.')}: ${issue.message}`;
};

/** The same for writing. */
export const writeText = async (file: string, text: string, called = file): Promise<void> => {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw new InvalidInputError(`${called} cannot be written: ${fileTrouble(cause)}`, { cause });
  }
};

/** Says at the start, and not after hours of work, that a file could not be written at the end. */
export const mustBeWritable = async (file: string, called: string): Promise<void> => {
  try {
    await access(dirname(file), constants.W_OK | constants.X_OK);
    const isThere = await stat(file).catch(() => null);
    if (isThere?.isDirectory() === true) throw Object.assign(new Error(file), { code: 'EISDIR' });
  } catch (cause) {
    throw new InvalidInputError(`${called} cannot be written: ${fileTrouble(cause)}`, { cause });
  }
};
