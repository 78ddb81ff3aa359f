import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { Catalogue } from '../../core/learning/catalogue.ts';
import { parseCatalogue } from '../../core/learning/catalogue.ts';
import { defaultCatalogue } from '../../core/learning/default-catalogue.ts';

/** Where an environment's own catalogue lies in its functions; not set where it uses the one that comes with Kintsugi. */
export const CatalogueEnv = { CATALOGUE_FILE: z.string().min(1).optional() };

/**
 * The expert catalogue in force, read once at cold start.
 *
 * @throws InvalidInputError that names the row, or an error of the file system: a function never decides by a catalogue
 *   that is not the one it was deployed with
 */
export const catalogueIn = (file: string | undefined): Catalogue =>
  file === undefined ? defaultCatalogue : parseCatalogue(JSON.parse(readFileSync(file, 'utf8')) as unknown);
