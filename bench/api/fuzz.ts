import { spawn } from 'node:child_process';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openApiDocument } from '../../core/api/openapi.ts';
import { findPython } from '../../local/emulator/install.ts';
import { inject } from '../../local/faults/faults.ts';
import { runCommand } from '../../local/shared/process.ts';
import type { LocalApi } from './local-api.ts';
import { startLocalApi } from './local-api.ts';

/**
 * Fuzzes the API of a local cloud against its own document: `npm run test:fuzz`.
 *
 * Schemathesis makes requests that the document allows, and requests that it forbids, and holds every answer to it: no
 * server error, no status that the document does not know, no body or content type of another shape.
 */
const SCHEMATHESIS = 'schemathesis==4.32.5';
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'ignored_auth',
];
const ENOUGH = 10_000;
/** A body that is too large is refused before anybody reads what is wrong in it; the fuzzer does not count that by itself. */
const REFUSALS = `[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429"]
`;

const dir = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const { values } = parseArgs({
  options: {
    examples: { type: 'string', default: '200' },
    workers: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
  },
});

/** The fuzzer in a folder of its own. */
const install = async (): Promise<string> => {
  const folder = join(dir, '.kintsugi', 'fuzz');
  const program = join(folder, 'bin', 'schemathesis');
  const isThere = await access(program).then(
    () => true,
    () => false,
  );
  if (isThere) return program;
  await mkdir(dirname(folder), { recursive: true });
  await runCommand(await findPython(), ['-m', 'venv', folder], { timeoutMs: 120_000 });
  await runCommand(join(folder, 'bin', 'pip'), ['install', '--quiet', SCHEMATHESIS], { timeoutMs: 600_000 });
  return program;
};

const run = (program: string, args: readonly string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], cwd: join(dir, '.kintsugi') });
    child.once('error', reject).once('exit', (code) => resolve(code ?? 1));
  });

/** Requests that were sent, by the report of the fuzzer. */
const requestsIn = async (report: string): Promise<number> => {
  const lines = (await readFile(report, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.reduce((sum, line) => sum + (line.match(/"request":/g)?.length ?? 0), 0);
};

const program = await install();
/** What is there, so that requests also reach what lies behind a name that exists. */
const knownNames = async (api: LocalApi): Promise<string> => {
  const token = await api.token('admin');
  const read = async (path: string): Promise<string> =>
    (await fetch(`${api.baseUrl}${path}`, { headers: { authorization: `Bearer ${token}` } })).text();
  const clear = await inject(api.cloud.faultContext(), 'hang');
  let incident: string | undefined;
  for (const deadline = Date.now() + 60_000; incident === undefined && Date.now() < deadline; await sleep(1_000)) {
    incident = /inc-\d{8}-\d{6}-[a-z0-9-]+-[0-9a-f]{6}/.exec(await read('/incidents?limit=1'))?.[0];
  }
  await clear();
  if (incident === undefined) throw new Error('no incident was opened within a minute of a fault');
  return [
    ['^/incidents/', 'id', incident],
    ['^/workloads/', 'id', 'payments'],
    ['^/models/', 'version', 'live'],
  ]
    .map(
      ([path, name, value]) =>
        `[[operations]]\ninclude-path-regex = "${path}"\nparameters = { ${name} = "${value}" }\n`,
    )
    .join('\n');
};

const api = await startLocalApi(dir, ['']);
try {
  const document = join(dir, '.kintsugi', 'openapi.json');
  await writeFile(document, JSON.stringify(openApiDocument()));
  const config = join(dir, '.kintsugi', 'schemathesis.toml');
  const token = await api.token('admin');
  let requests = 0;
  let failed = 0;
  // Once with names that nothing has, once with names of what is there.
  for (const [names, toml] of [
    ['any', ''],
    ['known', await knownNames(api)],
  ] as const) {
    await writeFile(config, `${REFUSALS}${toml}`);
    const report = join(dir, '.kintsugi', `fuzz-${names}.ndjson`);
    const code = await run(program, [
      `--config-file=${config}`,
      'run',
      document,
      `--url=${api.baseUrl}`,
      `--header=Authorization: Bearer ${token}`,
      `--checks=${CHECKS.join(',')}`,
      '--phases=coverage,fuzzing',
      `--max-examples=${values.examples}`,
      `--workers=${values.workers}`,
      `--seed=${values.seed}`,
      '--continue-on-failure',
      '--suppress-health-check=all',
      '--report=ndjson',
      `--report-ndjson-path=${report}`,
    ]);
    failed += code === 0 ? 0 : 1;
    requests += await requestsIn(report);
  }
  process.stdout.write(`${requests} requests; ${ENOUGH} are asked for.\n`);
  process.exitCode = failed === 0 && requests >= ENOUGH ? 0 : 1;
} finally {
  await api.stop();
}
process.exit();
