import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as z from 'zod';
import type { Catalogue } from '../../core/learning/catalogue.ts';
import { parseCatalogue } from '../../core/learning/catalogue.ts';
import { defaultCatalogue } from '../../core/learning/default-catalogue.ts';

/**
 * The environment's own catalogue, as a file beside the function's code; not set where it uses the one that comes with
 * Kintsugi. Lambda sets the folder of the code.
 */
export const CatalogueEnv = {
  CATALOGUE_FILE: z.string().min(1).optional(),
  LAMBDA_TASK_ROOT: z.string().default('.'),
};

/**
 * The expert catalogue in force, read once at cold start.
 *
 * @throws InvalidInputError that names the row, or an error of the file system: a function never decides by a catalogue
 *   that is not the one it was deployed with
 */
export const catalogueIn = ({ CATALOGUE_FILE: file, LAMBDA_TASK_ROOT: folder }: CatalogueVariables): Catalogue =>
  file === undefined
    ? defaultCatalogue
    : parseCatalogue(JSON.parse(readFileSync(resolve(folder, file), 'utf8')) as unknown);

interface CatalogueVariables {
  readonly CATALOGUE_FILE?: string | undefined;
  readonly LAMBDA_TASK_ROOT: string;
}
