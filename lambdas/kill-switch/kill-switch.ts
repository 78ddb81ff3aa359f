import type { Mode } from '../../core/contracts/limits.ts';
import type { ModeSource } from '../../core/shared/ports.ts';

export interface KillSwitchDeps {
  readonly mode: ModeSource;
  /** Attaches the denial to Act's role; again changes nothing. */
  readonly deny: () => Promise<void>;
}

/**
 * Attaches the denial when the mode is off, which an unreadable mode is too. It never takes it away: a stop that one place
 * has noticed must not be undone by what another one says.
 */
export const followMode = async ({
  mode,
  deny,
}: KillSwitchDeps): Promise<{ readonly mode: Mode; readonly denied: boolean }> => {
  const now = await mode.read();
  const denied = now.mode === 'off';
  if (denied) await deny();
  return { mode: now.mode, denied };
};
