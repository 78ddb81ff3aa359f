import type { Finding } from './finding.ts';
import { broken, doubtful, fine } from './finding.ts';

/** A package as it is installed. */
export interface InstalledPackage {
  readonly version: string;
  /** Version of the cloud assembly's schema that it writes, or the newest that it reads; null when it does not say. */
  readonly assemblySchema: number | null;
}

/** The user's own machine, as far as it can be in the way. */
export interface Machine {
  /** Version of the Node.js that runs this, without a `v`. */
  readonly node: string;
  /** A Python that the emulator can run on; throws with what is missing. */
  readonly python: () => Promise<string>;
  /** Versions that this project pins. */
  readonly pinned: Readonly<Record<string, string>>;
  readonly installed: (name: string) => Promise<InstalledPackage | null>;
  readonly isPortFree: (port: number) => Promise<boolean>;
  /** What answers at an address of this machine. */
  readonly answers: (endpoint: string) => Promise<'emulator' | 'something else' | 'nothing'>;
  /** The local cloud that this folder says is running. */
  readonly local: { readonly endpoint: string; readonly pid: number } | null;
  /** `AWS_ENDPOINT_URL`. */
  readonly endpointUrl: string | null;
}

const OLDEST_NODE = 22;
/** Where the local cloud listens when nothing else does. */
const PREFERRED_PORT = 4566;

export const nodeVersion = ({ node }: Machine): Finding[] => {
  const where = `Node.js ${node}`;
  if (Number(node.split('.')[0]) >= OLDEST_NODE) return [fine('node', where, `is ${OLDEST_NODE} or newer`)];
  return [
    broken('node', where, `is too old: ${OLDEST_NODE} or newer is needed`, 'npm ci && npm run kintsugi -- doctor'),
  ];
};

/** The deployed system needs no Python; the local cloud does. */
export const pythonVersion = async ({ python, local }: Machine): Promise<Finding[]> => {
  try {
    return [fine('python', await python(), 'can run the emulator of the local cloud')];
  } catch (error) {
    const [what = '', fix] = sentences(error instanceof Error ? error.message : String(error));
    const find = local === null ? doubtful : broken;
    return [
      find('python', 'PATH', `${what} Only the local cloud needs it.`, fix ?? 'apt install python3 python3-venv'),
    ];
  }
};

/** `Python ... was not found. Install it (macOS: brew ..., Debian or Ubuntu: apt ...).` as what is wrong and the command. */
const sentences = (message: string): readonly [string, string | undefined] => {
  const [what = message] = /^.*?[.](?=\s[A-Z]|$)/.exec(message) ?? [];
  return [what, /Debian or Ubuntu: ([^)]+)\)/.exec(message)?.[1]];
};

/** The CDK's command line must read what the library writes; both must be those that the stacks were tested with. */
export const cdkVersions = async ({ installed, pinned }: Machine): Promise<Finding[]> => {
  const [cli, library] = await Promise.all([installed('aws-cdk'), installed('aws-cdk-lib')]);
  const missing = Object.entries({ 'aws-cdk': cli, 'aws-cdk-lib': library }).filter(([, one]) => one === null);
  if (cli === null || library === null) {
    return missing.map(([name]) => broken('cdk', 'node_modules', `${name} is not installed`, 'npm ci'));
  }
  const where = `aws-cdk ${cli.version}, aws-cdk-lib ${library.version}`;
  if (cli.assemblySchema !== null && library.assemblySchema !== null && cli.assemblySchema < library.assemblySchema) {
    const what = `the command line reads cloud assemblies up to schema ${cli.assemblySchema}, the library writes ${library.assemblySchema}`;
    return [broken('cdk', where, what, `npm install --save-dev --save-exact aws-cdk@${pinned['aws-cdk'] ?? 'latest'}`)];
  }
  const others = Object.entries({ 'aws-cdk': cli.version, 'aws-cdk-lib': library.version }).filter(
    ([name, version]) => pinned[name] !== undefined && pinned[name] !== version,
  );
  if (others.length === 0) return [fine('cdk', where, 'fit each other')];
  const what = others.map(([name]) => `${name} ${pinned[name]} is what Kintsugi is tested with`).join(', ');
  return [doubtful('cdk', where, what, 'npm ci')];
};

/** Whether what should answer on this machine does, and is what it should be. */
export const emulator = async (machine: Machine): Promise<Finding[]> => {
  const { local, endpointUrl } = machine;
  if (endpointUrl !== null && endpointUrl !== local?.endpoint) {
    const answer = await machine.answers(endpointUrl);
    const where = `AWS_ENDPOINT_URL=${endpointUrl}`;
    if (answer === 'nothing') return [broken('emulator', where, 'nothing answers there', 'unset AWS_ENDPOINT_URL')];
    return [doubtful('emulator', where, 'all calls to AWS go there', 'unset AWS_ENDPOINT_URL')];
  }
  if (local === null) return [];
  const answer = await machine.answers(local.endpoint);
  if (answer === 'emulator') return [fine('emulator', local.endpoint, 'answers')];
  const what =
    answer === 'nothing'
      ? `process ${local.pid} says that the local cloud runs, and nothing answers`
      : 'something that is not the emulator answers';
  return [broken('emulator', local.endpoint, what, `kill ${local.pid}; npm start`)];
};

/** Another program on the local cloud's usual port is no harm: the next free one is taken. Who relies on 4566 must know. */
export const port = async ({ local, endpointUrl, isPortFree }: Machine): Promise<Finding[]> => {
  if (local !== null || endpointUrl !== null) return [];
  const where = `127.0.0.1:${PREFERRED_PORT}`;
  if (await isPortFree(PREFERRED_PORT)) return [fine('port', where, 'is free for the local cloud')];
  const what = 'is in use: npm start would take another port; what listens there is not its local cloud';
  return [doubtful('port', where, what, `lsof -nP -iTCP:${PREFERRED_PORT} -sTCP:LISTEN`)];
};

export const examineMachine = async (machine: Machine): Promise<Finding[]> =>
  (
    await Promise.all([
      nodeVersion(machine),
      pythonVersion(machine),
      cdkVersions(machine),
      emulator(machine),
      port(machine),
    ])
  ).flat();
