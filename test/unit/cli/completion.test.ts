import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { completionNodes, completionScript, SHELLS } from '../../../cli/terminal/completion.ts';
import { faultNames } from '../../../local/faults/faults.ts';
import { aWorld, run } from './fake-kintsugi.ts';

let script: string;
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kintsugi-completion-'));
  const { code, out } = await run(aWorld(), ['completion', 'bash']);
  expect(code).toBe(0);
  script = join(dir, 'kintsugi.bash');
  writeFileSync(script, out);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What a real bash, which has sourced the script, offers for a line; the last word is the one that is being typed. */
const offered = (...words: readonly string[]): string[] => {
  const line = `COMP_WORDS=(kintsugi "$@"); COMP_CWORD=$#; _kintsugi; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['-c', `source ${script}; ${line}`, 'bash', ...words], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter((word) => word !== '');
};

describe('a bash that has sourced it', () => {
  test('offers every command', async () => {
    const { out } = await run(aWorld(), ['--help']);
    const listed = /Commands:\n([\s\S]*?)\n\n/.exec(out)?.[1] ?? '';
    const shown = [...listed.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name);
    expect(shown.length).toBeGreaterThan(20);
    expect(offered('')).toEqual(expect.arrayContaining(shown.filter((name) => name !== 'help')));
  });

  test.each([
    [['inc'], ['incidents']],
    [['model', 'pro'], ['promote']],
    [
      ['--env', ''],
      ['dev', 'stage', 'prod'],
    ],
    [['status', '--env', 'st'], ['stage']],
    [['--env', 'prod', 'mode', 'a'], ['auto']],
    [['mode', 'o'], ['off']],
    [
      ['resume', '--mode', ''],
      ['auto', 'manual', 'shadow'],
    ],
    [
      ['model', 'promote', 'latest', '--to', ''],
      ['stage', 'prod'],
    ],
    [['incidents', '--status', 'esc'], ['escalated']],
    [
      ['feedback', 'latest', '--rating', ''],
      ['helpful', 'too-slow', 'wrong'],
    ],
    [
      ['proof', 'show', 'latest', '--view', ''],
      ['runtime', 'decision', 'proof'],
    ],
    [['proof', 'export', '--format', 'c'], ['csv']],
    [['completion', ''], [...SHELLS]],
    [['break', ''], [...faultNames]],
    [['status', '--pro'], ['--profile']],
  ] as const)('%j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });

  test('takes the value of an option for no command, and leaves what can be anything to the shell', () => {
    expect(offered('--profile', 'model', 'stat')).toEqual(['status']);
    expect(offered('feedback', 'latest', '--comment', '')).toEqual([]);
  });
});

test('every shell is told of everything', () => {
  const program = new Command('kintsugi').option('--env <name>', 'which');
  program.command('outer').summary("it's nested").command('inner').option('--colour <c>', 'any').argument('<fault>');
  const nodes = completionNodes(program, { env: ['dev'], fault: ['hang'] });
  expect(nodes.map(({ path }) => path)).toEqual(['kintsugi', 'kintsugi outer', 'kintsugi outer inner']);
  for (const shell of SHELLS) {
    const text = completionScript(shell, nodes);
    for (const word of ['outer', 'inner', 'colour', 'hang', 'dev']) expect(text).toContain(word);
  }
  expect(completionScript('fish', nodes)).toContain("-d 'it\\'s nested'");
});

test('refuses a shell that it does not know, and names those that it does', async () => {
  const { code, err } = await run(aWorld(), ['completion', 'tcsh']);
  expect(code).toBe(1);
  expect(err).toContain('Allowed choices are bash, zsh, fish');
});
