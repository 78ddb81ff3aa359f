import { allowListGuard } from './allow-list.ts';
import { blastRadiusGuard } from './blast-radius.ts';
import { budgetGuard, concurrencyGuard, singleFlightGuard } from './capacity.ts';
import { earnedAutonomyGuard } from './earned-autonomy.ts';
import { freshnessGuard } from './freshness.ts';
import type { Guard } from './guard.ts';
import {
  attemptsGuard,
  consecutiveFailuresGuard,
  cooldownGuard,
  ineffectiveSuccessesGuard,
  recurrenceGuard,
} from './loop-stops.ts';
import { modeGuard } from './mode.ts';
import { ownEchoGuard } from './own-echo.ts';
import { confidenceGuard, reversibilityGuard } from './prudence.ts';
import { schemaGuard } from './schema.ts';

/** Every guard there is, once. The order is only that of reading: all of them run. */
export const guardChain: readonly Guard[] = [
  modeGuard,
  schemaGuard,
  freshnessGuard,
  allowListGuard,
  attemptsGuard,
  cooldownGuard,
  consecutiveFailuresGuard,
  ineffectiveSuccessesGuard,
  recurrenceGuard,
  blastRadiusGuard,
  singleFlightGuard,
  concurrencyGuard,
  budgetGuard,
  confidenceGuard,
  earnedAutonomyGuard,
  reversibilityGuard,
  ownEchoGuard,
];
