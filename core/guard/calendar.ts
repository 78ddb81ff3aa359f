import type { KnownFacts } from './facts.ts';
import { definePolicyGuard } from './guard.ts';
import { openWindow, windowWords } from './time-window.ts';

type Key = 'maintenanceWindows' | 'quietHours';

const calendarOf = (key: Key, { now, workload }: Pick<KnownFacts, 'now' | 'workload'>) => {
  const windows = workload[key] ?? [];
  const open = openWindow(windows, now);
  return {
    open: open !== null,
    words: open === null ? {} : { window: windowWords(open) },
    measure: {
      fact: open === null ? 'none is open' : windowWords(open),
      limit: windows.map(windowWords).join('; ') || 'none',
      limitSource: `registration of ${workload.workloadId}`,
    },
  };
};

/** People work on the workload as planned: `policies/calendar.cedar`. */
export const maintenanceGuard = definePolicyGuard('maintenance', 'maintenance', ['now', 'workload'], (facts) => {
  const { open, measure, words } = calendarOf('maintenanceWindows', facts);
  return { facts: { open }, measure, passes: 'no maintenance window is open', words };
});

/** Hours in which nothing is changed without a person: `policies/calendar.cedar`. */
export const quietHoursGuard = definePolicyGuard('quiet-hours', 'quietHours', ['now', 'workload'], (facts) => {
  const { open, measure, words } = calendarOf('quietHours', facts);
  return { facts: { open }, measure, passes: 'these are no quiet hours', words };
});
