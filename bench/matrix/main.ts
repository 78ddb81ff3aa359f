import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { FaultName } from '../../local/faults/fault.ts';
import { faultNames } from '../../local/faults/faults.ts';
import { inLanes, shopPrefixes, stopwatch } from '../shared/lanes.ts';
import { wholeNumber } from '../shared/options.ts';
import { renderMatrix } from './table.ts';
import type { RunResult } from './run.ts';
import { brokenRun, runOnce } from './run.ts';
import { watcherOf } from './watcher.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    faults: { type: 'string', default: faultNames.join(',') },
    shops: { type: 'string', default: '2' },
    json: { type: 'string', default: 'reports/matrix.json' },
    detection: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(
    'bench:matrix [--runs N] [--faults a,b] [--shops N] [--json FILE] [--detection]\nEvery fault and control, N times each, against the local cloud; with --detection the shops are also looked at by the detector.',
  );
  process.exit(0);
}

const names = values.faults.split(',').map((name): FaultName => {
  const found = faultNames.find((candidate) => candidate === name);
  if (found === undefined) throw new Error(`--faults: '${name}' is none of ${faultNames.join(', ')}`);
  return found;
});
const runs = wholeNumber('runs', values.runs);
const shops = wholeNumber('shops', values.shops);

const dir = dirname(dirname(import.meta.dirname));
const say = stopwatch();
const results: RunResult[] = [];
const queue = names.flatMap((name) => Array.from({ length: runs }, () => name));
const total = queue.length;
await inLanes(
  {
    dir,
    shopPrefixes: shopPrefixes(shops),
    detection: values.detection,
    onProgress: say,
    onError: (error) => say(String(error)),
  },
  async (cloud, prefix) => {
    const watcher = watcherOf(cloud);
    for (let fault = queue.shift(); fault !== undefined; fault = queue.shift()) {
      const context = cloud.faultContext(prefix);
      const result = await runOnce(context, watcher, fault).catch((error: unknown) => brokenRun(context, fault, error));
      results.push(result);
      say(
        `${results.length}/${total} ${result.passed ? 'ok  ' : 'FAIL'} ${fault} on ${result.service}: ${result.dispositions.join(',') || 'no incident'}; ${result.actions.join(',') || 'no action'}; ${result.belief ?? ''}`,
      );
      if (!result.passed) say(`        ${result.note}`);
    }
  },
);
await mkdir(dirname(join(dir, values.json)), { recursive: true });
await writeFile(join(dir, values.json), `${JSON.stringify({ runs, results }, null, 2)}\n`);
console.log(renderMatrix(names, results));
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
