import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../core/shared/ports.ts';
import { epochMs } from '../../core/shared/units.ts';

/** The wall clock of the machine. */
export const systemClock: Clock = {
  now: () => epochMs(Date.now()),
  sleep: (duration) => sleep(duration),
};
