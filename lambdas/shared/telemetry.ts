import { Logger } from '@aws-lambda-powertools/logger';
import { redactText } from '../../core/journal/redact.ts';

/** Log lines hold what errors said: the same things are taken out of them as out of records. */
export const logger = new Logger({
  jsonReplacerFn: (_key, value: unknown) => (typeof value === 'string' ? redactText(value) : value),
});
