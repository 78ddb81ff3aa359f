import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { build, type OutputFile } from 'esbuild';
import type { BuildRequest } from './build-request.ts';
import { slimSdk } from './slim-sdk.ts';

/**
 * Bundles all functions in one esbuild call. A program of its own, because the CDK app is synchronous and esbuild takes
 * plugins only asynchronously: `node build-functions.ts '<BuildRequest as JSON>'`.
 */
const { entries, credentialsModule, outDir } = JSON.parse(process.argv[2] ?? '') as BuildRequest;

const isCode = (file: OutputFile): boolean => file.path.endsWith('.js');
const nameOf = (file: OutputFile): string => basename(file.path, '.js');

const targetOf = (file: OutputFile): string =>
  isCode(file) ? join(outDir, 'lambdas', nameOf(file), 'index.js') : join(outDir, 'source-maps', basename(file.path));

const write = (path: string, contents: string | Uint8Array): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
};

const built = await build({
  entryPoints: entries,
  outdir: join(outDir, 'lambdas'),
  bundle: true,
  write: false,
  minify: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  // The SDK's ES modules can be tree-shaken; its CommonJS files, esbuild's default for node, cannot.
  mainFields: ['module', 'main'],
  alias: { '@aws-sdk/credential-provider-node': credentialsModule },
  // Megabytes of WebAssembly: they lie beside the code of the functions that ask policies.
  external: ['@cedar-policy/cedar-wasm/nodejs'],
  plugins: [slimSdk(join(import.meta.dirname, 'regional-endpoint.ts'))],
  sourcemap: 'external',
  sourcesContent: false,
  legalComments: 'none',
});
for (const folder of ['lambdas', 'source-maps']) rmSync(join(outDir, folder), { recursive: true, force: true });
for (const file of built.outputFiles) write(targetOf(file), file.contents);
const sizes = built.outputFiles.filter(isCode).map((file) => [nameOf(file), file.contents.length] as const);
write(join(outDir, 'bundle-sizes.json'), `${JSON.stringify(Object.fromEntries(sizes.sort()), null, 2)}\n`);
