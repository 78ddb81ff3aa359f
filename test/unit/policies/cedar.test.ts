import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

test('the engine answers code that is deoptimised while it waits, instead of ending the process', () => {
  const program = join(process.cwd(), 'test/unit/policies/deoptimised-call.ts');
  const { status, signal, stdout } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
  expect({ status, signal, stdout }).toEqual({ status: 0, signal: null, stdout: 'allow\n' });
});
