import type { AnswerOf } from '../../../../core/contracts/api/routes.ts';
import type { Read } from '../../api/api.tsx';
import { useRead } from '../../api/api.tsx';
import { useNow } from '../../parts/time.tsx';

const HOUR_MS = 3_600_000;
const HOURS = 12;

/** Incidents that were handed to a person lately. They begin at a full hour, so that the address stays the same for a while. */
export const useHandedOver = (): Read<AnswerOf<'listIncidents'>> => {
  const hour = Math.floor(useNow(60_000) / HOUR_MS);
  const since = new Date((hour - HOURS) * HOUR_MS).toISOString();
  return useRead('listIncidents', { query: { status: ['escalated'], since, limit: 10 } });
};
