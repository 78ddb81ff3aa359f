import type { EnvironmentName } from '../contracts/workload.ts';

/** Options of a command line that say which Kintsugi is meant; without any it is the reader's own default, dev. */
export interface Aim {
  readonly env?: EnvironmentName;
  /** The deployed environment, also while a local cloud runs. */
  readonly aws?: boolean;
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
}

/**
 * `kintsugi approve inc-1 --env prod`: a command for people to copy, which means the same Kintsugi wherever it is typed.
 *
 * @param words - the command without the program's name
 */
export const commandLine = (words: string, { env, aws = false, profile, region }: Aim): string =>
  [
    `kintsugi ${words}`,
    ...(env === undefined ? [] : [`--env ${env}`]),
    ...(aws ? ['--aws'] : []),
    ...(profile === undefined ? [] : [`--profile ${shellWord(profile)}`]),
    ...(region === undefined ? [] : [`--region ${shellWord(region)}`]),
  ].join(' ');

/** As a shell reads it back: one word, whatever is in it. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
