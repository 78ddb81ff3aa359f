import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { launchBrowser, openPage, serveRecorded, settled, until } from '../test/browser/browser.ts';

/** Size of the first page, time to its first paint, and whether 10,000 incidents stall: `npm run bench:web`. */

const INCIDENTS = 10_000;
/** Rows of one page of the list. */
const ROWS = 25;
const RUNS = 5;
const projectDir = dirname(dirname(fileURLToPath(import.meta.url)));
const kilobytes = (bytes: number): number => Math.round(bytes / 102.4) / 10;

const assets = join(projectDir, 'web', 'dist', 'assets');
const zipped = new Map(
  readdirSync(assets).map((name) => [name, gzipSync(readFileSync(join(assets, name)), { level: 9 }).length]),
);

const dashboard = await serveRecorded(projectDir, INCIDENTS);
const browser = await launchBrowser();
try {
  const paints: number[] = [];
  let firstPage: string[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const context = await browser.newContext(); // a new one has an empty cache
    const { page } = await openPage(context, dashboard.server.url);
    await settled(page);
    paints.push((await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")) as number);
    firstPage = (await page.evaluate(
      "performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname).filter((path) => path.startsWith('/assets/'))",
    )) as string[];
    await context.close();
  }
  const bytes = [...new Set(firstPage)].reduce(
    (sum, path) => sum + (zipped.get(path.slice('/assets/'.length)) ?? 0),
    0,
  );

  const { page } = await openPage(await browser.newContext(), new URL('/incidents', dashboard.server.url).href);
  await settled(page);
  await page.evaluate(
    "window.longest = 0; new PerformanceObserver((list) => { for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration); }).observe({ type: 'longtask' })",
  );
  const next = page.getByRole('button', { name: 'Next page' });
  let pages = 1;
  for (; pages * ROWS < INCIDENTS; pages += 1) {
    await until(page, '!document.querySelector(\'[aria-label="Next page"]\').disabled');
    await next.click();
    if (pages % 20 === 0) await page.mouse.wheel(0, 3_000);
  }
  const paging = (await page.evaluate('window.longest')) as number;
  await page.evaluate('window.longest = 0');
  const started = performance.now();
  await page.getByRole('searchbox', { name: 'Find incidents' }).fill('incident 9876');
  await page.getByText('Matching incidents').waitFor();
  await until(page, "document.querySelectorAll('tbody tr').length === 1");
  const filtered = performance.now() - started;
  const filtering = (await page.evaluate('window.longest')) as number;

  console.log(
    JSON.stringify(
      {
        firstPageGzippedKb: kilobytes(bytes),
        firstPageFiles: new Set(firstPage).size,
        allGzippedKb: kilobytes([...zipped.values()].reduce((sum, size) => sum + size, 0)),
        firstContentfulPaintMs: {
          median: Math.round(paints.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0),
          runs: RUNS,
        },
        incidents: { listed: INCIDENTS, pagesWalked: pages, longestTaskMs: Math.round(paging) },
        filter: { untilShownMs: Math.round(filtered), longestTaskMs: Math.round(filtering) },
      },
      null,
      2,
    ),
  );
} finally {
  await browser.close();
  await dashboard.close();
}
