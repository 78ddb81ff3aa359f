import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { AnswerOf, OperationId } from '../../core/contracts/api/routes.ts';
import { launchBrowser, openPage, serveRecorded, until, type RecordedDashboard } from './browser.ts';
import { detailOf, incidentIds, theAgents, theApproval, theIncidents } from './recorded-answers.ts';

/** What the dashboard says when it does not know, when nothing is well, and when something happens meanwhile. */

const projectDir = join(__dirname, '..', '..');
const ASKING = `/incidents/${incidentIds.asking}`;

let browser: Browser;
let context: BrowserContext;
let dashboard: RecordedDashboard;

const visit = async (path: string): Promise<Page> =>
  (await openPage(context, new URL(path, dashboard.server.url).href)).page;

/** From now on a path of the API answers this, by GET. */
const answering = <K extends OperationId>(_operation: K, path: string, body: () => AnswerOf<K>) =>
  context.route(
    ({ pathname }) => pathname === `/api${path}`,
    (route) => (route.request().method() === 'GET' ? route.fulfill({ json: body() }) : route.continue()),
  );

const refusing = (path: string) =>
  context.route(
    ({ pathname }) => pathname === `/api${path}`,
    (route) =>
      route.fulfill({ status: 403, json: { type: 'about:blank', title: 'Refused', status: 403, detail: 'not you' } }),
  );

const theDetail = (): AnswerOf<'showIncident'> => {
  const incident = theIncidents().find(({ incidentId }) => incidentId === incidentIds.asking);
  if (incident === undefined) throw new Error('no incident asks');
  return detailOf(incident);
};

/** The incident with another question, or with none any more. */
const askingWith = (change: () => Partial<AnswerOf<'showIncident'>>) =>
  answering('showIncident', ASKING, () => ({ ...theDetail(), ...change() }));

const isDisabled = async (page: Page, name: RegExp): Promise<boolean> => {
  const button = page.getByRole('button', { name });
  return (await button.getAttribute('aria-disabled')) === 'true' || (await button.isDisabled());
};

