import { spawnSync } from 'node:child_process';

const bench = (name: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, [`bench/${name}/main.ts`, ...args], { encoding: 'utf8' });

test.each(['nab', 'petshop', 'storm'])(
  'bench:%s says how it is used, and what it does not know',
  (name) => {
    const help = bench(name, '--help');
    expect(help.stdout).toMatch(new RegExp(`^bench:${name} \\[--`));
    expect(help).toMatchObject({ status: 0, stderr: '' });
    const unknown = bench(name, '--colour');
    expect(unknown).toMatchObject({ status: 1, stdout: '' });
    expect(unknown.stderr).toMatch(/^Unknown option '--colour'.*\n$/);
  },
  30_000,
);

test.each([
  ['nab', /^bench:nab: no NAB data in '\/nowhere\/nab' .*numenta\/NAB.*\n$/],
  ['petshop', /^no PetShop data in '\/nowhere\/petshop\/low_traffic\.json'.*README\.md.*\n$/],
])('bench:%s without its data says where it comes from', (name, message) => {
  const { status, stderr } = bench(name, '--data', '/nowhere');
  expect(status).toBe(1);
  expect(stderr).toMatch(message);
});
