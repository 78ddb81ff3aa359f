import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { buildSync, type OutputFile } from 'esbuild';
import { Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/** Every function of a system; each is `<name>/handler.ts` in the folder of the functions. */
export const FUNCTION_NAMES = [
  'issue-monitor',
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
  'heartbeat',
  'registrar',
  'api',
] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

export interface FunctionBundlesProps {
  /** Folder with one folder per function. */
  readonly functionsDir: string;
  /** Module that gives functions their credentials, in place of the SDK's chain for laptops and servers. */
  readonly credentialsModule: string;
  /** Folder for `lambdas/<name>/index.js`, `source-maps/<name>.js.map` and `bundle-sizes.json`. */
  readonly outDir: string;
}

/**
 * The functions' code: all of them are built by one esbuild call, once per process, when the first one is asked for.
 *
 * A build per function, as NodejsFunction does it, would parse the SDK fourteen times.
 */
export class FunctionBundles {
  readonly #props: FunctionBundlesProps;
  #built = false;

  constructor(props: FunctionBundlesProps) {
    this.#props = props;
  }

  /** Code of one function; an inline stub when the CLI does not need this stack's code (`cdk list`, synth tests). */
  code(scope: Construct, name: FunctionName): lambda.Code {
    if (!Stack.of(scope).bundlingRequired) return lambda.Code.fromInline(`exports.handler = async () => '${name}';`);
    if (!this.#built) this.#build();
    this.#built = true;
    return lambda.Code.fromAsset(join(this.#props.outDir, 'lambdas', name));
  }

  #build(): void {
    const { outDir } = this.#props;
    const built = buildSync({
      entryPoints: Object.fromEntries(FUNCTION_NAMES.map((name) => [name, this.#entry(name)])),
      outdir: join(outDir, 'lambdas'),
      bundle: true,
      write: false,
      minify: true,
      platform: 'node',
      target: 'node22',
      format: 'cjs',
      // The SDK's ES modules can be tree-shaken; its CommonJS files, esbuild's default for node, cannot.
      mainFields: ['module', 'main'],
      alias: { '@aws-sdk/credential-provider-node': this.#props.credentialsModule },
      sourcemap: 'external',
      sourcesContent: false,
      legalComments: 'none',
    });
    for (const folder of ['lambdas', 'source-maps']) rmSync(join(outDir, folder), { recursive: true, force: true });
    for (const file of built.outputFiles) write(this.#target(file), file.contents);
    const sizes = built.outputFiles.filter(isCode).map((file) => [nameOf(file), file.contents.length] as const);
    write(join(outDir, 'bundle-sizes.json'), `${JSON.stringify(Object.fromEntries(sizes.sort()), null, 2)}\n`);
  }

  #entry(name: FunctionName): string {
    const entry = join(this.#props.functionsDir, name, 'handler.ts');
    if (existsSync(entry)) return entry;
    throw new Error(`The function ${name} has no entry: ${entry} is missing. It must export \`handler\`.`);
  }

  #target(file: OutputFile): string {
    const folder = join(this.#props.outDir, isCode(file) ? 'lambdas' : 'source-maps');
    return isCode(file) ? join(folder, nameOf(file), 'index.js') : join(folder, basename(file.path));
  }
}

const isCode = (file: OutputFile): boolean => file.path.endsWith('.js');
const nameOf = (file: OutputFile): string => basename(file.path, '.js');

const write = (path: string, contents: string | Uint8Array): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
};
