import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  TagResourceCommand,
} from '@aws-sdk/client-ecs';
import type { LocalEcs } from '../ecs/server.ts';
import { startBank } from './bank.ts';
import { LoadGenerator } from './load.ts';
import { startMetrics, type MetricSink } from './metrics.ts';
import { STABLE_BUILD } from './pricing.ts';

export type ShopRole = 'web' | 'checkout' | 'payments' | 'ledger';

/** What one service of the shop is made of. CPU in units of 1/1024 vCPU, memory in MiB. */
type Blueprint = {
  readonly role: ShopRole;
  readonly cpu: number;
  readonly memory: number;
  readonly tasks: number;
  /** Environment variable that holds the dependency's URL. */
  readonly dependencyVariable?: string;
  readonly dependsOn?: ShopRole | 'bank';
};

// A checkout request costs about 4 ms of CPU: 0.1 vCPU then takes 25 requests a second, and two tasks 50.
export const blueprints: readonly Blueprint[] = [
  { role: 'web', cpu: 128, memory: 256, tasks: 2, dependencyVariable: 'CHECKOUT_URL', dependsOn: 'checkout' },
  { role: 'checkout', cpu: 102, memory: 256, tasks: 2, dependencyVariable: 'PAYMENTS_URL', dependsOn: 'payments' },
  { role: 'payments', cpu: 128, memory: 256, tasks: 3, dependencyVariable: 'BANK_URL', dependsOn: 'bank' },
  { role: 'ledger', cpu: 102, memory: 256, tasks: 2 },
];

export type ShopOptions = {
  readonly ecs: LocalEcs;
  readonly sink: MetricSink;
  /** Put before every service's name, so that two shops can run side by side. */
  readonly prefix?: string;
  /** Number of tasks per service, where it differs from the default. */
  readonly tasks?: Partial<Record<ShopRole, number>>;
  readonly webPerSecond?: number;
  readonly ledgerPerSecond?: number;
  /** How long the first deployment may take. */
  readonly startTimeoutMs?: number;
  readonly onError?: (error: unknown) => void;
};

export type Shop = {
  readonly client: ECSClient;
  readonly cluster: string;
  readonly prefix: string;
  readonly load: LoadGenerator;
  /** Service names, as ECS knows them. */
  readonly services: readonly string[];
  readonly nameOf: (role: ShopRole) => string;
  readonly roleOf: (service: string) => ShopRole;
  readonly urlOf: (service: string) => string;
  /** When every service's first deployment was complete: its revision is the known stable one. */
  readonly stableSince: Date;
  readonly close: () => Promise<void>;
};

const registration = (name: string, { role, cpu, memory }: Blueprint, environment: Readonly<Record<string, string>>) =>
  new RegisterTaskDefinitionCommand({
    family: name,
    cpu: String(cpu),
    memory: String(memory),
    containerDefinitions: [
      {
        name: role,
        image: `shop/${role}:${STABLE_BUILD}`,
        command: ['node', `local/shop/tasks/${role}.ts`],
        environment: Object.entries(environment).map(([key, value]) => ({ name: key, value })),
        stopTimeout: 2,
      },
    ],
  });

const createService = async (
  client: ECSClient,
  cluster: string,
  name: string,
  blueprint: Blueprint,
  url: string | undefined,
) => {
  const environment = {
    BUILD: STABLE_BUILD,
    ...(blueprint.dependencyVariable === undefined || url === undefined ? {} : { [blueprint.dependencyVariable]: url }),
  };
  const { taskDefinition } = await client.send(registration(name, blueprint, environment));
  await client.send(
    new CreateServiceCommand({
      cluster,
      serviceName: name,
      taskDefinition: taskDefinition?.taskDefinitionArn,
      desiredCount: blueprint.tasks,
      deploymentConfiguration: {
        minimumHealthyPercent: 100,
        maximumPercent: 200,
        deploymentCircuitBreaker: { enable: true, rollback: true },
      },
    }),
  );
  return String(taskDefinition?.taskDefinitionArn);
};

const untilStable = async (
  client: ECSClient,
  cluster: string,
  names: readonly string[],
  timeoutMs: number,
): Promise<void> => {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const { services = [] } = await client.send(new DescribeServicesCommand({ cluster, services: [...names] }));
    const waiting = services.filter(({ deployments }) => deployments?.[0]?.rolloutState !== 'COMPLETED');
    if (services.length === names.length && waiting.length === 0) return;
    if (Date.now() > deadline)
      throw new Error(
        `The shop did not start within ${timeoutMs} ms: ${waiting.map(({ serviceName, runningCount }) => `${serviceName} has ${runningCount} running tasks`).join(', ')}.`,
      );
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};

/** Creates the shop's services through the ECS API, waits for them, and starts load and measurement. */
export const startShop = async (options: ShopOptions): Promise<Shop> => {
  const { ecs, prefix = '', onError = () => undefined } = options;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new ECSClient({ endpoint: ecs.endpoint, region: ecs.region, credentials });
  const nameOf = (role: ShopRole): string => `${prefix}${role}`;
  const bank = await startBank();
  await client.send(new CreateClusterCommand({ clusterName: ecs.cluster }));
  const urls = new Map<string, string>([['bank', bank.url]]);
  for (const { role } of blueprints) urls.set(role, await ecs.router.open(nameOf(role)));
  const names = blueprints.map(({ role }) => nameOf(role));
  const revisions = await Promise.all(
    blueprints.map((blueprint) => {
      const sized = { ...blueprint, tasks: options.tasks?.[blueprint.role] ?? blueprint.tasks };
      return createService(client, ecs.cluster, nameOf(blueprint.role), sized, urls.get(blueprint.dependsOn ?? ''));
    }),
  );
  await untilStable(client, ecs.cluster, names, options.startTimeoutMs ?? 30_000);
  const stableSince = new Date();
  const tags = [{ key: 'stable-since', value: stableSince.toISOString() }];
  await Promise.all(revisions.map((resourceArn) => client.send(new TagResourceCommand({ resourceArn, tags }))));

  const urlOf = (service: string): string => {
    const url = ecs.router.urlOf(service);
    if (url === undefined) throw new Error(`The shop has no service ${service}; it has ${names.join(', ')}.`);
    return url;
  };
  const load = new LoadGenerator();
  load.run('web', { service: nameOf('web'), url: urlOf(nameOf('web')), perSecond: options.webPerSecond ?? 15 });
  load.run('ledger', {
    service: nameOf('ledger'),
    url: urlOf(nameOf('ledger')),
    perSecond: options.ledgerPerSecond ?? 5,
  });
  const stopMetrics = startMetrics({ ecs, services: names, sink: options.sink, onError });

  return {
    client,
    cluster: ecs.cluster,
    prefix,
    load,
    services: names,
    nameOf,
    roleOf: (service) => {
      const found = blueprints.find(({ role }) => nameOf(role) === service);
      if (found === undefined) throw new Error(`The shop has no service ${service}; it has ${names.join(', ')}.`);
      return found.role;
    },
    urlOf,
    stableSince,
    close: async () => {
      stopMetrics();
      load.close();
      await bank.close();
      client.destroy();
    },
  };
};
