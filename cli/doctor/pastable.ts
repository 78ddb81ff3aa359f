import { shellWord } from '../../core/shared/command-line.ts';
import { commandFor } from '../system/connect.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * A fix that mends what was looked at wherever it is pasted: Kintsugi's own commands say which environment, and what is
 * AWS's runs with the profile and the region that were asked for.
 */
export const pastable = (fix: string, { env, local, asked }: Surroundings): string => {
  const place = { env, local, config: asked };
  const { profile, region } = asked;
  const settings = [
    ...(profile === undefined ? [] : [`AWS_PROFILE=${shellWord(profile)} `]),
    ...(region === undefined ? [] : [`AWS_REGION=${shellWord(region)} `]),
  ].join('');
  return fix
    .split(' && ')
    .map((command) => command.replace(/(?<=^|: )kintsugi (.*)$/, (_, words: string) => commandFor(place, words)))
    .map((command) => command.replace(/(?<=^|\$\(|: )(?=(aws|npx) )/g, () => settings))
    .join(' && ');
};
