import type { Mode } from '../../core/contracts/limits.ts';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import { commandLine } from '../../core/shared/command-line.ts';

/**
 * Why the mode cannot become this one by itself; null when it can. Off is more than a mode: it is kept in three places, of
 * which each is enough, and a mode that says `auto` while another one still denies would be believed.
 */
export const whyNotSet = (
  wanted: Mode,
  now: { readonly mode: Mode; readonly reason: string },
  env: EnvironmentName,
): string | null =>
  now.mode === 'off' && wanted !== 'off'
    ? `healing is off (${now.reason}): ${commandLine(`resume --mode ${wanted}`, { env })} opens all three places of the kill switch, the mode alone is only one of them`
    : null;
