import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

await build({
  entryPoints: [`${root}core/diagnosis/analyze.ts`],
  outfile: `${root}dist/analyzer.mjs`,
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2023',
});
console.log('dist/analyzer.mjs: analyze(input), baseline(normal)');
