import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ListTasksCommand,
  StopTaskCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import type { ActionId } from '../../core/contracts/action.ts';
import type { FaultContext, FaultName } from '../../local/faults/fault.ts';
import { faults, inject } from '../../local/faults/faults.ts';
import { startLocalEcs, type LocalEcs } from '../../local/ecs/server.ts';
import { startShop, type Shop } from '../../local/shop/shop.ts';

/**
 * Every fault is real: it shows in the metrics, stays until something is done about it, and each action that is said to
 * cure it does. Two shops side by side share the work, so that the whole matrix fits into two minutes.
 */
jest.setTimeout(150_000);

type Metrics = Readonly<Record<string, number>>;
type Lane = { readonly shop: Shop; readonly context: FaultContext; readonly metrics: (service: string) => Metrics };

const SHOW_MS = 14_000;
const STAY_MS = 5000;
const CURE_MS = 20_000;
/** SLO of the demo shop. */
const MAX_ERROR_PERCENT = 2;
const MAX_LATENCY_MS = 400;

const latest = new Map<string, Metrics>();
const forced: string[] = [];
let ecs: LocalEcs;
let lanes: Readonly<Record<'a' | 'b', Lane>>;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const until = async (condition: () => boolean, timeoutMs: number, what: () => string, holdMs = 0): Promise<void> => {
  const deadline = Date.now() + timeoutMs;
  let since: number | undefined;
  for (;;) {
    since = condition() ? (since ?? Date.now()) : undefined;
    if (since !== undefined && Date.now() - since >= holdMs) return;
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what()}`);
    await sleep(200);
  }
};

const value = (metrics: Metrics, name: string): number => metrics[name] ?? Number.NaN;
const withinSlo = (metrics: Metrics): boolean =>
  value(metrics, 'ErrorRate') <= MAX_ERROR_PERCENT &&
  value(metrics, 'LatencyP95') <= MAX_LATENCY_MS &&
  value(metrics, 'RunningTaskCount') > 0;
const healthy = ({ shop, metrics }: Lane): boolean => shop.services.every((service) => withinSlo(metrics(service)));
const report = ({ shop, metrics }: Lane): string =>
  JSON.stringify(shop.services.map((service) => [service, metrics(service)]));

/** What identifies each fault in the service's own metrics. */
const symptoms: Readonly<Record<FaultName, (metrics: Metrics) => boolean>> = {
  'crash-loop': (m) => value(m, 'ErrorRate') > 50,
  'memory-leak': (m) => value(m, 'MemoryUtilization') > 80,
  hang: (m) => value(m, 'ErrorRate') > 15 && value(m, 'EventLoopDelay') >= 800,
  'cpu-saturation': (m) => value(m, 'CPUUtilization') > 85 && value(m, 'LatencyP95') > 700,
  'bad-deployment': (m) => value(m, 'ErrorRate') > 50 && value(m, 'DependencyErrorRate') < 5,
  'bad-configuration': (m) => value(m, 'ErrorRate') > 90 && value(m, 'DependencyErrorRate') > 90,
  'dependency-down': (m) => value(m, 'ErrorRate') === 100 && value(m, 'RunningTaskCount') === 0,
  'pool-exhaustion': (m) => value(m, 'ErrorRate') > 90 && value(m, 'PoolUtilization') === 100,
  blip: (m) => value(m, 'ErrorRate') > 10,
  'false-alarm': withinSlo,
  'misleading-symptom': (m) => value(m, 'CPUUtilization') > 80 && withinSlo(m),
  untouchable: (m) => value(m, 'ErrorRate') > 40,
};

const stopAll = async ({ client, cluster }: Shop, service: string): Promise<void> => {
  const { taskArns = [] } = await client.send(new ListTasksCommand({ cluster, serviceName: service }));
  await Promise.all(taskArns.map((task) => client.send(new StopTaskCommand({ cluster, task, reason: 'restart' }))));
};

const previousRevision = async ({ client, cluster }: Shop, service: string): Promise<string> => {
  const { services } = await client.send(new DescribeServicesCommand({ cluster, services: [service] }));
  const current = await client.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: services?.[0]?.taskDefinition }),
  );
  return `${current.taskDefinition?.family}:1`;
};

const act = async (shop: Shop, action: ActionId, service: string): Promise<void> => {
  const { client, cluster } = shop;
  const update = (change: object) => client.send(new UpdateServiceCommand({ cluster, service, ...change }));
  if (action === 'restart') await stopAll(shop, service);
  else if (action === 'redeploy') await update({ forceNewDeployment: true });
  else if (action === 'rollback') await update({ taskDefinition: await previousRevision(shop, service) });
  else if (action === 'scaleOut') await update({ desiredCount: 4 });
  else throw new Error(`no test knows how to do ${action}`);
};

/** Breaks the service, waits for the symptom, sees that it stays, cures it, and leaves the shop as it was. */
const breakAndCure = async (lane: Lane, name: FaultName, action: ActionId): Promise<void> => {
  const { shop, context, metrics } = lane;
  const service = shop.nameOf(faults[name].defaultService);
  const tasks = context.ecs.runningTasks(service).length;
  await until(
    () => healthy(lane),
    CURE_MS,
    () => `healthy before ${name}: ${report(lane)}`,
    1000,
  );
  const clear = await inject(context, name);
  await until(
    () => symptoms[name](metrics(service)),
    SHOW_MS,
    () => `${name} shows: ${report(lane)}`,
  );
  if (name === 'memory-leak') {
    // Killed for it, the task's successor takes up the leaking job where it stopped.
    const killed = new Set(context.ecs.runningTasks(service).map(({ taskId }) => taskId));
    const isSuccessor = ({ taskId }: { readonly taskId: string }): boolean => !killed.has(taskId);
    const leaksAgain = (): boolean =>
      context.ecs.runningTasks(service).every(isSuccessor) && symptoms[name](metrics(service));
    await until(leaksAgain, CURE_MS + SHOW_MS, () => `leak goes on: ${report(lane)}`);
  } else {
    await sleep(STAY_MS);
    expect({ name, withinSlo: withinSlo(metrics(service)) }).toEqual({ name, withinSlo: false });
  }
  await act(shop, action, service);
  const seen = name === 'memory-leak' ? () => value(metrics(service), 'MemoryUtilization') < 65 : () => true;
  await until(
    () => seen() && healthy(lane),
    CURE_MS,
    () => `${action} cures ${name}: ${report(lane)}`,
    3000,
  );
  if (name === 'cpu-saturation') {
    await clear();
    await shop.client.send(new UpdateServiceCommand({ cluster: shop.cluster, service, desiredCount: tasks }));
  }
};

const shopLane = async (prefix: string): Promise<Lane> => {
  const shop = await startShop({
    ecs,
    prefix,
    sink: (namespace, data) => {
      latest.set(namespace, Object.fromEntries(data.map(({ metricName, value: measured }) => [metricName, measured])));
      return Promise.resolve();
    },
  });
  const forceAlarm = (service: string): Promise<void> => Promise.resolve(void forced.push(service));
  return {
    shop,
    context: { ecs, shop, forceAlarm },
    metrics: (service) => latest.get(`Shop/${service}`) ?? {},
  };
};

beforeAll(async () => {
  ecs = await startLocalEcs({ cluster: 'shop' });
  lanes = { a: await shopLane('a-'), b: await shopLane('b-') };
});

afterAll(async () => {
  await Promise.all(Object.values(lanes).map(({ shop }) => shop.close()));
  await ecs.close();
});

const cures: Readonly<Record<'a' | 'b', readonly (readonly [FaultName, ActionId])[]>> = {
  a: [
    ['crash-loop', 'redeploy'],
    ['hang', 'restart'],
    ['pool-exhaustion', 'redeploy'],
    ['cpu-saturation', 'scaleOut'],
  ],
  b: [
    ['bad-deployment', 'rollback'],
    ['bad-configuration', 'rollback'],
    ['dependency-down', 'scaleOut'],
    ['pool-exhaustion', 'restart'],
    ['memory-leak', 'restart'],
  ],
};

test('every fault has a cure that is tried here', () => {
  const tried = new Set([...cures.a, ...cures.b].map(([name]) => name));
  const all = Object.entries(faults).filter(([, { kind }]) => kind === 'fault');
  expect(all.map(([name]) => name).filter((name) => !tried.has(name as FaultName))).toEqual([]);
});

test('faults show, stay, and are cured by what is said to cure them', async () => {
  const run = async (lane: 'a' | 'b'): Promise<void> => {
    for (const [name, action] of cures[lane]) await breakAndCure(lanes[lane], name, action);
  };
  await Promise.all([run('a'), run('b')]);
});

describe('controls', () => {
  test('a blip shows and is over without anybody doing anything', async () => {
    const { context, metrics, shop } = lanes.a;
    await inject(context, 'blip');
    await until(
      () => symptoms.blip(metrics(shop.nameOf('checkout'))),
      SHOW_MS,
      () => 'blip shows',
    );
    await until(
      () => healthy(lanes.a),
      10_000,
      () => `blip is over: ${report(lanes.a)}`,
      2000,
    );
  });

  test('a batch job uses the CPU and harms nobody', async () => {
    const { context, metrics, shop } = lanes.b;
    const clear = await inject(context, 'misleading-symptom');
    const symptom = symptoms['misleading-symptom'];
    await until(
      () => symptom(metrics(shop.nameOf('web'))),
      SHOW_MS,
      () => report(lanes.b),
      2000,
    );
    await clear();
  });

  test('a fault in the ledger is nobody else’s', async () => {
    const { context, metrics, shop } = lanes.a;
    const clear = await inject(context, 'untouchable');
    await until(
      () => symptoms.untouchable(metrics(shop.nameOf('ledger'))),
      SHOW_MS,
      () => report(lanes.a),
      2000,
    );
    expect(withinSlo(metrics(shop.nameOf('web')))).toBe(true);
    await clear();
  });

  test('a false alarm changes nothing but the alarm', async () => {
    await inject(lanes.a.context, 'false-alarm');
    expect(forced).toEqual(['a-checkout']);
  });
});

test('a fault is refused where it cannot be real', async () => {
  await expect(inject(lanes.a.context, 'pool-exhaustion', 'a-web')).rejects.toThrow(
    'pool-exhaustion cannot be injected into a-web; it can be into a-payments.',
  );
  await expect(inject(lanes.a.context, 'hang', 'nobody')).rejects.toThrow('The shop has no service nobody');
});
