import { useEffect, useState } from 'react';
import { durationMs, formatDuration } from '../../../core/shared/units.ts';

const DAY_MS = 86_400_000;

const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const zoned = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

/** An instant in the reader's zone: the time alone for the last day, else with its date. The zone is in the tooltip. */
export const Instant = ({ iso }: { readonly iso: string | null }) => {
  if (iso === null) return <>-</>;
  const at = new Date(iso);
  const text = Math.abs(Date.now() - at.getTime()) < DAY_MS ? clock.format(at) : full.format(at);
  return (
    <time dateTime={iso} title={`${zoned.format(at)} (${iso})`}>
      {text}
    </time>
  );
};

export const formatInstant = (iso: string): string => full.format(new Date(iso));
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });

/** A label of a time axis that is `spanMs` long: days where times would repeat. */
export const formatTick = (ms: number, spanMs: number): string => (spanMs > 2 * DAY_MS ? day : clock).format(ms);
export const formatClock = (ms: number): string => clock.format(ms);

/** The present, every so often; for what counts up. */
export const useNow = (everyMs: number, isRunning = true): number => {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, isRunning]);
  return now;
};

/** A length of time for people. */
export const spanText = (ms: number): string => formatDuration(durationMs(Math.max(0, ms)));

/** How long ago something was, kept right while it is shown. */
export const Ago = ({ iso }: { readonly iso: string }) => {
  const now = useNow(10_000);
  const at = new Date(iso);
  return (
    <time dateTime={iso} title={zoned.format(at)}>
      {spanText(Math.max(0, Math.floor((now - at.getTime()) / 1_000) * 1_000)).replace(/^0 ms$/, '0 s')} ago
    </time>
  );
};
