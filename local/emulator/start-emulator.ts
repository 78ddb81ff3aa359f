import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort, isPortFree } from '../shared/ports.ts';
import { endWithUs, hasEnded, runCommand, stopProcessGroup } from '../shared/process.ts';
import { EmulatorError } from './emulator-error.ts';
import { emulatorEnvironment, LOCAL_CREDENTIALS, type EmulatorSettings } from './environment.ts';
import { installEmulator, readRequirements, type Requirements } from './install.ts';

export interface StartEmulatorOptions {
  /** The project's root folder. */
  readonly dir: string;
  /** Insists on this port; without it 4566 when that is free, any free port otherwise. */
  readonly port?: number;
  /** Further variables for the emulator and thereby for every Lambda, for example AWS_ENDPOINT_URL_ECS. */
  readonly extraEnv?: Readonly<Record<string, string>>;
  /**
   * Evaluates the IAM policies of whoever signs a request, Lambda roles first of all.
   * @default true
   */
  readonly enforceIam?: boolean;
  readonly onProgress?: (line: string) => void;
}

export interface Emulator {
  readonly endpoint: string;
  /** What a client, the CDK CLI or a test needs in its environment to reach the emulator. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends all that was started, and only that. */
  readonly stop: () => Promise<void>;
}

const PREFERRED_PORT = 4566;
const START_DEADLINE_MS = 30_000;
const STOP_GRACE_MS = 5_000;
const LOG_TAIL_CHARACTERS = 3_000;

/**
 * Starts the local AWS, or uses the one that AWS_ENDPOINT_URL names.
 *
 * Tried in this order: AWS_ENDPOINT_URL as it is, the pinned MiniStack in a Python environment of the project's own, its
 * container image.
 *
 * @throws EmulatorError that says what is missing and how to get it
 */
export const startEmulator = async (options: StartEmulatorOptions): Promise<Emulator> => {
  const onProgress = options.onProgress ?? (() => undefined);
  const given = process.env.AWS_ENDPOINT_URL;
  if (given !== undefined && given !== '') {
    onProgress(`Using the AWS endpoint ${given} (AWS_ENDPOINT_URL)`);
    return { endpoint: given, env: clientEnvironment(given), stop: () => Promise.resolve() };
  }

  const homeDir = join(options.dir, '.kintsugi', 'emulator');
  await mkdir(homeDir, { recursive: true }).catch((error: unknown) => {
    throw new EmulatorError(
      `${homeDir} cannot be created. Give the project folder to your user, or clone elsewhere.`,
      error,
    );
  });
  const requirements = await readRequirements(options.dir);
  const runtime = await prepareRuntime(requirements, homeDir, onProgress);
  // Only now: whoever starts while the emulator is being installed may take the port that was free before.
  const port = await choosePort(options.port);
  const settings: EmulatorSettings = {
    projectDir: options.dir,
    port,
    tmpDir: await mkdtemp(join(tmpdir(), 'kintsugi-emulator-')),
    enforceIam: options.enforceIam ?? true,
    extraEnv: options.extraEnv ?? {},
  };
  const logFile = join(homeDir, `emulator-${port}.log`);
  try {
    const child = await launch(settings, requirements, runtime, logFile);
    return await whenReady(child, settings, logFile);
  } catch (error) {
    await rm(settings.tmpDir, { recursive: true, force: true });
    throw error;
  }
};

/** What a client needs in its environment to reach an endpoint that knows no real credentials. */
const clientEnvironment = (endpoint: string): Readonly<Record<string, string>> => ({
  ...LOCAL_CREDENTIALS,
  AWS_ENDPOINT_URL: endpoint,
});

const choosePort = async (wanted: number | undefined): Promise<number> => {
  if (wanted === undefined) return findFreePort(PREFERRED_PORT);
  if (await isPortFree(wanted)) return wanted;
  throw new EmulatorError(`Port ${wanted} is in use. Stop what listens there, or choose another port.`);
};

/** What the emulator runs on: an interpreter of its own, or its container image. */
type Runtime = { readonly kind: 'python'; readonly python: string } | { readonly kind: 'docker' };

