import * as z from 'zod';
import { InvalidInputError } from '../../core/shared/errors.ts';

/**
 * Stored data is input like any other.
 *
 * @throws InvalidInputError that names what was read, the field, its value and what is allowed
 */
export const parseStored = <T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> => {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new InvalidInputError(`${what}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
};
