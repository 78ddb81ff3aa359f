import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { startLocalCloud } from '../../local/local-cloud.ts';
import { helpIfAsked, orEnd, wholeNumber } from '../shared/options.ts';
import { runStorm } from './storm.ts';

const USAGE = `bench:storm [--signals N]
Signals of three causes over 60 workloads within a minute, through the deployed queue of a local cloud (default 2000).`;

helpIfAsked(USAGE);
const { values } = orEnd(() => parseArgs({ options: { signals: { type: 'string', default: '2000' } } }));
const count = orEnd(() => wholeNumber('signals', values.signals, 60));
/** Longer than the storm: its workloads are not real, so their incidents would end at once and the rest would come too late. */
const CONFIRM_SECONDS = 330;

const cloud = await startLocalCloud({
  dir: dirname(dirname(import.meta.dirname)),
  limits: { confirmSeconds: CONFIRM_SECONDS },
  onProgress: (line) => console.error(line),
});
try {
  const { signals, roots, counted, seconds } = await runStorm(cloud, count, {
    onProgress: (line) => console.error(line),
  });
  console.log(`| measure | value |
| --- | --- |
| signals sent, three causes over 60 workloads within 60 s | ${signals} |
| incidents | ${roots.length}: ${roots.join(', ')} |
| signals that they count | ${counted} |
| from the first message until every signal had its place | ${seconds.toFixed(1)} s |`);
  if (roots.join() !== 'storm-blue-19,storm-green-19,storm-red-19' || counted !== signals) process.exitCode = 1;
} finally {
  await cloud.stop();
}
