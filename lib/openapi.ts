import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiDocument } from '../core/api/openapi.ts';

/** Writes the document that the API serves to `dist/openapi.json`, for tools that read a file: `npm run openapi`. */
const folder = join(import.meta.dirname, '..', 'dist');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'openapi.json'), `${JSON.stringify(openApiDocument(), null, 2)}\n`);
