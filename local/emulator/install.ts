import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailedError, runCommand } from '../shared/process.ts';
import { EmulatorError } from './emulator-error.ts';

/** The oldest Python that the pinned emulator runs on. */
const OLDEST_PYTHON = [3, 10] as const;
const PYTHON_NAMES = ['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.10'] as const;

/** The one place that names the emulator's version: the requirements beside this file. */
export interface Requirements {
  readonly path: string;
  readonly version: string;
  readonly digest: string;
}

export const readRequirements = async (projectDir: string): Promise<Requirements> => {
  const path = join(projectDir, 'local', 'emulator', 'requirements.txt');
  const text = await readFile(path, 'utf8');
  const version = /^ministack==(\S+)$/m.exec(text)?.[1];
  if (version === undefined) throw new EmulatorError(`${path} must pin the emulator with a line ministack==<version>.`);
  return { path, version, digest: createHash('sha256').update(text).digest('hex').slice(0, 8) };
};

/**
 * Finds a Python that is new enough and can make virtual environments.
 *
 * @throws EmulatorError that says which of the two is missing and how to get it
 */
export const findPython = async (): Promise<string> => {
  const oldest = OLDEST_PYTHON.join('.');
  const found: string[] = [];
  for (const name of PYTHON_NAMES) {
    const version = await pythonVersion(name);
    if (version === undefined) continue;
    found.push(`${name} ${version.join('.')}`);
    if (version[0] === OLDEST_PYTHON[0] && version[1] >= OLDEST_PYTHON[1]) return name;
  }
  throw new EmulatorError(
    found.length === 0
      ? `Python ${oldest} or newer was not found on PATH. Install it (macOS: brew install python3, Debian or Ubuntu: apt install python3 python3-venv).`
      : `Python ${oldest} or newer is needed; found only ${found.join(', ')}. Install a newer Python and put it on PATH.`,
  );
};

const pythonVersion = async (name: string): Promise<readonly [number, number] | undefined> => {
  try {
    const { stdout } = await runCommand(name, ['-c', 'import sys; print(*sys.version_info[:2])'], {
      timeoutMs: 20_000,
    });
    const [major, minor] = stdout.trim().split(' ').map(Number);
    return major === undefined || minor === undefined ? undefined : [major, minor];
  } catch {
    return undefined;
  }
};

/**
 * Makes sure that the pinned emulator is installed in a folder of the project's own.
 *
 * The folder is named after the pinned versions and appears by a rename, so that a half-finished installation is never
 * used and two commands may install at once.
 *
 * @returns the Python that has the emulator
 */
export const installEmulator = async (
  requirements: Requirements,
  homeDir: string,
  onProgress: (line: string) => void,
): Promise<string> => {
  const target = join(homeDir, `ministack-${requirements.version}-${requirements.digest}`);
  const pythonOf = (folder: string): string => join(folder, 'bin', 'python');
  if (await isReachable(pythonOf(target))) return pythonOf(target);

  const python = await findPython();
  const draft = `${target}.${process.pid}`;
  onProgress(`Installing the AWS emulator MiniStack ${requirements.version} into ${homeDir} (once)`);
  try {
    await createVenv(python, draft);
    await installPackages(pythonOf(draft), requirements);
    await rm(target, { recursive: true, force: true });
    await rename(draft, target);
  } catch (error) {
    // Somebody else finished the same installation first.
    if (!(error instanceof EmulatorError) && (await isReachable(pythonOf(target)))) return pythonOf(target);
    throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return pythonOf(target);
};

const createVenv = async (python: string, folder: string): Promise<void> => {
  try {
    await mkdir(folder, { recursive: true });
    await runCommand(python, ['-m', 'venv', folder], { timeoutMs: 120_000 });
  } catch (error) {
    if (isFileError(error)) {
      throw new EmulatorError(
        `${folder} cannot be written (${error.code}). Give this folder to your user, or clone elsewhere.`,
        error,
      );
    }
    if (!(error instanceof CommandFailedError)) throw error;
    throw new EmulatorError(
      `${python} cannot create a virtual environment. Install its venv module (Debian or Ubuntu: apt install python3-venv).\n${error.message}`,
      error,
    );
  }
};

const installPackages = async (python: string, requirements: Requirements): Promise<void> => {
  const args = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--no-input',
    '--requirement',
    requirements.path,
  ];
  try {
    await runCommand(python, args, { timeoutMs: 300_000 });
  } catch (error) {
    if (!(error instanceof CommandFailedError)) throw error;
    throw new EmulatorError(
      `pip could not install ministack==${requirements.version}. Check the network, the proxy (HTTPS_PROXY) and the package index (PIP_INDEX_URL).\n${error.message}`,
      error,
    );
  }
};

const isReachable = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const isFileError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'code' in error && ['EACCES', 'EPERM', 'EROFS', 'ENOSPC'].includes(String(error.code));
