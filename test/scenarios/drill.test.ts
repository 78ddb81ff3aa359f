import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Watcher } from '../../bench/matrix/watcher.ts';
import { watcherOf } from '../../bench/matrix/watcher.ts';
import { verifyChain } from '../../core/journal/chain.ts';
import { deadLettersOf } from '../../cli/system/dead-letters.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import type { LocalCloud } from '../../local/local-cloud.ts';
import { startLocalCloud } from '../../local/local-cloud.ts';

/** The drill of the deployed system, begun by hand, in minutes as on AWS; and the way back out of dead letters. */
describe('Kintsugi looks after itself', () => {
  let cloud: LocalCloud;
  let watcher: Watcher;
  let sqs: SQSClient;
  let cloudwatch: CloudWatchClient;
  let measuring: NodeJS.Timeout;

  beforeAll(async () => {
    cloud = await startLocalCloud({
      dir: process.cwd(),
      shopPrefixes: [],
      drill: true,
      // Queues are measured by the minute, here as there.
      limits: { holdSeconds: 60, observeWindowSeconds: 240, effectDeadlineSeconds: 300 },
    });
    watcher = watcherOf(cloud);
    sqs = new SQSClient({ endpoint: cloud.endpoint });
    cloudwatch = new CloudWatchClient({ endpoint: cloud.endpoint });
    measuring = setInterval(() => void measure().catch(() => undefined), 2_000);
  }, 300_000);

  afterAll(async () => {
    clearInterval(measuring);
    sqs?.destroy();
    cloudwatch?.destroy();
    await cloud?.stop();
  }, 30_000);

  const output = (stack: string, key: string): string => cloud.outputs[`Kintsugi-dev-${stack}`]?.[key] ?? '';
  const depthOf = async (QueueUrl: string): Promise<number> => {
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] });
    return Number((await sqs.send(command)).Attributes?.ApproximateNumberOfMessages);
  };

  /** What SQS itself reports on AWS: the emulator measures no queues. */
  const measure = async (): Promise<void> => {
    const url = output('Drill', 'DeadLettersUrl');
    const MetricData = [
      {
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Dimensions: [{ Name: 'QueueName', Value: url.split('/').at(-1) ?? '' }],
        Value: await depthOf(url),
      },
    ];
    await cloudwatch.send(new PutMetricDataCommand({ Namespace: 'AWS/SQS', MetricData }));
  };

  test('a drill is healed by the whole loop, and touches nothing but its own queue', async () => {
    const since = new Date();
    await sleep(5_000);
    const QueueUrl = output('Drill', 'DeadLettersUrl');
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a drill: nobody needs this' }));
    const deadline = Date.now() + 480_000;
    let [incident] = await watcher.incidentsSince(['drill'], since);
    while (incident?.closedAt == null && Date.now() < deadline) {
      await sleep(2_000);
      [incident] = await watcher.incidentsSince(['drill'], since);
    }
    expect(incident).toMatchObject({ status: 'recovered', lastAction: 'redrive', attempts: 1 });
    expect(await depthOf(QueueUrl)).toBe(0);
    expect(verifyChain(await watcher.journal(incident?.incidentId ?? ''), sha256)).toEqual([]);
  }, 540_000);

  test('what lies in the dead letters is found by its runbook, shown without credentials, and moved back', async () => {
    const letters = deadLettersOf('dev', { endpoint: cloud.endpoint, region: cloud.ecs.region });
    const before = await letters.queues();
    expect(before.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['signals-dead-letters', 'signals-quarantined', 'escalations-dead-letters']),
    );
    const queue = before.find(({ id }) => id === 'signals-dead-letters');
    if (queue === undefined) throw new Error('the signals have no dead letters');
    expect(queue.destination?.url).toBe(output('Events', 'SignalsQueueUrl'));
    const body = JSON.stringify({ source: 'nobody', password: 'password=hunter2-hunter2' });
    await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: body }));
    const [message] = await letters.peek(queue, 5);
    expect(message?.body).not.toContain('hunter2-hunter2');
    expect(await letters.redrive(queue, null)).toEqual({ how: 'one by one', messages: 1 });
    expect((await letters.peek(queue, 5)).length).toBe(0);
    // It was handled once more: the Issue Monitor cannot understand it either.
    const quarantine = output('Events', 'QuarantineQueueUrl');
    const deadline = Date.now() + 30_000;
    while ((await depthOf(quarantine)) === 0 && Date.now() < deadline) await sleep(500);
    expect(await depthOf(quarantine)).toBeGreaterThan(0);
  }, 60_000);
});
