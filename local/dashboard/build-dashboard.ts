import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface BuildOptions {
  /** The project's root folder. */
  readonly dir: string;
  readonly onProgress: (line: string) => void;
  /** Ends the build early. */
  readonly signal?: AbortSignal;
}

/** What the dashboard is built from; `core` holds the contracts and the wording that it shares. */
const SOURCES = ['web/src', 'web/public', 'core'];
const SOURCE_FILES = ['web/index.html', 'web/vite.config.ts', 'web/package-lock.json'];
const STAMP = 'web/dist/.built-from';

/**
 * Builds the dashboard if it is not built from the present sources yet, at low priority: whoever waits for a heal must not
 * wait for it.
 *
 * @returns the folder of the built files
 * @throws Error with the end of what the failing command said
 */
export const buildDashboard = async ({ dir, onProgress, signal }: BuildOptions): Promise<string> => {
  const siteDir = join(dir, 'web', 'dist');
  if (await isDashboardBuilt(dir)) return siteDir;
  const wanted = await hashOfSources(dir);
  onProgress('Building the dashboard in the background (once; it is kept until its sources change)');
  const isInstalled = await access(join(dir, 'web', 'node_modules', '.package-lock.json')).then(
    () => true,
    () => false,
  );
  if (!isInstalled) await runNpm(dir, ['ci'], signal);
  // Whoever asks for it (a test, say) may have another: React would be its slow development build.
  await runNpm(dir, ['run', 'build'], signal, { NODE_ENV: 'production' });
  await writeFile(join(dir, STAMP), wanted);
  return siteDir;
};

/** Whether what is built is built from the present sources. */
export const isDashboardBuilt = async (dir: string): Promise<boolean> => {
  const stamp = await readFile(join(dir, STAMP), 'utf8').catch(() => null);
  return stamp !== null && stamp === (await hashOfSources(dir));
};

const hashOfSources = async (dir: string): Promise<string> => {
  const hash = createHash('sha256');
  const listed = await Promise.all(
    SOURCES.map(async (source) => {
      const entries = await readdir(join(dir, source), { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    }),
  );
  for (const file of [...listed.flat(), ...SOURCE_FILES.map((name) => join(dir, name))].sort()) {
    hash
      .update(file.slice(dir.length))
      .update('\0')
      .update(await readFile(file))
      .update('\0');
  }
  return hash.digest('hex');
};

const KEPT_OUTPUT = 2_000;

const runNpm = (
  dir: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
  env: NodeJS.ProcessEnv = {},
): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn('nice', ['-n', '15', 'npm', '--prefix', join(dir, 'web'), ...args], {
      cwd: dir,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      ...(signal === undefined ? {} : { signal }),
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`npm ${args.join(' ')} of the dashboard failed (${code}): ${output.trim()}`));
    });
  });
