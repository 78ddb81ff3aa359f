import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import { seriousFindings } from './axe.ts';
import { launchBrowser, openPage, serveRecorded, settled, until, type RecordedDashboard } from './browser.ts';
import { pressOn, tabTo } from './keyboard.ts';
import { incidentIds } from './recorded-answers.ts';

const projectDir = join(__dirname, '..', '..');

let browser: Browser;
let context: BrowserContext;
let dashboard: RecordedDashboard;

const visit = (path: string) => openPage(context, new URL(path, dashboard.server.url).href);

describe('the dashboard', () => {
  beforeAll(async () => {
    browser = await launchBrowser();
  }, 60_000);
  afterAll(() => browser.close());
  beforeEach(async () => {
    dashboard = await serveRecorded(projectDir, 300);
    context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  });
  afterEach(async () => {
    await context.close();
    await dashboard.close();
  });

  describe('every page', () => {
    const paths = [
      '/',
      '/incidents',
      `/incidents/${incidentIds.asking}`,
      `/incidents/${incidentIds.healed}?tab=decision`,
      `/incidents/${incidentIds.healed}?tab=guards`,
      '/topology',
      '/deployments',
      '/agents',
      '/learning',
      '/policies',
      '/settings',
    ];
    it.each(paths)(
      '%s has no serious finding of axe, in light and in dark, and breaks no policy',
      async (path) => {
        const { page, complaints } = await visit(path);
        await settled(page);
        expect(await seriousFindings(page)).toEqual([]);
        await page.emulateMedia({ colorScheme: 'dark' });
        expect(await seriousFindings(page)).toEqual([]);
        expect(complaints).toEqual([]);
      },
      60_000,
    );

    it.each(paths)(
      '%s fits a phone without scrolling sideways',
      async (path) => {
        const { page } = await visit(path);
        await page.setViewportSize({ width: 390, height: 844 });
        await settled(page);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
      },
      60_000,
    );
  });

  describe('with the keyboard alone', () => {
    it('shows what is broken and leads to why', async () => {
      const { page } = await visit('/');
      await settled(page);
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
      await pressOn(page, page.getByRole('list', { name: 'Open incidents' }).getByRole('link', { name: 'payments' }));
      await page.getByText('badDeploy 81 %').waitFor();
      await tabTo(page, page.getByRole('tab', { name: 'Evidence' }));
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      await page.getByText('What is believed to be wrong').waitFor();
    }, 60_000);

    it('approves the proposed action', async () => {
      const { page } = await visit(`/incidents/${incidentIds.asking}`);
      await pressOn(page, page.getByRole('button', { name: /^Approve: / }));
      await pressOn(page, page.getByRole('dialog').getByRole('button', { name: 'Approve', exact: true }));
      await page.getByRole('button', { name: /^Approve: / }).waitFor({ state: 'detached' });
      expect(dashboard.api.sent).toEqual([
        { operation: 'answerApproval', body: expect.objectContaining({ answer: 'approve', reason: null }) as unknown },
      ]);
    }, 60_000);

    it('approves an alternative instead', async () => {
      const { page } = await visit(`/incidents/${incidentIds.asking}`);
      await pressOn(page, page.getByRole('button', { name: /^Approve this: replace/ }));
      await pressOn(page, page.getByRole('dialog').getByRole('button', { name: 'Approve', exact: true }));
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      const [sent] = dashboard.api.sent;
      expect(sent?.body).toMatchObject({ answer: 'approve' });
      expect((sent?.body as { planHash: string }).planHash).not.toBe('');
    }, 60_000);

    it('declines with a reason', async () => {
      const { page } = await visit(`/incidents/${incidentIds.asking}`);
      await pressOn(page, page.getByRole('button', { name: /^Decline: / }));
      await tabTo(page, page.getByRole('dialog').getByRole('textbox'));
      await page.keyboard.type('a release is on its way');
      await pressOn(page, page.getByRole('dialog').getByRole('button', { name: 'Decline', exact: true }));
      await page.getByText('Handed to a person').first().waitFor();
      expect(dashboard.api.sent[0]?.body).toMatchObject({ answer: 'decline', reason: 'a release is on its way' });
    }, 60_000);

    it('stops everything after saying what that means', async () => {
      const { page } = await visit('/settings');
      await pressOn(page, page.getByRole('button', { name: 'Stop everything' }));
      await page.getByText('no action is started in this environment').waitFor();
      await tabTo(page, page.getByRole('dialog').getByRole('textbox'));
      await page.keyboard.type('it does harm');
      await pressOn(page, page.getByRole('dialog').getByRole('button', { name: 'Stop everything' }));
      await page.getByText('Healing is off').first().waitFor();
      await page.getByText('IAM denial: not closed').waitFor();
      expect(dashboard.api.sent).toMatchObject([{ operation: 'stopEverything', body: { reason: 'it does harm' } }]);
    }, 60_000);

    it('asks and requests in the chat, and nothing is done before a yes', async () => {
      const { page } = await visit('/');
      await pressOn(page, page.getByRole('button', { name: 'Open the chat' }));
      const message = page.getByRole('textbox', { name: 'Message' });
      await message.waitFor();
      await tabTo(page, message);
      await page.keyboard.type('what is broken?');
      await page.keyboard.press('Enter');
      await page.getByText('One incident is open.').waitFor();
      expect(await seriousFindings(page)).toEqual([]);
      await tabTo(page, message);
      await page.keyboard.type('scale checkout to 4');
      await page.keyboard.press('Enter');
      await pressOn(page, page.getByRole('button', { name: 'Cancel', exact: true }));
      await page.getByText('Nothing will be done.').waitFor();
      await tabTo(page, message);
      await page.keyboard.type('scale checkout to 4');
      await page.keyboard.press('Enter');
      await pressOn(page, page.getByRole('button', { name: 'Confirm', exact: true }));
      await page.getByText('The plan is to scale out from 2 to 4 tasks.').waitFor();
      expect(await seriousFindings(page)).toEqual([]);
      const said = dashboard.api.sent.map(({ body }) => (body as { message: string }).message);
      expect(said).toEqual(['what is broken?', 'scale checkout to 4', 'no', 'scale checkout to 4', 'yes']);
    }, 90_000);

    it('begins the trial of a version that has passed, and of no other', async () => {
      const { page } = await visit('/learning');
      const tries = page.getByRole('button', { name: /^Try version / });
      await tries.first().waitFor();
      const disabled = await tries.evaluateAll((buttons) =>
        buttons.map((button) => button.getAttribute('aria-disabled')),
      );
      expect(disabled).toEqual([null, 'true']);
      await pressOn(page, tries.first());
      await page.getByText('rollback against badDeploy: 71 % to 84 %').waitFor();
      expect(await seriousFindings(page)).toEqual([]);
      await tabTo(page, page.getByRole('dialog').getByRole('textbox'));
      await page.keyboard.type('it has passed');
      await pressOn(page, page.getByRole('dialog').getByRole('button', { name: 'Begin', exact: true }));
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(dashboard.api.sent).toEqual([{ operation: 'promoteModel', body: { reason: 'it has passed' } }]);
    }, 60_000);

    it('shows what another policy would have changed', async () => {
      const { page } = await visit('/policies');
      await pressOn(page, page.getByRole('button', { name: 'Simulate' }));
      await page.getByText('84 decisions of the 61 incidents of the last seven days were judged again.').waitFor();
      await page.getByText('no-rollback: releases are rolled back by people').waitFor();
      expect(await seriousFindings(page)).toEqual([]);
      expect(dashboard.api.sent).toMatchObject([{ operation: 'simulatePolicies' }]);
    }, 60_000);

    it('verifies a proof', async () => {
      const { page } = await visit(`/incidents/${incidentIds.healed}?tab=proof`);
      await pressOn(page, page.getByRole('button', { name: 'Verify the proof' }));
      await page.getByText('records are as they were written').waitFor();
    }, 60_000);
  });

  describe('when it cannot be done', () => {
    it('names the missing role instead of offering what a viewer may not do', async () => {
      await context.addInitScript("localStorage.setItem('kintsugi.role', 'viewer')");
      const { page } = await visit(`/incidents/${incidentIds.asking}`);
      const approve = page.getByRole('button', { name: /^Approve: / });
      const button = `document.querySelector('[aria-label^="Approve: "]')`;
      await approve.waitFor();
      await until(page, `${button}.getAttribute('aria-disabled') === 'true'`);
      await tabTo(page, approve);
      const described = `document.getElementById(${button}.getAttribute('aria-describedby')).textContent`;
      expect(await page.evaluate(described)).toBe('Needs the role approver; you have viewer.');
    }, 60_000);

    it('says what to do when the API fails, and comes back by itself', async () => {
      const { page } = await visit('/topology');
      await settled(page);
      dashboard.api.failWith(503);
      await page.getByText('failed on purpose').first().waitFor({ timeout: 20_000 });
      expect(await page.getByRole('heading', { name: 'Graph' }).isVisible()).toBe(true);
      dashboard.api.failWith(null);
      await page.getByText('failed on purpose').first().waitFor({ state: 'detached', timeout: 30_000 });
    }, 90_000);

    it('says that an incident does not exist', async () => {
      const { page } = await visit('/incidents/inc-20200101-000000-nothing-000000');
      await page.getByText('there is nothing recorded').waitFor();
    }, 60_000);
  });

  it('gives its token to pages of its own only', async () => {
    const foreign = await fetch(new URL('/local/session', dashboard.server.url), {
      method: 'POST',
      headers: { origin: 'http://elsewhere.example', 'content-type': 'application/json' },
      body: '{"role":"admin"}',
    });
    expect(foreign.status).toBe(403);
  });
});
