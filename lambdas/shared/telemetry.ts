import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';

/** Namespace of Kintsugi's own metrics; dashboards and alarms in `lib/` use the same constant by value. */
export const METRICS_NAMESPACE = 'Kintsugi';

export const logger = new Logger();
export const metrics = new Metrics({ namespace: METRICS_NAMESPACE });
