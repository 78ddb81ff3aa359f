import pc from 'picocolors';

/** Functions that colour a text, or return it as it is where colours are off. */
export type Colours = ReturnType<typeof pc.createColors>;

/** Colours only on a terminal that wants them: https://no-color.org, FORCE_COLOR, TERM=dumb. */
export const coloursFor = (isTerminal: boolean, env: NodeJS.ProcessEnv): Colours => {
  const isForced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
  const isRefused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return pc.createColors(!isRefused && (isTerminal || isForced));
};
