import { delimiter, join } from 'node:path';

/** Credentials that every emulator accepts as the account's root; they open nothing anywhere else. */
export const LOCAL_CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
} as const;

/** AWS services that run beside the emulator, and may publish events in that service's name. */
const EVENT_SOURCES = ['aws.ecs', 'aws.cloudwatch'] as const;

export interface EmulatorSettings {
  readonly projectDir: string;
  readonly port: number;
  /** Home and temporary folder of the emulator and its Lambdas; outside the project, whose package.json would apply to their code. */
  readonly tmpDir: string;
  readonly enforceIam: boolean;
  readonly extraEnv: Readonly<Record<string, string>>;
}

/**
 * The whole environment of the emulator.
 *
 * It is built from nothing, because the emulator hands its environment on to every Lambda: a variable of the user's shell
 * (a profile, a token, NODE_OPTIONS) would otherwise act inside the functions. Its home is empty for the same reason.
 */
export const emulatorEnvironment = (settings: EmulatorSettings): Readonly<Record<string, string>> => {
  const nodeModules = join(settings.projectDir, 'node_modules');
  return {
    ...LOCAL_CREDENTIALS,
    PATH: [join(nodeModules, '.bin'), process.env.PATH ?? '/usr/bin:/bin'].join(delimiter),
    HOME: settings.tmpDir,
    TMPDIR: settings.tmpDir,
    LANG: 'C.UTF-8',
    NODE_PATH: nodeModules,
    GATEWAY_PORT: String(settings.port),
    BIND_HOST: '127.0.0.1',
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    LOG_LEVEL: 'WARNING',
    AUTH: String(settings.enforceIam),
    KINTSUGI_EVENT_SOURCES: EVENT_SOURCES.join(','),
    // Not ours to touch: the package would look for containers to clean up.
    DOCKER_HOST: 'unix:///nonexistent',
    ...settings.extraEnv,
  };
};
