import type { Limits } from '../contracts/limits.ts';
import type { Signal } from '../contracts/signal.ts';
import type { DurationMs, EpochMs } from '../shared/units.ts';
import { elapsed, fromIso, isLonger, seconds, toIso } from '../shared/units.ts';

/** How long ago a signal spoke, where that is too long ago to open an incident; null where it is not. */
export const staleAge = (
  { occurredAt }: Signal,
  now: EpochMs,
  limits: Pick<Limits, 'signalMaxAgeSeconds'>,
): DurationMs | null => {
  const age = elapsed(fromIso(occurredAt), now);
  return isLonger(age, seconds(limits.signalMaxAgeSeconds)) ? age : null;
};

/** Whether a signal comes from an alarm, which can be asked whether it still fires. */
export const isOfAlarm = ({ source }: Signal): boolean => source === 'alarm' || source === 'patrol';

/**
 * A stale signal whose alarm still fires, as a signal about the present. CloudWatch never says it again: after a pause or an
 * outage nobody else would. Its id stays, so that its copies are recognised; and since when it waited is kept, so that a
 * backlog is not carried out at once.
 */
export const stillTrue = (signal: Signal, now: EpochMs): Signal => ({
  ...signal,
  occurredAt: toIso(now),
  waitedSince: signal.waitedSince ?? signal.occurredAt,
});
