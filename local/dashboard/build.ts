import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDashboard } from './build-dashboard.ts';

/** `npm run build:web`: the dashboard in `web/dist`, built only when its sources changed. */
const dir = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const siteDir = await buildDashboard({ dir, onProgress: (line) => console.log(line) });
console.log(`The dashboard is in ${siteDir}`);
