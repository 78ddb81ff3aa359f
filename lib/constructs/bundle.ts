import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { openApiDocument } from '../../core/api/openapi.ts';
import type { BuildRequest } from '../bundling/build-request.ts';

/** Every function of a system; each is `<name>/handler.ts` in the folder of the functions. */
export const FUNCTION_NAMES = [
  'issue-monitor',
  'detector',
  'sense',
  'validate',
  'decide',
  'enforce',
  'request-approval',
  'act',
  'observe',
  'explain',
  'escalate',
  'publisher',
  'checkpointer',
  'heartbeat',
  'learning-check',
  'registrar',
  'kill-switch',
  'api-read',
  'api-insight',
  'api-learning',
  'api-write',
  'notify',
  'links',
  'live',
  'feed',
  'api-stop',
  'chat',
  'task-worker',
  'trainer',
  'promoter',
] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

const ENGINE = 'node_modules/@cedar-policy/cedar-wasm';
/** The engine of policies. */
const CEDAR = ['package.json', 'nodejs/package.json', 'nodejs/cedar_wasm.js', 'nodejs/cedar_wasm_bg.wasm'].map(
  (file) => `${ENGINE}/${file}`,
);
/** The engine and the policies of the API's roles. */
const ROLES = [...CEDAR, 'policies/api/roles.cedar', 'policies/api/roles.cedarschema'];

/** Files of the project that lie beside a function's code: packages in their own folders, all others by their names. */
const BESIDE: Partial<Record<FunctionName, readonly string[]>> = {
  enforce: CEDAR,
  'api-read': ROLES,
  'api-insight': ROLES,
  'api-learning': ROLES,
  'api-write': ROLES,
  'api-stop': ROLES,
  chat: ROLES,
};

export interface FunctionBundlesProps {
  /** Folder with one folder per function. */
  readonly functionsDir: string;
  /**
   * Module that gives functions their credentials, in place of the SDK's chain for laptops and servers; the program that
   * bundles, `build-functions.ts`, is beside it.
   */
  readonly credentialsModule: string;
  /** Folder for `lambdas/<name>/index.js`, `source-maps/<name>.js.map` and `bundle-sizes.json`. */
  readonly outDir: string;
}

/**
 * The functions' code: all of them are built by one esbuild call, in one child process, once, when the first one is asked for.
 *
 * A build per function, as NodejsFunction does it, would parse the SDK once for each.
 */
export class FunctionBundles {
  readonly #props: FunctionBundlesProps;
  #built = false;

  constructor(props: FunctionBundlesProps) {
    this.#props = props;
  }

  /**
   * Code of one function; an inline stub when the CLI does not need this stack's code (`cdk list`, synth tests).
   *
   * @param files - further files beside the code, by name: what only this stack's function is given
   */
  code(scope: Construct, name: FunctionName, files: Readonly<Record<string, string>> = {}): lambda.Code {
    if (!Stack.of(scope).bundlingRequired) return lambda.Code.fromInline(`exports.handler = async () => '${name}';`);
    if (!this.#built) this.#build();
    this.#built = true;
    const folder = join(this.#props.outDir, 'lambdas', name);
    if (Object.keys(files).length === 0) return lambda.Code.fromAsset(folder);
    const own = join(this.#props.outDir, 'lambdas-of', Stack.of(scope).stackName, name);
    cpSync(folder, own, { recursive: true });
    for (const [file, content] of Object.entries(files)) writeFileSync(join(own, file), content);
    return lambda.Code.fromAsset(own);
  }

  #build(): void {
    const { credentialsModule, outDir } = this.#props;
    const request: BuildRequest = {
      entries: Object.fromEntries(FUNCTION_NAMES.map((name) => [name, this.#entry(name)])),
      credentialsModule: resolve(credentialsModule),
      outDir: resolve(outDir),
    };
    const program = join(dirname(request.credentialsModule), 'build-functions.ts');
    const { status, error, stderr } = spawnSync(process.execPath, [program, JSON.stringify(request)], {
      encoding: 'utf8',
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(`The functions cannot be bundled: ${program} ended with ${status}.\n${stderr}`);
    for (const name of FUNCTION_NAMES) this.#putBeside(name);
  }

  #putBeside(name: FunctionName): void {
    const project = resolve(dirname(this.#props.credentialsModule), '..', '..');
    for (const file of BESIDE[name] ?? []) {
      const target = file.startsWith('node_modules/') ? file : basename(file);
      cpSync(join(project, file), join(this.#props.outDir, 'lambdas', name, target));
    }
    if (name !== 'api-read') return;
    // Functions have no JSON Schema in their bundles: the document is written here.
    writeFileSync(join(this.#props.outDir, 'lambdas', name, 'openapi.json'), JSON.stringify(openApiDocument()));
  }

  #entry(name: FunctionName): string {
    const entry = resolve(this.#props.functionsDir, name, 'handler.ts');
    if (existsSync(entry)) return entry;
    throw new Error(`The function ${name} has no entry: ${entry} is missing. It must export \`handler\`.`);
  }
}
