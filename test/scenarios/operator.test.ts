import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  DeleteFunctionCommand,
  LambdaClient,
  ListFunctionsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { ListSubscriptionsByTopicCommand, SNSClient, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { DeleteParameterCommand, GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Browser, Page } from 'playwright-core';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Watcher } from '../../bench/matrix/watcher.ts';
import { watcherOf } from '../../bench/matrix/watcher.ts';
import type { Finding } from '../../cli/doctor/finding.ts';
import type { Incident } from '../../core/contracts/incident.ts';
import { attemptsOf } from '../../core/explanation/timeline.ts';
import type { DashboardServer } from '../../local/dashboard/dashboard-server.ts';
import { openDashboard } from '../../local/dashboard/dashboard.ts';
import type { FaultName } from '../../local/faults/fault.ts';
import { inject } from '../../local/faults/faults.ts';
import type { LocalCloud } from '../../local/local-cloud.ts';
import { startLocalCloud } from '../../local/local-cloud.ts';
import { launchBrowser, settled } from '../browser/browser.ts';
import type { LocalCli } from '../support/local-cli.ts';
import { localCli } from '../support/local-cli.ts';
import { describeDelays, median, slowdown } from '../support/slowdown.ts';

/**
 * What an operator has, over the real local cloud: the dashboard in a real Chromium, the command line, and a set-up that
 * somebody breaks. Tests go on where those before them have left the system, as a day does.
 */
/** What the dashboard promises: a phase is visible a second after it was recorded, on a machine that is not overloaded. */
const LATE_MS = 1_000;
const HEAL_MS = 90_000;

/** Runs in the page: when each phase, and each link to an incident, was first on the screen. */
const OBSERVE = `
  window.firstSeen = {};
  const see = (name) => { window.firstSeen[name] ??= Date.now(); };
  const look = () => {
    for (const one of document.querySelectorAll('[data-phase]')) {
      see([one.closest('ol').getAttribute('aria-label'), one.dataset.phase, one.dataset.state].join('/'));
    }
    for (const one of document.querySelectorAll('a[href*="/incidents/inc-"]')) see(one.getAttribute('href'));
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state', 'href'] });
`;

const OPEN_INCIDENTS = 'ul[aria-label="Open incidents"] a[href*="/incidents/inc-"]';
/** Runs in the page, whose names this file does not know. */
const hrefsOf = new Function('all', 'return all.map((one) => one.getAttribute("href"))') as (all: unknown) => string[];

