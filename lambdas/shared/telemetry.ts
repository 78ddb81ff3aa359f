import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { redactText } from '../../core/journal/redact.ts';

/** Namespace of Kintsugi's own metrics; dashboards and alarms in `lib/` use the same constant by value. */
export const METRICS_NAMESPACE = 'Kintsugi';

/** Log lines hold what errors said: the same things are taken out of them as out of records. */
export const logger = new Logger({
  jsonReplacerFn: (_key, value: unknown) => (typeof value === 'string' ? redactText(value) : value),
});
export const metrics = new Metrics({ namespace: METRICS_NAMESPACE });
