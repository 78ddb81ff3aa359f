import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { openApiDocument } from '../core/api/openapi.ts';

/** Writes the document that the API serves: `npm run openapi`. A test says when it is no longer what the schemas say. */
const file = join(import.meta.dirname, '..', 'openapi.json');
const options = await resolveConfig(file);
writeFileSync(file, await format(JSON.stringify(openApiDocument()), { ...options, parser: 'json' }));
