import { chmod, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Writes the CLI as one file that runs anywhere: `dist/kintsugi.mjs`, the package's `bin`, or another that is named. */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outfile = resolve(process.argv[2] ?? join(root, 'dist', 'kintsugi.mjs'));

await build({
  entryPoints: [join(root, 'cli', 'main.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  minify: true,
  keepNames: true, // errors are told apart by name
  legalComments: 'none',
  // CommonJS dependencies ask for node: modules by `require`, which an ES module does not have.
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
  },
  // Reads its WebAssembly from beside itself; imported only by commands that ask a policy, so that the others run without it.
  external: ['@cedar-policy/cedar-wasm/nodejs'],
  logLevel: 'warning',
});
await chmod(outfile, 0o755);
const { size } = await stat(outfile);
process.stdout.write(`${relative(process.cwd(), outfile)}: ${(size / 1024).toFixed(0)} KiB\n`);
