import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { RoleSchema } from '../../core/contracts/api/route.ts';
import { serveDashboard, type DashboardServer } from '../../local/dashboard/dashboard-server.ts';
import { startRecordedApi, unsignedToken, type RecordedApi } from './recorded-api.ts';

/** Where systems keep a Chromium; `KINTSUGI_CHROMIUM` names another one. */
const CANDIDATES = [
  process.env['KINTSUGI_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** @throws Error that says what to install, where there is no Chromium */
export const launchBrowser = async (): Promise<Browser> => {
  const executablePath = CANDIDATES.find((path): path is string => path !== undefined && existsSync(path));
  if (executablePath === undefined) throw new Error('no Chromium: apt-get install chromium, or set KINTSUGI_CHROMIUM');
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
};

/** The built dashboard over recorded answers. */
export interface RecordedDashboard {
  readonly api: RecordedApi;
  readonly server: DashboardServer;
  readonly close: () => Promise<void>;
}

export const serveRecorded = async (projectDir: string, oldIncidents = 0): Promise<RecordedDashboard> => {
  const siteDir = join(projectDir, 'web', 'dist');
  if (!existsSync(join(siteDir, 'index.html'))) {
    throw new Error('the dashboard is not built: npm --prefix web ci && npm --prefix web run build');
  }
  const api = await startRecordedApi(oldIncidents);
  const server = await serveDashboard({
    siteDir,
    env: 'dev',
    apiUrl: api.url,
    liveOrigin: null,
    roles: RoleSchema.options,
    signIn: (role) => Promise.resolve({ idToken: unsignedToken(role), refreshToken: null }),
  });
  return {
    api,
    server,
    close: async () => {
      await server.close();
      await api.close();
    },
  };
};

export interface Visit {
  readonly page: Page;
  /** What went wrong without anybody seeing it: errors in the console, broken policies, exceptions. */
  readonly complaints: readonly string[];
}

export const openPage = async (context: BrowserContext, url: string): Promise<Visit> => {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, complaints };
};

/** Resolves when the page shows its heading and waits for nothing more. */
export const settled = async (page: Page): Promise<void> => {
  await page.locator('h1').first().waitFor();
  await until(page, '!/Loading/.test(document.body.innerText)');
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
};

const LOOK_MS = 50;
const PATIENCE_MS = 20_000;

/**
 * Waits for a condition, as text because it runs in the page, whose names this file does not know. Asked from outside: the
 * page's own policy forbids to evaluate text inside.
 */
export const until = async (page: Page, condition: string): Promise<void> => {
  const end = Date.now() + PATIENCE_MS;
  while ((await page.evaluate(condition)) !== true) {
    if (Date.now() > end) throw new Error(`it did not come true in ${PATIENCE_MS} ms: ${condition}`);
    await page.waitForTimeout(LOOK_MS);
  }
};
