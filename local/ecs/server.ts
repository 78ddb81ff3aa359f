import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseJson } from '../../core/shared/parse-json.ts';
import { EcsStore } from './cluster-store.ts';
import { EcsError } from './errors.ts';
import { HealthChecks } from './health.ts';
import { eventOf, type EcsEvent } from './notices.ts';
import { operations } from './operations.ts';
import { Router } from './router.ts';
import type { ServiceContext } from './service.ts';
import { Supervisor, type TaskMeasurement } from './supervisor.ts';

export type { RequestRecord } from './router.ts';
export type { TaskMeasurement } from './supervisor.ts';

const RECONCILE_MS = 200;
const OBSERVE_MS = 500;
const TARGET_PREFIX = 'AmazonEC2ContainerServiceV20141113.';
const MAX_BODY_BYTES = 1024 * 1024;

export type LocalEcsOptions = {
  /** Port of the ECS API on 127.0.0.1; 0 or left out: a free one. */
  readonly port?: number;
  /** Receives every `aws.ecs` event; left out: nobody does. */
  readonly publish?: (event: EcsEvent) => void;
  readonly region?: string;
  readonly accountId?: string;
  /** Folder in which the tasks' commands run: the repository's root. */
  readonly root?: string;
  /** Service of the cluster whose tasks a route leads to is found by name: the cluster that the router serves. */
  readonly cluster: string;
};

/** One running task, for measurements and for fault injection. */
export type TaskInfo = {
  readonly taskId: string;
  readonly deploymentId: string;
  readonly port: number;
  readonly pid: number;
  readonly startedAt: number;
};

export type LocalEcs = {
  /** What `AWS_ENDPOINT_URL_ECS` has to be. */
  readonly endpoint: string;
  readonly region: string;
  readonly cluster: string;
  readonly router: Router;
  /** Tasks that are meant to run and do, of a service. */
  readonly runningTasks: (service: string) => readonly TaskInfo[];
  readonly measure: (service: string) => readonly TaskMeasurement[];
  /** The last lines that a service's tasks wrote, newest task last. */
  readonly logs: (service: string) => readonly string[];
  /** Process ids of everything that was started and has not ended. */
  readonly pids: () => readonly number[];
  readonly close: () => Promise<void>;
};

const readBody = async (incoming: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES)
      throw new EcsError('ClientException', `Request body is larger than ${MAX_BODY_BYTES} bytes.`);
    chunks.push(chunk);
  }
  const body = parseJson(Buffer.concat(chunks).toString('utf8') || '{}');
  if (body === undefined) throw new EcsError('ClientException', 'Request body is not JSON.');
  return body;
};

const answerWith = (answer: ServerResponse, status: number, body: object): void => {
  answer.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() });
  answer.end(JSON.stringify(body));
};

const serve =
  (store: EcsStore, context: ServiceContext) => async (incoming: IncomingMessage, answer: ServerResponse) => {
    try {
      const target = String(incoming.headers['x-amz-target'] ?? '');
      const run = target.startsWith(TARGET_PREFIX) ? operations[target.slice(TARGET_PREFIX.length)] : undefined;
      const input = await readBody(incoming);
      if (run === undefined)
        throw new EcsError(
          'UnsupportedFeatureException',
          `${target || 'A request without X-Amz-Target'} is not available in the local ECS.`,
        );
      answerWith(answer, 200, run(store, input, context));
    } catch (error) {
      if (error instanceof EcsError) answerWith(answer, 400, { __type: error.name, message: error.message });
      else answerWith(answer, 500, { __type: 'ServerException', message: String(error) });
    }
  };

/** Starts the local ECS: the API, the scheduler, the supervisor and the router. Nothing outlives `close()`. */
export const startLocalEcs = async (options: LocalEcsOptions): Promise<LocalEcs> => {
  const region = options.region ?? process.env['AWS_REGION'] ?? 'us-east-1';
  const placement = { region, accountId: options.accountId ?? '000000000000', root: options.root ?? process.cwd() };
  const scratchRoot = mkdtempSync(join(tmpdir(), 'kintsugi-ecs-'));
  const store = new EcsStore(placement);
  const publish = options.publish ?? (() => undefined);
  const context: ServiceContext = { placement, scratchRoot, notify: (notice) => publish(eventOf(notice)) };
  const supervisor = new Supervisor();
  const health = new HealthChecks();
  const serviceOf = (name: string) => store.clusters.get(options.cluster)?.services.get(name);
  const router = new Router({ targets: (name) => serviceOf(name)?.serving() ?? [] });
  const allTasks = () => store.services().flatMap(({ tasks }) => tasks);

  const server = createServer((incoming, answer) => void serve(store, context)(incoming, answer));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const timers = [
    setInterval(() => {
      health.check(allTasks(), Date.now());
      for (const service of store.services()) service.reconcile();
    }, RECONCILE_MS),
    setInterval(() => supervisor.observe(allTasks(), Date.now()), OBSERVE_MS),
  ];

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region,
    cluster: options.cluster,
    router,
    runningTasks: (name) =>
      (serviceOf(name)?.serving() ?? []).flatMap(({ id: taskId, deployment, port, pid, startedAt }) =>
        pid === undefined || startedAt === undefined
          ? []
          : [{ taskId, deploymentId: deployment.id, port, pid, startedAt }],
      ),
    measure: (name) => (serviceOf(name)?.serving() ?? []).flatMap((task) => supervisor.of(task) ?? []),
    logs: (name) => (serviceOf(name)?.tasks ?? []).flatMap(({ logs }) => logs),
    pids: () => allTasks().flatMap(({ pid }) => pid ?? []),
    close: async () => {
      for (const timer of timers) clearInterval(timer);
      server.closeAllConnections();
      await Promise.all([
        new Promise((resolve) => server.close(resolve)),
        router.close(),
        ...store.services().map((service) => service.close()),
      ]);
      rmSync(scratchRoot, { recursive: true, force: true });
    },
  };
};
