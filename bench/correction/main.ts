import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Catalogue } from '../../core/learning/catalogue.ts';
import { defaultCatalogue } from '../../core/learning/default-catalogue.ts';
import { runOnce } from '../matrix/run.ts';
import { watcherOf } from '../matrix/watcher.ts';
import { inLanes, shopPrefixes, stopwatch } from '../shared/lanes.ts';
import { wholeNumber } from '../shared/options.ts';
import { incidentOf, renderIncidents, type CorrectedIncident } from './incident.ts';

/**
 * Twenty incidents in the demo shop with a catalogue whose row for one fault is wrong on purpose: a task that hangs, it
 * says, is cured by more tasks and hardly ever by a restart. The shop knows better, and the choice must follow it.
 */
const { values } = parseArgs({
  options: {
    incidents: { type: 'string', default: '20' },
    shops: { type: 'string', default: '2' },
    json: { type: 'string', default: 'reports/correction.json' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(
    'bench:correction [--incidents N] [--shops N] [--json FILE]\nThe same fault again and again, with a catalogue that is wrong about it.',
  );
  process.exit(0);
}

const count = wholeNumber('incidents', values.incidents);
const shops = wholeNumber('shops', values.shops);

const wrong: Catalogue = {
  ...defaultCatalogue,
  version: `${defaultCatalogue.version}, wrong about deadlock`,
  hypotheses: defaultCatalogue.hypotheses.map((row) =>
    row.id === 'deadlock'
      ? { ...row, cures: { scaleOut: 'veryLikely', restart: 'unlikely', redeploy: 'unlikely' }, runbook: ['scaleOut'] }
      : row,
  ),
};

const dir = join(import.meta.dirname, '..', '..');
const catalogueFile = join(dir, '.kintsugi', 'wrong-catalogue.json');
await mkdir(join(dir, '.kintsugi'), { recursive: true });
await writeFile(catalogueFile, JSON.stringify(wrong, null, 2));

const say = stopwatch();
const incidents: CorrectedIncident[] = [];
let begun = 0;
await inLanes(
  {
    dir,
    shopPrefixes: shopPrefixes(shops), // what they learn goes into one table
    catalogueFile,
    onProgress: say,
    onError: (error) => say(String(error)),
  },
  async (cloud, prefix) => {
    const watcher = watcherOf(cloud);
    while (begun < count) {
      begun += 1;
      const context = cloud.faultContext(prefix);
      const since = new Date();
      const result = await runOnce(context, watcher, 'hang');
      const opened = await watcher.incidentsSince(context.shop.services, since);
      const records = await Promise.all(opened.map(({ incidentId }) => watcher.journal(incidentId)));
      const incident = incidentOf(incidents.length + 1, result, records.flat());
      incidents.push(incident);
      say(
        `${incident.number}/${count} first ${incident.firstChoice}; ${incident.actions.join(', then ')}; ${incident.ending}`,
      );
    }
  },
);
const report = { incidents: count, shops, catalogue: wrong.version, results: incidents };
await mkdir(join(dir, 'reports'), { recursive: true });
await writeFile(join(dir, values.json), `${JSON.stringify(report, null, 2)}\n`);
console.log(renderIncidents(incidents));
