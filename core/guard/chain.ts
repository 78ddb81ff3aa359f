import { allowListGuard } from './allow-list.ts';
import { backlogGuard } from './backlog.ts';
import { blastRadiusGuard } from './blast-radius.ts';
import { maintenanceGuard, quietHoursGuard } from './calendar.ts';
import { budgetGuard, concurrencyGuard, costGuard, dependencyGroupGuard, singleFlightGuard } from './capacity.ts';
import { earnedAutonomyGuard } from './earned-autonomy.ts';
import { freshnessGuard } from './freshness.ts';
import type { AnyGuard } from './guard.ts';
import {
  attemptsGuard,
  consecutiveFailuresGuard,
  cooldownGuard,
  ineffectiveSuccessesGuard,
  recurrenceGuard,
} from './loop-stops.ts';
import { modeGuard } from './mode.ts';
import { ownEchoGuard } from './own-echo.ts';
import { confidenceGuard, proportionalityGuard, reversibilityGuard } from './prudence.ts';
import { schemaGuard } from './schema.ts';

/** Every guard there is, once. The order is only that of reading: all of them run. */
export const guardChain: readonly AnyGuard[] = [
  modeGuard,
  schemaGuard,
  freshnessGuard,
  allowListGuard,
  attemptsGuard,
  cooldownGuard,
  consecutiveFailuresGuard,
  ineffectiveSuccessesGuard,
  recurrenceGuard,
  backlogGuard,
  maintenanceGuard,
  quietHoursGuard,
  blastRadiusGuard,
  singleFlightGuard,
  dependencyGroupGuard,
  concurrencyGuard,
  budgetGuard,
  costGuard,
  confidenceGuard,
  earnedAutonomyGuard,
  proportionalityGuard,
  reversibilityGuard,
  ownEchoGuard,
];
