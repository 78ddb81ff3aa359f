import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { FaultName } from '../../local/faults/fault.ts';
import { faultNames } from '../../local/faults/faults.ts';
import { startLocalCloud } from '../../local/local-cloud.ts';
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

const positive = (name: string, text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} must be a positive whole number, got '${text}'`);
};
const names = values.faults.split(',').map((name): FaultName => {
  const found = faultNames.find((candidate) => candidate === name);
  if (found === undefined) throw new Error(`--faults: '${name}' is none of ${faultNames.join(', ')}`);
  return found;
});
const runs = positive('runs', values.runs);
const prefixes = Array.from({ length: positive('shops', values.shops) }, (_, index) =>
  index === 0 ? '' : `${String.fromCharCode(97 + index)}-`,
);

const dir = dirname(dirname(import.meta.dirname));
const startedAt = Date.now();
const say = (line: string): void =>
  console.error(`${((Date.now() - startedAt) / 1_000).toFixed(0).padStart(5)} s  ${line}`);
const cloud = await startLocalCloud({
  dir,
  shopPrefixes: prefixes,
  detection: values.detection,
  onProgress: say,
  onError: (error) => say(String(error)),
});
process.once('SIGINT', () => void cloud.stop().then(() => process.exit(130)));

const watcher = watcherOf(cloud);
const results: RunResult[] = [];
const queue = names.flatMap((name) => Array.from({ length: runs }, () => name));
const total = queue.length;
try {
  // Each shop is a lane of its own: its incidents have nothing to do with the others'.
  await Promise.all(
    prefixes.map(async (prefix) => {
      for (let fault = queue.shift(); fault !== undefined; fault = queue.shift()) {
        const context = cloud.faultContext(prefix);
        const result = await runOnce(context, watcher, fault).catch((error: unknown) =>
          brokenRun(context, fault, error),
        );
        results.push(result);
        say(
          `${results.length}/${total} ${result.passed ? 'ok  ' : 'FAIL'} ${fault} on ${result.service}: ${result.dispositions.join(',') || 'no incident'}; ${result.actions.join(',') || 'no action'}; ${result.belief ?? ''}`,
        );
        if (!result.passed) say(`        ${result.note}`);
      }
    }),
  );
} finally {
  await cloud.stop();
}
await mkdir(dirname(join(dir, values.json)), { recursive: true });
await writeFile(join(dir, values.json), `${JSON.stringify({ runs, results }, null, 2)}\n`);
console.log(renderMatrix(names, results));
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
