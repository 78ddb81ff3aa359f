import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** Arrows point inwards. `core/` is pure, `lib/` knows handlers by path only, nobody depends on `local/`. */

const root = process.cwd();
const LAYERS = ['bin', 'core', 'lambdas', 'lib', 'local', 'cli', 'bench', 'examples', 'test'] as const;
type Layer = (typeof LAYERS)[number];

/** What each layer may import of the others, besides itself. */
const ALLOWED: Partial<Record<Layer, readonly Layer[]>> = {
  core: [],
  lambdas: ['core'],
  lib: ['core'],
  bin: ['lib', 'core'],
  examples: ['lib', 'core'],
};

/** Packages that a layer must not know; the others are held by what they may import of the project. */
const FORBIDDEN_PACKAGES: Partial<Record<Layer, RegExp>> = {
  core: /^(?!zod$)/,
  lambdas: /^(aws-cdk-lib|constructs|cdk-nag)(\/|$)/,
  lib: /^(@middy\/|@aws-lambda-powertools\/|@aws-sdk\/)/,
};

/** What is put into the functions' bundles lies in `lib/` and runs in Lambda: there the SDK belongs. */
const BUNDLED = 'lib/bundling/';

/** Time, chance and the outside come into `core/` as arguments. */
const IMPURE = [
  /\bDate\.now\b/,
  /\bMath\.random\b/,
  /\bnew Date\(\s*\)/,
  /\bperformance\.now\b/,
  /\bcrypto\./,
  /\bprocess\./,
  /\bsetTimeout\b/,
  /\bfetch\(/,
  /\bconsole\./,
];

interface Source {
  readonly layer: Layer;
  readonly path: string;
  /** Without comments, which may name what code may not. */
  readonly code: string;
}

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');

const sourcesOf = (layer: Layer): Source[] =>
  readdirSync(join(root, layer), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => join(layer, name))
    .map((path) => ({ layer, path, code: withoutComments(readFileSync(join(root, path), 'utf8')) }));

const importsOf = ({ code }: Source): string[] =>
  [...code.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+|\brequire\(\s*)['"]([^'"]+)['"]/g)].map(
    ([, specifier]) => specifier ?? '',
  );

/** The layer that a relative import ends in; null for a package. */
const layerOf = (path: string, specifier: string): Layer | null => {
  if (!specifier.startsWith('.')) return null;
  const [first] = relative(root, resolve(root, dirname(path), specifier)).split('/');
  return LAYERS.find((layer) => layer === first) ?? null;
};

const offences = (source: Source): string[] => {
  const allowed = ALLOWED[source.layer];
  return importsOf(source).flatMap((specifier) => {
    const target = layerOf(source.path, specifier);
    const outwards = allowed !== undefined && target !== null && target !== source.layer && !allowed.includes(target);
    const packaged = target === null && !specifier.startsWith('.') && !source.path.startsWith(BUNDLED);
    const forbidden = packaged && FORBIDDEN_PACKAGES[source.layer]?.test(specifier) === true;
    return outwards || forbidden ? [`${source.path} imports ${specifier}`] : [];
  });
};

describe.each(Object.keys(ALLOWED) as Layer[])('%s', (layer) => {
  const sources = sourcesOf(layer);

  test('has sources, so that silence means something', () => expect(sources.length).toBeGreaterThan(0));

  test('imports nothing that lies further out', () => expect(sources.flatMap(offences)).toEqual([]));
});

test('core depends on no clock, no chance and no outside', () => {
  const impure = sourcesOf('core').flatMap(({ path, code }) =>
    IMPURE.filter((pattern) => pattern.test(code)).map((pattern) => `${path}: ${pattern.source}`),
  );
  expect(impure).toEqual([]);
});

test('use cases know no AWS: only handlers and adapters do', () => {
  const useCases = sourcesOf('lambdas').filter(
    ({ path }) =>
      !path.startsWith('lambdas/adapters/') && !path.startsWith('lambdas/shared/') && /\/([\w-]+)\/\1\.ts$/.test(path),
  );
  expect(useCases.length).toBeGreaterThanOrEqual(10);
  const aware = useCases.flatMap((source) =>
    importsOf(source)
      .filter((specifier) => specifier.startsWith('@aws-sdk/') || specifier.includes('/adapters/'))
      .map((specifier) => `${source.path} imports ${specifier}`),
  );
  expect(aware).toEqual([]);
});

test('adapters do not know the use cases that they serve', () => {
  const upwards = sourcesOf('lambdas')
    .filter(({ path }) => path.startsWith('lambdas/adapters/'))
    .flatMap((source) =>
      importsOf(source)
        .filter((specifier) => specifier.startsWith('../') && !specifier.startsWith('../../'))
        .map((specifier) => `${source.path} imports ${specifier}`),
    );
  expect(upwards).toEqual([]);
});

describe('the reader of imports', () => {
  const reads = (code: string, path = 'core/x/y.ts'): string[] => offences({ layer: 'core', path, code });

  test.each([
    [`import { a } from '../../lambdas/shared/env.ts';`],
    [`import type { A } from '../../lib/a.ts';`],
    [`export { a } from '../../local/a.ts';`],
    [`import '../../cli/a.ts';`],
    [`const a = await import('../../lambdas/a.ts');`],
    [`import { readFile } from 'node:fs';`],
    [`import { S3Client } from '@aws-sdk/client-s3';`],
    [`import middy from '@middy/core';`],
    [`import {\n  a,\n  b,\n} from 'aws-cdk-lib';`],
  ])('sees %s', (code) => expect(reads(code)).toHaveLength(1));

  test.each([[`import * as z from 'zod';`], [`import { a } from '../shared/a.ts';`], [`import { a } from './b.ts';`]])(
    'lets %s pass',
    (code) => expect(reads(code)).toEqual([]),
  );
});
