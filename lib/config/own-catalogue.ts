import { readFileSync } from 'node:fs';
import { parseCatalogue, type Catalogue } from '../../core/learning/catalogue.ts';
import { InvalidInputError } from '../../core/shared/errors.ts';

/**
 * An environment's own expert catalogue: JSON, in the shape of `core/learning/default-catalogue.ts`. A figure can be
 * changed without touching code, and nobody decides by a file with a mistake in it.
 *
 * @throws InvalidInputError at synthesis that names the file, the row, the field and what is allowed
 */
export const ownCatalogue = (file: string | null): Catalogue | null => {
  if (file === null) return null;
  try {
    return parseCatalogue(JSON.parse(readFileSync(file, 'utf8')) as unknown);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidInputError(`catalogueFile ${file} cannot be used: ${why}`, { cause: error });
  }
};
