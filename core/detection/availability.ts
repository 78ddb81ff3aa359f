/** Steps looked at to learn how often samples arrive. */
const RECENT_STEPS = 100;
/** Late by this many usual steps is missing: one late sample and one lost one are everyday. */
const LATE_STEPS = 3;

/** Whether samples arrive as they use to. */
export type Availability =
  | { readonly state: 'unknown' }
  | { readonly state: 'flowing'; readonly usualStepMinutes: number }
  | { readonly state: 'missing'; readonly usualStepMinutes: number; readonly silentMinutes: number };

/**
 * Judges the silence since the newest sample by the usual distance between samples (median of the last 100).
 *
 * @param minutes - times of the samples in minutes, oldest first
 * @param now - in minutes; steps below a minute count as one
 */
export const availabilityAt = (minutes: ArrayLike<number>, now: number): Availability => {
  const first = Math.max(1, minutes.length - RECENT_STEPS);
  const steps: number[] = [];
  for (let i = first; i < minutes.length; i += 1) steps.push((minutes[i] ?? 0) - (minutes[i - 1] ?? 0));
  if (steps.length === 0) return { state: 'unknown' };
  steps.sort((a, b) => a - b);
  const usualStepMinutes = Math.max(1, steps[Math.floor(steps.length / 2)] ?? 1);
  const silentMinutes = now - (minutes[minutes.length - 1] ?? now);
  return silentMinutes > LATE_STEPS * usualStepMinutes
    ? { state: 'missing', usualStepMinutes, silentMinutes }
    : { state: 'flowing', usualStepMinutes };
};
