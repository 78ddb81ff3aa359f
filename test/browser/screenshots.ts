import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { launchBrowser, openPage, serveRecorded, settled } from './browser.ts';
import { incidentIds } from './recorded-answers.ts';

/** Every page in light, in dark and on a phone, as PNG files to be looked at: `npm run screenshots [-- --out DIR]`; with
 * `--readme` the one in the README alone. */

const PAGES = {
  overview: '/',
  incidents: '/incidents',
  'incident-asking': `/incidents/${incidentIds.asking}`,
  'incident-healed': `/incidents/${incidentIds.healed}`,
  'incident-decision': `/incidents/${incidentIds.healed}?tab=decision`,
  'incident-guards': `/incidents/${incidentIds.healed}?tab=guards`,
  'incident-running': `/incidents/${incidentIds.running}`,
  topology: '/topology',
  deployments: '/deployments',
  agents: '/agents',
  learning: '/learning',
  policies: '/policies',
  settings: '/settings',
  'not-found': '/nowhere',
} as const;

const LOOKS = {
  light: { viewport: { width: 1360, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1360, height: 900 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'light' },
} as const;

const projectDir = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(projectDir, 'reports', 'screenshots') },
    only: { type: 'string' },
    readme: { type: 'boolean', default: false },
  },
});

await mkdir(values.out, { recursive: true });
const dashboard = await serveRecorded(projectDir, 200);
const browser = await launchBrowser();
try {
  if (values.readme) {
    const context = await browser.newContext({ viewport: { width: 1200, height: 794 } });
    const { page } = await openPage(context, new URL(PAGES['incident-asking'], dashboard.server.url).href);
    await settled(page);
    await page.screenshot({ path: join(projectDir, 'web', 'screenshot.png') });
    await context.close();
  }
  for (const [look, options] of values.readme ? [] : Object.entries(LOOKS)) {
    const context = await browser.newContext(options);
    for (const [name, path] of Object.entries(PAGES)) {
      if (values.only !== undefined && !name.includes(values.only)) continue;
      const { page, complaints } = await openPage(context, new URL(path, dashboard.server.url).href);
      await settled(page);
      await page.screenshot({ path: join(values.out, `${name}-${look}.png`), fullPage: true });
      for (const complaint of complaints) console.error(`${name}, ${look}: ${complaint}`);
      await page.close();
    }
    await context.close();
  }
  console.log(`Screenshots are in ${values.readme ? 'web' : values.out}`);
} finally {
  await browser.close();
  await dashboard.close();
}
