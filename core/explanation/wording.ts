import type { Symptom } from '../contracts/evidence.ts';

const SYMPTOM_WORDS: Readonly<Record<Symptom, string>> = {
  taskExit: 'tasks that exited',
  memHigh: 'memory running out',
  cpuHigh: 'saturated CPU',
  latHigh: 'slow responses',
  errHigh: 'failing requests',
  recentDeploy: 'a deployment shortly before',
  recentConfig: 'a configuration change shortly before',
  depErr: 'failing calls to a dependency',
  dbConnSat: 'an exhausted connection pool',
  azSkew: 'one availability zone worse than the others',
  diskHigh: 'a disk filling up',
  authErr: 'rejected credentials',
  healthFail: 'missing or sick tasks',
  throttle429: 'throttled calls',
  trafficHigh: 'far more traffic than usual',
  lowUtil: 'idle tasks',
  dlqDepth: 'messages in the dead-letter queue',
  belowMin: 'fewer wanted tasks than the registered minimum',
};

/** A symptom as a noun phrase for a sentence. */
export const describeSymptom = (symptom: Symptom): string => SYMPTOM_WORDS[symptom];

/** Minutes for people: `40 s`, `4.2 min`. */
export const minutesText = (minutes: number | null): string =>
  minutes === null ? 'unknown' : minutes < 1 ? `${Math.round(minutes * 60)} s` : `${Number(minutes.toFixed(1))} min`;

/** A share for people: `83 %`. */
export const percentText = (share: number): string => `${Math.round(share * 100)} %`;

/** `a, b and c`; `nothing` for none. */
export const list = (items: readonly string[], last = 'and'): string => {
  if (items.length <= 1) return items[0] ?? 'nothing';
  return `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`;
};
