import type { StackOutputs } from './cloud/deploy.ts';
import { bootstrapAndDeploy } from './cloud/deploy.ts';
import { startLooks } from './cloud/looks.ts';
import { eventBridgePublisher } from './ecs/event-publisher.ts';
import type { LocalEcs } from './ecs/server.ts';
import { startLocalEcs } from './ecs/server.ts';
import { LOCAL_CREDENTIALS } from './emulator/environment.ts';
import { startEmulator } from './emulator/start-emulator.ts';
import { alarmForcer } from './faults/force-alarm.ts';
import type { FaultContext } from './faults/fault.ts';
import { localOverrides } from './local-config.ts';
import { cloudWatchSink } from './shop/cloudwatch-sink.ts';
import type { Shop } from './shop/shop.ts';
import { startShop } from './shop/shop.ts';

export interface LocalCloudOptions {
  /** The project's root folder. */
  readonly dir: string;
  /** One demo shop per prefix; `['']` is a single shop with plain names. */
  readonly shopPrefixes?: readonly string[];
  /** Search the shops' metrics for anomalies, and look at their future. @default false */
  readonly detection?: boolean;
  /** The workload of drills, a queue of its own; a drill is begun by hand. */
  readonly drill?: boolean;
  /** Whether the shop's services say which others they call. @default true; either way it is learned from their calls */
  readonly declared?: boolean;
  /** Limits that differ from those of a local cloud, by name. */
  readonly limits?: Readonly<Record<string, number>>;
  /** Further variables for the functions, such as an endpoint that a bench puts in between. */
  readonly functionEnv?: Readonly<Record<string, string>>;
  /** An expert catalogue of one's own, in place of the one that comes with Kintsugi. */
  readonly catalogueFile?: string;
  /** Told the emulator's address as soon as it answers, before anything is deployed. */
  readonly onEndpoint?: (endpoint: string) => void;
  readonly onProgress?: (line: string) => void;
  /** Trouble of the shop itself, such as metrics that could not be put. */
  readonly onError?: (error: unknown) => void;
  /** Ends the start early; what was started until then is stopped again. */
  readonly signal?: AbortSignal;
}

/** A whole environment on this machine: the emulated AWS with Kintsugi deployed, the local ECS, the demo shops. */
export interface LocalCloud {
  readonly endpoint: string;
  readonly outputs: StackOutputs;
  readonly ecs: LocalEcs;
  readonly shops: readonly Shop[];
  /** What a fault needs to break the shop with this prefix. */
  readonly faultContext: (prefix?: string) => FaultContext;
  /** Ends everything that was started, and only that. */
  readonly stop: () => Promise<void>;
}

const CLUSTER = 'shop';
/** Half a minute from the usual level to the alarm, and ten seconds more to the kill: time to see a leak come. */
const SLOW_LEAK = 1.5;
/** The shop is measured sixty times as often as AWS measures; a schedule has at least a minute, so this is its minute. */
const LOOK_MS = 2_000;
/** Where only calls are learned, which seldom change. */
const CALLS_LOOK_MS = 20_000;
const REGION = LOCAL_CREDENTIALS.AWS_REGION;

/**
 * Brings the environment up: the local ECS first, because the emulator's functions must know where it is; then the
 * deployment and the shops side by side.
 *
 * @throws EmulatorError or DeployError with what is missing and what to do; nothing is left running
 */
export const startLocalCloud = async (options: LocalCloudOptions): Promise<LocalCloud> => {
  const {
    dir,
    shopPrefixes = [''],
    detection = false,
    drill = false,
    declared = true,
    onProgress = () => undefined,
    onError: report = () => undefined,
    signal,
  } = options;
  Object.assign(process.env, LOCAL_CREDENTIALS);
  const closers: (() => Promise<void>)[] = [];
  let isStopping = false;
  const stop = async (): Promise<void> => {
    isStopping = true;
    for (const close of closers.splice(0).reverse()) await close().catch(report);
  };
  // What the rest cannot reach any more while one part after the other ends is no news.
  const onError = (error: unknown): void => {
    if (!isStopping) report(error);
  };
  try {
    let publish: Parameters<typeof startLocalEcs>[0]['publish'] = () => undefined;
    const ecs = await startLocalEcs({
      cluster: CLUSTER,
      root: dir,
      region: REGION,
      publish: (event) => publish?.(event),
    });
    closers.push(() => ecs.close());
    signal?.throwIfAborted();
    const emulator = await startEmulator({
      dir,
      extraEnv: { AWS_ENDPOINT_URL_ECS: ecs.endpoint, ...options.functionEnv },
      onProgress,
    });
    closers.push(() => emulator.stop());
    signal?.throwIfAborted();
    const { endpoint } = emulator;
    options.onEndpoint?.(endpoint);
    const publisher = eventBridgePublisher({ endpoint, region: REGION, onError });
    publish = publisher.publish;
    closers.push(() => publisher.close());

    const { dev } = localOverrides(shopPrefixes, CLUSTER, {
      endpoint,
      catalogueFile: options.catalogueFile ?? null,
      detection,
      drill,
      declared,
    });
    const sink = cloudWatchSink({ endpoint, region: REGION });
    onProgress('Deploying Kintsugi to dev with the CDK, and starting the shop');
    const [outputs, shops] = await Promise.all([
      bootstrapAndDeploy({
        dir,
        endpoint,
        env: 'dev',
        context: { kintsugi: { dev: { ...dev, limits: { ...dev.limits, ...options.limits } } } },
        onProgress,
        ...(signal === undefined ? {} : { signal }),
      }),
      Promise.all(
        shopPrefixes.map(async (prefix) => {
          const shop = await startShop({ ecs, sink, prefix, onError });
          closers.push(() => shop.close());
          onProgress(`The shop is open: ${shop.services.join(', ')}`);
          return shop;
        }),
      ),
    ]);
    const everyMs = detection ? LOOK_MS : CALLS_LOOK_MS;
    closers.push(startLooks({ endpoint, region: REGION, everyMs, onError }));
    return {
      endpoint,
      outputs,
      ecs,
      shops,
      stop,
      faultContext: (prefix = '') => {
        const shop = shops.find((candidate) => candidate.prefix === prefix);
        if (shop === undefined)
          throw new Error(`there is no shop with prefix '${prefix}'; there are ${shopPrefixes.join(', ')}`);
        const forceAlarm = alarmForcer({ endpoint, region: REGION });
        return { ecs, shop, forceAlarm, ...(detection ? { leakPercentPerSecond: SLOW_LEAK } : {}) };
      },
    };
  } catch (error) {
    await stop();
    signal?.throwIfAborted(); // whatever broke then, broke because it was stopped
    throw error;
  }
};
