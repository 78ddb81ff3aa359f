import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { conformanceTable, runConformance } from '../local/emulator/conformance.ts';
import { readRequirements } from '../local/emulator/install.ts';
import { startEmulator } from '../local/emulator/start-emulator.ts';

/**
 * Prints how the configured AWS endpoint, or else the pinned emulator, does on every behaviour the product relies on.
 *
 *   node bench/conformance.ts [--out reports/conformance.json]
 *
 * Ends with status 1 when there is a difference that was not known.
 */
const { values } = parseArgs({ options: { out: { type: 'string', default: join('reports', 'conformance.json') } } });
const dir = process.cwd();
const emulator = await startEmulator({ dir, onProgress: (line) => console.error(line) });
try {
  const rows = await runConformance(emulator.endpoint);
  const { version } = await readRequirements(dir);
  console.log(conformanceTable(rows));
  await mkdir(join(values.out, '..'), { recursive: true });
  const report = { emulator: process.env.AWS_ENDPOINT_URL ?? `ministack ${version}`, measuredAt: new Date(), rows };
  await writeFile(values.out, `${JSON.stringify(report, null, 2)}\n`);
  if (rows.some(({ result }) => result === 'new difference')) process.exitCode = 1;
} finally {
  await emulator.stop();
}
