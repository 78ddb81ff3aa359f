import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCli } from './program.ts';
import { userName } from './system/user-name.ts';

/** Both this file and the bundle stand one folder below the project's. */
const home = dirname(dirname(fileURLToPath(import.meta.url)));

// `kintsugi incidents | head` closes the pipe early, which is nobody's error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  dirs: [process.cwd(), home],
  get user() {
    return userName();
  },
  now: Date.now,
  untilInterrupted: (atMostMs) =>
    new Promise((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
      if (atMostMs !== null) setTimeout(resolve, atMostMs);
    }),
});
