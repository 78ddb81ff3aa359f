import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import manifest from '../../package.json' with { type: 'json' };
import { findPython } from '../../local/emulator/install.ts';
import { isPortFree } from '../../local/shared/ports.ts';
import type { Io } from '../context.ts';
import type { LocalState } from '../system/local-state.ts';
import type { InstalledPackage, Machine } from './machine.ts';

const TIMEOUT_MS = 2_000;

/** The machine that the command runs on. */
export const thisMachine = ({ dirs, env }: Pick<Io, 'dirs' | 'env'>, local: LocalState | null): Machine => ({
  node: process.versions.node,
  python: findPython,
  pinned: { 'aws-cdk': manifest.devDependencies['aws-cdk'], 'aws-cdk-lib': manifest.dependencies['aws-cdk-lib'] },
  installed: (name) => installedPackage(name, dirs),
  isPortFree,
  answers: async (endpoint) => {
    try {
      const response = await fetch(`${endpoint.replace(/\/$/, '')}/_ministack/health`, {
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return response.ok ? 'emulator' : 'something else';
    } catch {
      return 'nothing';
    }
  },
  local,
  endpointUrl: env['AWS_ENDPOINT_URL'] ?? null,
});

const ManifestSchema = z.object({
  version: z.string(),
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
});

/** The package as Node would find it from each of the folders, in order. */
const installedPackage = async (name: string, dirs: readonly string[]): Promise<InstalledPackage | null> => {
  for (const start of dirs) {
    for (let dir = start; ; dir = dirname(dir)) {
      const text = await readFile(join(dir, 'node_modules', name, 'package.json'), 'utf8').catch(() => null);
      if (text !== null) return parsePackage(text);
      if (dirname(dir) === dir) break;
    }
  }
  return null;
};

/** The library depends on the schema that it writes; the command line was built with the newest that it reads. */
const parsePackage = (text: string): InstalledPackage => {
  const { version, dependencies, devDependencies } = ManifestSchema.parse(JSON.parse(text));
  const schema = { ...devDependencies, ...dependencies }['@aws-cdk/cloud-assembly-schema'];
  const [, major] = /(\d+)/.exec(schema ?? '') ?? [];
  return { version, assemblySchema: major === undefined ? null : Number(major) };
};