describe('what the dashboard says', () => {
  beforeAll(async () => {
    browser = await launchBrowser();
  }, 60_000);
  afterAll(() => browser.close());
  beforeEach(async () => {
    dashboard = await serveRecorded(projectDir);
    context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  });
  afterEach(async () => {
    await context.close();
    await dashboard.close();
  });

  it('does not call well what Kintsugi gave up', async () => {
    const [given] = theIncidents();
    if (given === undefined) throw new Error('there is no incident');
    const escalated = { ...given, status: 'escalated' as const };
    await context.route(
      ({ pathname }) => pathname === '/api/incidents',
      (route) => {
        const isAboutThem = route.request().url().includes('escalated');
        return route.fulfill({ json: { incidents: isAboutThem ? [escalated] : [], nextCursor: null } });
      },
    );
    await answering('listWorkloads', '/workloads', () => ({ workloads: [] }));
    const page = await visit('/');
    await page.getByText('No open incident').waitFor();
    await page.getByRole('list', { name: 'Handed to a person' }).getByRole('link', { name: 'checkout' }).waitFor();
    await page.getByText('none registered').waitFor();
  }, 60_000);

  it('says that it does not know, instead of nothing', async () => {
    for (const path of ['/mode', '/workloads', '/agents', '/incidents']) await refusing(path);
    const page = await visit('/');
    await until(page, "document.querySelector('.k-tiles')?.innerText.match(/not known/g)?.length === 3");
    await page.goto(new URL('/incidents', dashboard.server.url).href);
    await page.getByText('Your role does not allow this').waitFor();
    expect(await page.getByText('Nothing has broken yet').count()).toBe(0);
    expect(await page.getByText('(0)').count()).toBe(0);
    await page.goto(new URL('/settings', dashboard.server.url).href);
    await page.getByText('The mode is not known.').waitFor();
  }, 60_000);

  it('misses the heartbeat of the Auto Healer, whatever the others say', async () => {
    const config = { env: 'prod', apiUrl: '/api', liveUpdates: false, heartbeatMinutes: 5 };
    const auth = { kind: 'local', sessionUrl: '/local/session', roles: ['admin'] };
    await context.route('**/config.json', (route) => route.fulfill({ json: { ...config, auth } }));
    const lastHeartbeat = new Date(Date.now() - 3_600_000).toISOString();
    await answering('listAgents', '/agents', () => ({
      agents: theAgents().agents.map((agent) => (agent.name === 'auto-healer' ? { ...agent, lastHeartbeat } : agent)),
    }));
    const page = await visit('/');
    await page.getByRole('list', { name: 'State of the environment' }).getByText('silent, last').waitFor();
    expect(await page.title()).toBe('Overview - Kintsugi prod');
    await page.getByText('Kintsugi prod').filter({ visible: true }).first().waitFor();
    await page.goto(new URL('/agents', dashboard.server.url).href);
    await page.getByText('silent, last').waitFor();
    expect(await page.getByText('silent, last').count()).toBe(1);
  }, 60_000);

  it('lets a kill switch be pressed again that is closed in part', async () => {
    const page = await visit('/settings');
    await page.getByText('The mode is Automatic.').waitFor();
    for (const reason of ['it does harm', 'one place is open']) {
      await page.getByRole('button', { name: 'Stop everything' }).click();
      const dialog = page.getByRole('dialog', { name: 'Stop every automatic action in dev?' });
      await dialog.getByText('nothing is recorded until kintsugi resume').waitFor();
      await dialog.getByRole('textbox').fill(reason);
      await dialog.getByRole('button', { name: 'Stop everything' }).click();
      await dialog.waitFor({ state: 'detached' });
      await page.getByText('Healing is off').first().waitFor();
    }
    expect(dashboard.api.sent.map(({ operation }) => operation)).toEqual(['stopEverything', 'stopEverything']);
  }, 60_000);

  it('keeps the steps by hand in sight after somebody has taken over', async () => {
    const page = await visit(ASKING);
    await page.getByRole('button', { name: /^Take over: / }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('watches for an hour').waitFor();
    await dialog.getByRole('button', { name: 'Take over', exact: true }).click();
    await page.getByText('Handed to a person').first().waitFor();
    await dialog.getByText('It is yours now').waitFor();
    await dialog.getByText('Open the service in the ECS console').waitFor();
    await dialog.getByRole('button', { name: 'Close', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
  }, 60_000);

  it('leaves the judgement of the time to the API', async () => {
    const expiresAt = new Date(Date.now() - 60_000).toISOString();
    await askingWith(() => ({ approval: { ...theApproval(), expiresAt } }));
    const page = await visit(ASKING);
    await page.getByText("By this computer's clock the question has expired").waitFor();
    expect(await isDisabled(page, /^Approve: /)).toBe(false);
  }, 60_000);

  it('keeps what somebody writes when somebody else answers', async () => {
    let approval: ReturnType<typeof theApproval> | null = theApproval();
    await askingWith(() => ({ approval }));
    const page = await visit(ASKING);
    await page.getByRole('button', { name: /^Decline: / }).click();
    const dialog = page.getByRole('dialog', { name: 'Decline this action in dev?' });
    await dialog.getByRole('textbox').fill('a release is on its way');
    approval = null;
    await dialog.getByText('Somebody answered meanwhile').waitFor();
    expect(await dialog.getByRole('textbox').inputValue()).toBe('a release is on its way');
    expect(await page.getByRole('button', { name: /^Decline: / }).count()).toBe(0);
  }, 60_000);

  it('says that a first approval does nothing yet, and asks nobody twice', async () => {
    const base = theApproval();
    const question = { ...base.question, approvals: 2 };
    let consents: ReturnType<typeof theApproval>['consents'] = [];
    await askingWith(() => ({ approval: { ...base, question, consents } }));
    const page = await visit(ASKING);
    await page.getByRole('button', { name: /^Approve: / }).click();
    await page.getByRole('dialog').getByText('Nothing is done until a second person approves the same.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    consents = [{ approver: 'Admin@shop.example', planHash: base.planHash, at: base.requestedAt }];
    await page.getByText('Admin@shop.example did').waitFor();
    expect(await isDisabled(page, /^Approve: /)).toBe(true);
    expect(await isDisabled(page, /^Decline: /)).toBe(false);
  }, 60_000);

  it('shows the verdict that asked and the one after the answer', async () => {
    const { journal } = theDetail();
    const asked = journal.flatMap((record) => (record.kind === 'verdict_given' ? [record] : []));
    const again = asked.map((record) => ({
      ...record,
      seq: journal.length + 1,
      body: { ...record.body, verdict: 'allow' as const },
    }));
    await askingWith(() => ({ journal: [...journal, ...again] }));
    const page = await visit(`${ASKING}?tab=guards`);
    await page.getByRole('table', { name: 'Guards: Attempt 1, after the answer' }).waitFor();
    await page.getByRole('table', { name: 'Guards: Attempt 1', exact: true }).waitFor();
    await page.getByText('At least one of them wants a person to decide.').waitFor();
    await page.getByText('All of them allowed it.').waitFor();
  }, 60_000);

  it('leaves most of an allowance to its reader while it polls', async () => {
    let requests = 0;
    context.on('request', (request) => {
      if (/\/api\/(events|incidents\/)/.test(request.url())) requests += 1;
    });
    const page = await visit(ASKING);
    await page.getByRole('button', { name: /^Approve: / }).waitFor();
    const before = requests;
    await page.waitForTimeout(6_000);
    expect(requests - before).toBeLessThanOrEqual(6);
  }, 60_000);
});