describe('an operator of the local cloud', () => {
  let cloud: LocalCloud;
  let watcher: Watcher;
  let cli: LocalCli;
  let dashboard: DashboardServer;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  const config = () => ({ endpoint: cloud.endpoint, region: cloud.ecs.region });

  beforeAll(async () => {
    cloud = await startLocalCloud({ dir: process.cwd() });
    watcher = watcherOf(cloud);
    cli = await localCli(cloud);
    const signal = new AbortController().signal;
    dashboard = await openDashboard(
      { dir: process.cwd(), cloud, onProgress: () => undefined, signal },
      Promise.resolve(),
    );
    await cli.announce({ dashboard: dashboard.url });
    browser = await launchBrowser();
    const context = await browser.newContext({ viewport: { width: 1280, height: 1_600 } });
    await context.addInitScript(OBSERVE);
    page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
  }, 540_000);

  afterAll(async () => {
    await browser?.close();
    await dashboard?.close();
    await cli?.close();
    await cloud?.stop();
  }, 60_000);

  const open = async (path: string): Promise<void> => {
    await page.goto(new URL(path, dashboard.url).href);
    await settled(page);
  };

  const incidents = (): Promise<readonly Incident[]> =>
    watcher.incidentsSince(
      cloud.shops.flatMap((shop) => shop.services),
      new Date(0),
    );

  /** Breaks a service while the overview is on the screen, and follows the link to its incident as soon as it is there. */
  const breakAndFollow = async (
    fault: FaultName,
    role: string,
  ): Promise<{ id: string; clear: () => Promise<void> }> => {
    await open('/');
    const known = new Set((await incidents()).map(({ incidentId }) => incidentId));
    const clear = await inject(cloud.faultContext(), fault, role);
    const end = Date.now() + HEAL_MS;
    for (;;) {
      const links = await page.locator(OPEN_INCIDENTS).evaluateAll(hrefsOf);
      const link = links.find((href) => !known.has(href.split('/').at(-1) ?? ''));
      if (link !== undefined) {
        await page
          .locator(OPEN_INCIDENTS)
          .and(page.locator(`[href="${link}"]`))
          .first()
          .click();
        return { id: link.split('/').at(-1) ?? '', clear: async () => void (await clear()) };
      }
      if (Date.now() > end) throw new Error(`no incident of ${role} was shown within ${HEAL_MS} ms`);
      await sleep(50);
    }
  };

  /** How much slower than alone this machine was, at each look. */
  const slow: number[] = [];
  const until = async (id: string, wanted: (incident: Incident) => boolean): Promise<Incident> => {
    for (const end = Date.now() + HEAL_MS; Date.now() < end; await sleep(1_000)) {
      slow.push(slowdown());
      const incident = (await incidents()).find(({ incidentId }) => incidentId === id);
      if (incident !== undefined && wanted(incident)) return incident;
    }
    throw new Error(`${id} did not get there within ${HEAL_MS} ms`);
  };

  const closed = ({ closedAt }: Incident): boolean => closedAt !== null;

  test('the doctor finds nothing wrong with it', async () => {
    const { code, out } = await cli.run('doctor', '--json');
    const { findings } = JSON.parse(out) as { findings: Finding[] };
    expect(findings.filter(({ status }) => status === 'error')).toEqual([]);
    expect(code).toBe(0);
    expect(await cli.run('dashboard')).toMatchObject({ code: 0, out: `${dashboard.url}\n` });
  }, 60_000);

  const heals: string[] = [];
  test.each([
    ['hang', 'payments'],
    ['bad-deployment', 'checkout'],
  ] as const)(
    'each phase of the heal of %s is on the screen a second after its record',
    async (fault, role) => {
      const { id, clear } = await breakAndFollow(fault, role);
      slow.length = 0;
      const followed = cli.run('watch', '--json', '--for', '45');
      const { status } = await until(id, closed);
      heals.push(id);
      await clear();
      await sleep(LATE_MS + 500);
      const seen = (await page.evaluate('window.firstSeen')) as Readonly<Record<string, number>>;
      const records = await watcher.journal(id);
      const opened = Date.parse(records[0]?.at ?? '');
      const delays = attemptsOf(records).flatMap(({ attempt, phases }) =>
        phases
          .filter(({ state }) => state === 'done')
          .map(({ name, endedAt }) => {
            const at = seen[`Phases of attempt ${attempt}/${name}/done`] ?? Infinity;
            return { phase: `${attempt} ${name}`, ms: at - Date.parse(endedAt ?? '') };
          }),
      );
      const all = [{ phase: 'opened', ms: (seen[`/incidents/${id}`] ?? Infinity) - opened }, ...delays];
      console.log(`${fault}: ${describeDelays(all, LATE_MS, slow)}`);
      expect(delays.length).toBeGreaterThanOrEqual(7);
      const allowedMs = LATE_MS * Math.max(1, median(slow));
      expect(all.filter(({ ms }) => ms > allowedMs)).toEqual([]);
      const events = (await followed).out
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as { event: string; phase: string | null; incidentId: string });
      expect(events.filter(({ incidentId, event }) => incidentId === id && event === 'phase').length).toBe(
        delays.length,
      );
      expect(events.find(({ incidentId, event }) => incidentId === id && event === 'ended')).toMatchObject({
        state: status,
      });
    },
    180_000,
  );

  test('a deep link shows why, and a proof is verified', async () => {
    const [id] = heals;
    await open(`/incidents/${id}?tab=decision`);
    await page.getByText('What is believed to be wrong').waitFor();
    await page.getByRole('tab', { name: 'Proof' }).click();
    await page.getByRole('button', { name: 'Verify the proof' }).click();
    await page.getByText('records are as they were written').waitFor();
    expect(page.url()).toContain('tab=proof');
  }, 60_000);

  test('a rating reaches the learner and the statistics, once', async () => {
    const [id = ''] = heals;
    const rate = ['feedback', id, '--resolved', 'yes', '--rating', 'too-slow'] as const;
    await cli.done(...rate);
    expect(await cli.run(...rate)).toMatchObject({ code: 1, err: expect.stringContaining('has rated') });
    await open(`/incidents/${id}`);
    await page.getByRole('button', { name: 'Send feedback' }).click();
    await page.getByRole('button', { name: 'Send feedback' }).waitFor({ state: 'detached' });
    await open('/agents');
    await page.getByText('1 helpful, 1 too slow').waitFor();
    const log = await scan('Experiences');
    expect(log.filter(({ kind }) => kind === 'feedback')).toMatchObject([{ executionId: `${id}#feedback` }]);
    await cli.done('learner', 'rebuild');
  }, 90_000);

  test('a person approves, and it is done; another declines, and it is not', async () => {
    await cli.done('mode', 'manual');
    const first = await breakAndFollow('hang', 'payments');
    await page.getByRole('button', { name: /^Approve: / }).click({ timeout: HEAL_MS });
    await page.getByRole('dialog').getByRole('button', { name: 'Approve', exact: true }).click();
    expect(await until(first.id, closed)).toMatchObject({ status: 'recovered' });
    await page.locator('[data-phase="Explain"][data-state="done"]').waitFor();
    await first.clear();
    const second = await breakAndFollow('bad-deployment', 'checkout');
    await page.getByRole('button', { name: /^Decline: / }).click({ timeout: HEAL_MS });
    await page.getByRole('dialog').getByRole('textbox').fill('a release is on its way');
    await page.getByRole('dialog').getByRole('button', { name: 'Decline', exact: true }).click();
    expect(await until(second.id, closed)).toMatchObject({ status: 'escalated' });
    await page.getByText('Handed to a person').first().waitFor();
    const kinds = (await watcher.journal(second.id)).map(({ kind }) => kind);
    expect(kinds).not.toContain('action_intended');
    await second.clear();
  }, 300_000);

  test('everything is stopped', async () => {
    await open('/settings');
    await page.getByRole('button', { name: 'Stop everything' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('it does harm');
    await page.getByRole('dialog').getByRole('button', { name: 'Stop everything' }).click();
    await page.getByText('Healing is off').first().waitFor();
    const { out } = await cli.run('mode', '--json');
    expect(JSON.parse(out)).toMatchObject({ mode: 'off' });
  }, 60_000);

  test('nothing was complained about in the console meanwhile', () => expect(complaints).toEqual([]));

  const scan = async (table: string): Promise<readonly Record<string, unknown>[]> => {
    const name = cloud.outputs['Kintsugi-dev-Data']?.[`${table}TableName`];
    const client = DynamoDBDocumentClient.from(new DynamoDBClient(config()));
    return (await client.send(new ScanCommand({ TableName: String(name) }))).Items ?? [];
  };

  describe('a set-up that somebody breaks: the doctor finds it, and says the fix', () => {
    const broken = async (...line: readonly string[]): Promise<readonly Finding[]> => {
      const { out } = await cli.run('doctor', '--json', ...line);
      return (JSON.parse(out) as { findings: Finding[] }).findings.filter(({ status }) => status !== 'ok');
    };
    const operations = () => cloud.outputs['Kintsugi-dev-Operations'] ?? {};

    test('the mode is off, and then is not there at all', async () => {
      expect(await broken()).toContainEqual(
        expect.objectContaining({ check: 'mode', status: 'warning', fix: 'kintsugi resume --mode manual' }),
      );
      await new SSMClient(config()).send(new DeleteParameterCommand({ Name: '/kintsugi/dev/mode' }));
      expect(await broken()).toContainEqual(
        expect.objectContaining({ check: 'mode', status: 'error', fix: 'kintsugi mode manual' }),
      );
      await cli.done('mode', 'manual');
      expect(await broken()).not.toContainEqual(expect.objectContaining({ check: 'mode' }));
    }, 60_000);

    test('signals are not read', async () => {
      const UUID = String(operations()['SignalsMappingId']);
      await new LambdaClient(config()).send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
      expect(await broken()).toContainEqual(
        expect.objectContaining({ check: 'event-sources', where: UUID, fix: 'kintsugi resume --mode manual' }),
      );
      await cli.done('resume', '--mode', 'manual');
      expect(await broken()).not.toContainEqual(expect.objectContaining({ check: 'event-sources' }));
    }, 60_000);

    test('a function is gone', async () => {
      const lambda = new LambdaClient(config());
      const { Functions = [] } = await lambda.send(new ListFunctionsCommand({ MaxItems: 50 }));
      const name = Functions.map(({ FunctionName = '' }) => FunctionName).find((one) => one.includes('LearningCheck'));
      await lambda.send(new DeleteFunctionCommand({ FunctionName: String(name) }));
      expect(await broken()).toContainEqual(
        expect.objectContaining({ check: 'functions', where: name, status: 'error', fix: 'npm start' }),
      );
    }, 60_000);

    test('alarms reach nothing', async () => {
      const sns = new SNSClient(config());
      const { Parameter } = await new SSMClient(config()).send(
        new GetParameterCommand({ Name: '/kintsugi/dev/alarm-topic-arn' }),
      );
      const { Subscriptions = [] } = await sns.send(
        new ListSubscriptionsByTopicCommand({ TopicArn: String(Parameter?.Value) }),
      );
      for (const { SubscriptionArn } of Subscriptions) await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
      expect(await broken()).toContainEqual(
        expect.objectContaining({
          check: 'alarm-topic',
          fix: expect.stringMatching(/^aws sns subscribe --topic-arn .+ --attributes RawMessageDelivery=true$/),
        }),
      );
    }, 60_000);

    test('the heart has stopped', async () => {
      const TableName = String(cloud.outputs['Kintsugi-dev-Data']?.['AgentsTableName']);
      const client = DynamoDBDocumentClient.from(new DynamoDBClient(config()));
      const lastHeartbeat = new Date(Date.now() - 7_200_000).toISOString();
      const known = await scan('Agents');
      const items = known.length > 0 ? known : [{ agentId: 'AGENT-20261121-053000-0001-ABCD' }];
      for (const item of items) await client.send(new PutCommand({ TableName, Item: { ...item, lastHeartbeat } }));
      expect(await broken()).toContainEqual(
        expect.objectContaining({ check: 'heartbeat', what: expect.stringContaining('120 minutes old') }),
      );
    }, 60_000);

    test('an alarm on Kintsugi itself rings', async () => {
      const cloudwatch = new CloudWatchClient(config());
      const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({}));
      const alarm = MetricAlarms.find(({ AlarmDescription = '' }) => AlarmDescription.includes('executions-failed.md'));
      const { AlarmName = '', Namespace, MetricName, Dimensions } = alarm ?? {};
      // What is only set to ALARM is OK again at the next measurement.
      const MetricData = [{ MetricName, Dimensions, Value: 1 }];
      await cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData }));
      const rings = async () =>
        (await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }))).MetricAlarms?.[0]
          ?.StateValue === 'ALARM';
      for (const end = Date.now() + 20_000; !(await rings()) && Date.now() < end;) await sleep(250);
      expect(await broken()).toContainEqual(
        expect.objectContaining({ check: 'alarms', fix: 'less lib/observability/runbooks/executions-failed.md' }),
      );
    }, 60_000);

    test('a stack could not be created', async () => {
      const cloudformation = new CloudFormationClient(config());
      const StackName = 'Kintsugi-dev-Extra';
      const Properties = { TargetFunctionArn: 'nobody', AuthType: 'AWS_IAM' };
      const TemplateBody = JSON.stringify({ Resources: { Nowhere: { Type: 'AWS::Lambda::Url', Properties } } });
      await cloudformation.send(new CreateStackCommand({ StackName, TemplateBody }));
      const status = async () =>
        (await cloudformation.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0]?.StackStatus ?? '';
      for (const end = Date.now() + 20_000; !(await status()).endsWith('COMPLETE') && Date.now() < end;)
        await sleep(250);
      expect(await broken()).toContainEqual(
        expect.objectContaining({
          check: 'stacks',
          where: StackName,
          status: 'error',
          what: expect.stringContaining('ROLLBACK'),
        }),
      );
    }, 60_000);

    test('a user without a permission, no credentials that AWS takes, and an endpoint that is not there', async () => {
      const iam = new IAMClient(config());
      await iam.send(new CreateUserCommand({ UserName: 'newcomer' }));
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'newcomer' }));
      const before = { ...process.env };
      try {
        process.env['AWS_ENDPOINT_URL'] = cloud.endpoint;
        process.env['AWS_ACCESS_KEY_ID'] = String(AccessKey?.AccessKeyId);
        process.env['AWS_SECRET_ACCESS_KEY'] = String(AccessKey?.SecretAccessKey);
        expect(await broken('--aws')).toContainEqual(
          expect.objectContaining({
            check: 'permissions',
            fix: expect.stringContaining('put-user-policy --user-name newcomer'),
          }),
        );
        process.env['AWS_ENDPOINT_URL'] = 'http://127.0.0.1:1';
        expect(await broken('--aws')).toContainEqual(
          expect.objectContaining({ check: 'emulator', status: 'error', fix: 'unset AWS_ENDPOINT_URL' }),
        );
      } finally {
        process.env = before;
      }
      await cli.announce({ endpoint: 'http://127.0.0.1:1' });
      expect(await broken()).toContainEqual(
        expect.objectContaining({
          check: 'emulator',
          where: 'http://127.0.0.1:1',
          fix: `kill ${process.pid}; npm start`,
        }),
      );
    }, 120_000);
  });
});