/** Installs the emulator for Python or, where that is not to be had, falls back on its container image. */
const prepareRuntime = async (
  requirements: Requirements,
  homeDir: string,
  onProgress: (line: string) => void,
): Promise<Runtime> => {
  try {
    return { kind: 'python', python: await installEmulator(requirements, homeDir, onProgress) };
  } catch (error) {
    if (!(error instanceof EmulatorError)) throw error;
    if (!(await dockerAnswers())) {
      throw new EmulatorError(
        `${error.message}\nOr start Docker, whose engine does not answer either; or set AWS_ENDPOINT_URL to an AWS emulator that already runs.`,
        error,
      );
    }
    onProgress(`Using the emulator's container image, because: ${error.message.split('\n')[0] ?? ''}`);
    return { kind: 'docker' };
  }
};

const launch = async (
  settings: EmulatorSettings,
  requirements: Requirements,
  runtime: Runtime,
  logFile: string,
): Promise<ChildProcess> => {
  const serve = join(settings.projectDir, 'local', 'emulator', 'serve.py');
  const log = await open(logFile, 'w');
  const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess =>
    // Standard input stays open as long as we live: serve.py ends when it closes.
    spawn(command, args, { env, stdio: ['pipe', log.fd, log.fd], detached: true });
  try {
    return runtime.kind === 'python'
      ? run(runtime.python, [serve], { ...emulatorEnvironment(settings) })
      : run('docker', containerArguments(settings, requirements, serve), process.env);
  } finally {
    await log.close();
  }
};

const dockerAnswers = (): Promise<boolean> =>
  runCommand('docker', ['version', '--format', '{{.Server.Version}}'], { timeoutMs: 10_000 }).then(
    () => true,
    () => false,
  );

/** The same start script in the image of the same version; it shares the host's network, so that every address stays true. */
const containerArguments = (
  settings: EmulatorSettings,
  requirements: Requirements,
  serve: string,
): readonly string[] => {
  const {
    PATH: _path,
    HOME: _home,
    NODE_PATH: _nodePath,
    ...env
  } = emulatorEnvironment({ ...settings, tmpDir: '/tmp/kintsugi' });
  const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  const mounts = ['--volume', `${dirname(serve)}:/kintsugi:ro`, '--tmpfs', '/tmp/kintsugi:exec'];
  const image = `ministackorg/ministack:${requirements.version}`;
  return [
    'run',
    '--rm',
    '--interactive',
    '--network',
    'host',
    ...mounts,
    ...variables,
    '--entrypoint',
    'python3',
    image,
    '/kintsugi/serve.py',
  ];
};

/** Waits until the emulator answers, and hands it over with the way to stop it. */
const whenReady = async (child: ChildProcess, settings: EmulatorSettings, logFile: string): Promise<Emulator> => {
  const endpoint = `http://127.0.0.1:${settings.port}`;
  const removeExitHook = endWithUs(child);
  child.stdin?.on('error', () => undefined); // it may end while we hold its input open
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  const stop = async (): Promise<void> => {
    removeExitHook();
    await stopProcessGroup(child, STOP_GRACE_MS);
    await rm(settings.tmpDir, { recursive: true, force: true, maxRetries: 3 });
  };
  const deadline = performance.now() + START_DEADLINE_MS;
  while (!(await isHealthy(endpoint))) {
    const late = performance.now() > deadline;
    if (!late && !hasEnded(child) && failure === undefined) {
      await sleep(50);
      continue;
    }
    await stop();
    const what = late
      ? `did not answer within ${START_DEADLINE_MS / 1_000} s`
      : `ended at once ${failure?.message ?? ''}`.trim();
    throw new EmulatorError(`The AWS emulator ${what}. The end of ${logFile}:\n${await tailOfFile(logFile)}`);
  }
  return { endpoint, env: clientEnvironment(endpoint), stop };
};

const isHealthy = (endpoint: string): Promise<boolean> =>
  fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.ok,
    () => false,
  );

const tailOfFile = (path: string): Promise<string> =>
  readFile(path, 'utf8').then(
    (text) => text.slice(-LOG_TAIL_CHARACTERS),
    () => '(no log)',
  );
