import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { WebSocket } from 'ws';
import type * as z from 'zod';
import { LiveMessageSchema, LiveTicketSchema } from '../../core/contracts/api/events.ts';
import { anEventDetail } from '../../test/support/events.ts';
import { wholeNumber } from '../shared/options.ts';
import type { LocalApi } from './local-api.ts';
import { startLocalApi } from './local-api.ts';

/**
 * Fifty dashboards with live updates, and a hundred requests a second beside them: `npm run bench:api`.
 *
 * Requests are sent by the clock, whether the earlier ones were answered or not, so that a slow answer is not hidden by a
 * client that waits for it.
 */
const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '100' },
    connections: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '30' },
  },
});
const RATE = wholeNumber('rate', values.rate);
const CONNECTIONS = wholeNumber('connections', values.connections);
const SECONDS = wholeNumber('seconds', values.seconds);
const WARM_UP_SECONDS = 15;
/** A dashboard that waits for that many answers asks no more: what is not sent counts as failed. */
const MOST_WAITING = 100;

/** What a dashboard asks for, as often as it does. */
const PATHS = [
  '/incidents?limit=25',
  '/incidents?status=open,awaiting_approval',
  '/topology',
  '/mode',
  '/agents',
  '/me',
  '/events?limit=20',
];

const dir = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;

interface Load {
  readonly latencies: number[];
  readonly failures: Map<string, number>;
}

const sendFor = async (api: LocalApi, token: string, seconds: number): Promise<Load> => {
  const load: Load = { latencies: [], failures: new Map() };
  const one = async (path: string): Promise<void> => {
    const begin = performance.now();
    const what = await fetch(`${api.baseUrl}${path}`, { headers: { authorization: `Bearer ${token}` } }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status === 200 ? null : `status ${response.status}`;
      },
      (error: Error) => error.message,
    );
    if (what === null) load.latencies.push(performance.now() - begin);
    else load.failures.set(what, (load.failures.get(what) ?? 0) + 1);
  };
  const begin = performance.now();
  const running: Promise<void>[] = [];
  let waiting = 0;
  for (let index = 0; index < seconds * RATE; index += 1) {
    await sleep(Math.max(0, begin + (index * 1_000) / RATE - performance.now()));
    if (waiting >= MOST_WAITING) {
      load.failures.set('not sent', (load.failures.get('not sent') ?? 0) + 1);
      continue;
    }
    waiting += 1;
    running.push(one(PATHS[index % PATHS.length] ?? '/mode').finally(() => (waiting -= 1)));
  }
  await Promise.all(running);
  return load;
};

/** A few callers, one request after the other: a stampede on cold functions would be what is measured. */
const warmUp = async (api: LocalApi, token: string): Promise<void> => {
  const until = performance.now() + WARM_UP_SECONDS * 1_000;
  const caller = async (offset: number): Promise<void> => {
    for (let index = offset; performance.now() < until; index += 1) {
      const path = PATHS[index % PATHS.length] ?? '/mode';
      await (await fetch(`${api.baseUrl}${path}`, { headers: { authorization: `Bearer ${token}` } })).arrayBuffer();
    }
  };
  await Promise.all([0, 1, 2, 3].map(caller));
};

/** A ticket for one connection; like a dashboard, whoever is refused asks again a moment later. */
const ticketFor = async (api: LocalApi, token: string, attempts = 5): Promise<z.output<typeof LiveTicketSchema>> => {
  const response = await fetch(`${api.baseUrl}/live/tickets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  const text = await response.text();
  if (response.ok) return LiveTicketSchema.parse(JSON.parse(text));
  if (attempts === 1) throw new Error(`POST /live/tickets answered ${response.status}: ${text}`);
  await sleep(500);
  return ticketFor(api, token, attempts - 1);
};

/** Connections that note when each event arrives, by its correlation id. */
const listen = async (api: LocalApi, token: string, arrived: Map<string, number[]>): Promise<readonly WebSocket[]> =>
  Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, index) => {
      await sleep(index * 200);
      const { url, ticket } = await ticketFor(api, token);
      const socket = new WebSocket(`${url}?ticket=${ticket}`);
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
      const subscribed = new Promise<void>((resolve) => {
        socket.on('message', (data: Buffer) => {
          const message = LiveMessageSchema.parse(JSON.parse(data.toString()));
          if (message.type === 'subscribed') resolve();
          if (message.type === 'event') arrived.get(message.detail.correlation_id)?.push(performance.now());
        });
      });
      socket.send(JSON.stringify({ action: 'subscribe' }));
      await subscribed;
      return socket;
    }),
  );

const announceEach = async (
  api: LocalApi,
  seconds: number,
  arrived: Map<string, number[]>,
): Promise<Map<string, number>> => {
  const client = new EventBridgeClient({
    endpoint: api.cloud.endpoint,
    region: api.cloud.ecs.region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const sent = new Map<string, number>();
  for (let index = 0; index < seconds; index += 1) {
    const id = `bench-${index}`;
    arrived.set(id, []);
    sent.set(id, performance.now());
    const detail = anEventDetail({
      event: 'OutcomeMeasured',
      status: 'recovered',
      latency: 1,
      timestamp: new Date().toISOString(),
      correlation_id: id,
    });
    const entry = {
      EventBusName: 'kintsugi-dev',
      Source: 'kintsugi.auto-healer',
      DetailType: detail.event,
      Detail: JSON.stringify(detail),
    };
    await client.send(new PutEventsCommand({ Entries: [entry] }));
    await sleep(Math.max(0, (sent.get(id) ?? 0) + 1_000 - performance.now()));
  }
  await sleep(5_000);
  client.destroy();
  return sent;
};

const row = (name: string, samples: readonly number[], of: number): string => {
  const sorted = [...samples].sort((a, b) => a - b);
  const ms = (share: number): string => `${Math.round(quantile(sorted, share))} ms`;
  return `| ${name} | ${samples.length} of ${of} | ${ms(0.5)} | ${ms(0.95)} | ${ms(0.99)} |`;
};

const api = await startLocalApi(dir, []);
try {
  const token = await api.token('viewer');
  const writer = await api.token('operator');
  await warmUp(api, token);
  const arrived = new Map<string, number[]>();
  const sockets = await listen(api, writer, arrived);
  const [load, sent] = await Promise.all([sendFor(api, token, SECONDS), announceEach(api, SECONDS, arrived)]);
  const delays = [...sent].flatMap(([id, at]) => (arrived.get(id) ?? []).map((then) => then - at));
  for (const socket of sockets) socket.terminate();
  const lines = [
    `${RATE} requests/s for ${SECONDS} s, ${CONNECTIONS} connections, one event a second`,
    '',
    '| what | answered | median | p95 | p99 |',
    '| --- | --- | --- | --- | --- |',
    row('request', load.latencies, RATE * SECONDS),
    row('event, from the bus to a dashboard', delays, SECONDS * CONNECTIONS),
    '',
    ...[...load.failures].map(([what, count]) => `failed: ${count} x ${what}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  process.exitCode = load.failures.size === 0 && delays.length === SECONDS * CONNECTIONS ? 0 : 1;
} finally {
  await api.stop();
}
process.exit();
