import { DescribeServicesCommand, StopTaskCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { freePort } from '../ecs/free-port.ts';
import { REGRESSION_BUILD } from '../shop/pricing.ts';
import { blueprints } from '../shop/shop.ts';
import {
  clearTasks,
  command,
  inProcess,
  targets,
  type Clear,
  type Fault,
  type FaultContext,
  type FaultName,
} from './fault.ts';
import { release } from './revisions.ts';

const watched = ['web', 'checkout', 'payments'] as const;
const nothing: Clear = () => Promise.resolve();

const hang = async (context: FaultContext, service: string): Promise<Clear> => {
  const [task] = targets(context, service);
  if (task === undefined) return nothing;
  await command(task, { kind: 'hang' });
  return async () => {
    const { client, cluster } = context.shop;
    await client
      .send(new StopTaskCommand({ cluster, task: task.taskId, reason: 'fault cleared' }))
      .catch(() => undefined);
  };
};

const crashLoop = async (context: FaultContext, service: string): Promise<Clear> => {
  // One volume for all tasks: one corrupt write breaks them all, now and at every restart.
  const hit = targets(context, service);
  await Promise.all(hit.map((task) => command(task, { kind: 'corrupt-sessions' })));
  return async () => {
    const { client, cluster } = context.shop;
    await client.send(new UpdateServiceCommand({ cluster, service, forceNewDeployment: true }));
  };
};

const LEAK_PERCENT_PER_SECOND = 6;

const memoryLeak = async (context: FaultContext, service: string): Promise<Clear> => {
  // At different speeds, so that the tasks do not all die in the same second.
  const rates = targets(context, service).map((task, index) => ({
    task,
    rate: (context.leakPercentPerSecond ?? LEAK_PERCENT_PER_SECOND) / (1 + index / 2),
  }));
  await Promise.all(rates.map(({ task, rate }) => command(task, { kind: 'leak', percentPerSecond: rate })));
  return () => clearTasks(context, service);
};

// Two tasks of 0.1 vCPU take about 45 checkouts a second, 15 of which are there already: four take this with ease.
const SPIKE_PER_SECOND = 52;

const spike = ({ shop }: FaultContext, service: string): Promise<Clear> => {
  const name = `spike-${service}`;
  shop.load.run(name, { service, url: shop.urlOf(service), perSecond: SPIKE_PER_SECOND });
  return Promise.resolve(() => {
    shop.load.stop(name);
    return Promise.resolve();
  });
};

const badConfiguration = async (context: FaultContext, service: string): Promise<Clear> => {
  const role = context.shop.roleOf(service);
  const variable = blueprints.find((blueprint) => blueprint.role === role)?.dependencyVariable;
  if (variable === undefined)
    throw new Error(`Service ${service} has no dependency to misconfigure; take web, checkout or payments.`);
  // The address of something that is not there (any more).
  return release(context, service, { environment: { [variable]: `http://127.0.0.1:${await freePort()}` } });
};

const scaledToZero = async ({ shop }: FaultContext, service: string): Promise<Clear> => {
  const { client, cluster } = shop;
  const { services } = await client.send(new DescribeServicesCommand({ cluster, services: [service] }));
  const desiredCount = services?.[0]?.desiredCount;
  await client.send(new UpdateServiceCommand({ cluster, service, desiredCount: 0 }));
  return async () => {
    await client.send(new UpdateServiceCommand({ cluster, service, desiredCount }));
  };
};

const falseAlarm = async ({ forceAlarm }: FaultContext, service: string): Promise<Clear> => {
  if (forceAlarm === undefined) throw new Error('false-alarm needs CloudWatch: no forceAlarm was given.');
  await forceAlarm(service);
  return nothing;
};

/** Everything that can be broken in the shop, and the controls that must not be acted on. */
export const faults: Readonly<Record<FaultName, Fault>> = {
  'crash-loop': {
    title: 'Crash loop',
    happens:
      'A half-written session index on the deployment’s volume makes every task exit about a second after its start; only a new deployment has a fresh volume.',
    kind: 'fault',
    defaultService: 'checkout',
    services: [...watched, 'ledger'],
    expectedHypothesis: 'crashLoop',
    curedBy: ['redeploy'],
    inject: crashLoop,
  },
  'memory-leak': {
    title: 'Memory leak',
    happens:
      'An export job hoards each task’s memory until the task is killed; its successor goes on with the job. Only an orderly stop cancels it.',
    kind: 'fault',
    defaultService: 'checkout',
    services: [...watched, 'ledger'],
    expectedHypothesis: 'memLeak',
    curedBy: ['restart', 'redeploy'],
    inject: memoryLeak,
  },
  hang: {
    title: 'Hang',
    happens: 'The event loop of one task is blocked for ever: it accepts requests and answers none.',
    kind: 'fault',
    defaultService: 'payments',
    services: [...watched, 'ledger'],
    expectedHypothesis: 'deadlock',
    curedBy: ['restart', 'redeploy'],
    inject: hang,
  },
  'cpu-saturation': {
    title: 'CPU saturation by a traffic spike',
    happens: `${SPIKE_PER_SECOND} more requests a second than usual exhaust the CPU quota of the tasks; twice as many tasks can take them.`,
    kind: 'fault',
    defaultService: 'checkout',
    services: ['checkout'],
    expectedHypothesis: 'cpuSpike',
    curedBy: ['scaleOut'],
    inject: spike,
  },
  'bad-deployment': {
    title: 'Bad deployment',
    happens: `A team releases build ${REGRESSION_BUILD}, whose pricing throws for every guest: four of five requests answer 500.`,
    kind: 'fault',
    defaultService: 'checkout',
    services: watched,
    expectedHypothesis: 'badDeploy',
    curedBy: ['rollback'],
    inject: (context, service) =>
      release(context, service, {
        image: (image) => image.replace(/:.*$/, `:${REGRESSION_BUILD}`),
        environment: { BUILD: REGRESSION_BUILD },
      }),
  },
  'bad-configuration': {
    title: 'Bad configuration',
    happens: 'A team releases a revision with a wrong URL of the dependency: every call to it is refused.',
    kind: 'fault',
    defaultService: 'checkout',
    services: watched,
    expectedHypothesis: 'configErr',
    curedBy: ['rollback'],
    inject: badConfiguration,
  },
  'dependency-down': {
    title: 'Dependency down',
    happens: 'Somebody set the desired count of the dependency to 0: its callers get errors only.',
    kind: 'fault',
    defaultService: 'payments',
    services: ['checkout', 'payments'],
    expectedHypothesis: 'scaledDown',
    curedBy: ['scaleOut'],
    inject: scaledToZero,
  },
  'pool-exhaustion': {
    title: 'Connection-pool exhaustion',
    happens:
      'Payments stops giving its connections back: soon all are lent for ever, and requests wait until they time out.',
    kind: 'fault',
    defaultService: 'payments',
    services: ['payments'],
    expectedHypothesis: 'dbPool',
    curedBy: ['restart', 'redeploy'],
    inject: inProcess({ kind: 'leak-pool' }),
  },
  blip: {
    title: 'Transient blip',
    happens: 'A third of the requests fail for three and a half seconds, then it is over.',
    kind: 'control',
    defaultService: 'checkout',
    services: watched,
    expectedHypothesis: 'blip',
    curedBy: [],
    inject: inProcess({ kind: 'errors', ratePercent: 34, durationMs: 3500 }),
  },
  'false-alarm': {
    title: 'Alarm without a fault',
    happens: 'An alarm is set to ALARM by hand while every metric is fine.',
    kind: 'control',
    defaultService: 'checkout',
    services: watched,
    expectedHypothesis: null,
    curedBy: [],
    inject: falseAlarm,
  },
  'misleading-symptom': {
    title: 'Misleading symptom',
    happens:
      'A batch job inside the tasks uses the CPU that requests leave over: utilization is high, no user notices.',
    kind: 'control',
    defaultService: 'web',
    services: watched,
    expectedHypothesis: null,
    curedBy: [],
    inject: inProcess({ kind: 'batch', cpuPercent: 92 }),
  },
  untouchable: {
    title: 'Fault in a workload that must not be touched',
    happens: 'Four of five requests to the ledger fail until its owners do something about it.',
    kind: 'control',
    defaultService: 'ledger',
    services: ['ledger'],
    expectedHypothesis: null,
    curedBy: [],
    inject: inProcess({ kind: 'errors', ratePercent: 80 }),
  },
};

/** Names of all faults and controls, in the order of the table. */
export const faultNames = Object.keys(faults) as readonly FaultName[];

/** Injects a fault into a service (its default one when left out) and returns what takes it away again. */
export const inject = async (context: FaultContext, name: FaultName, service?: string): Promise<Clear> => {
  const fault = faults[name];
  const target = service ?? context.shop.nameOf(fault.defaultService);
  const role = context.shop.roleOf(target);
  if (!fault.services.includes(role))
    throw new Error(
      `${name} cannot be injected into ${target}; it can be into ${fault.services.map(context.shop.nameOf).join(', ')}.`,
    );
  return fault.inject(context, target);
};
