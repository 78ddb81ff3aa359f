import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aWorld, run } from '../unit/cli/fake-kintsugi.ts';

const BIN = `#!/usr/bin/env node
import { App } from 'aws-cdk-lib';
import { ShopStack } from '../lib/shop-stack.ts';

const app = new App();
new ShopStack(app, 'Shop', {
  /* an account (any) */ description: 'a shop :)',
});
`;

const STACK = `import { Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerImage, FargateService, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';

export class ShopStack extends Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
    const cluster = new Cluster(this, 'Cluster', { vpc: new Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 0 }) });
    const taskDefinition = new FargateTaskDefinition(this, 'Task');
    taskDefinition.addContainer('web', { image: ContainerImage.fromRegistry('nginx') });
    new FargateService(this, 'Storefront', { cluster, taskDefinition, desiredCount: 2 });
  }
}
`;

/** A small CDK app of somebody's, in a folder of its own. */
describe('kintsugi init', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'kintsugi-init-'));
    for (const folder of ['bin', 'lib']) mkdirSync(join(dir, folder));
    write('cdk.json', JSON.stringify({ app: 'node bin/shop.ts' }));
    write('package.json', JSON.stringify({ name: 'shop', type: 'module' }));
    write('bin/shop.ts', BIN);
    write('lib/shop-stack.ts', STACK);
    symlinkSync(join(process.cwd(), 'node_modules'), join(dir, 'node_modules'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const write = (name: string, text: string): void => writeFileSync(join(dir, name), text);
  const read = (name: string): string => readFileSync(join(dir, name), 'utf8');
  const init = (...args: readonly string[]) => run(aWorld(), ['init', dir, ...args], { dirs: [dir, process.cwd()] });

  test('shows what it would write, and writes nothing', async () => {
    const { code, out } = await init();
    expect(code).toBe(0);
    expect(out).toMatch(/^\+ import \{ SelfHealing \} from '.+\/lib\/constructs\/self-healing\.ts';$/m);
    expect(out).toContain("- new ShopStack(app, 'Shop', {");
    expect(out).toContain("+ const stack = new ShopStack(app, 'Shop', {");
    expect(out).toContain(`kintsugi init ${dir} --yes`);
    expect(read('bin/shop.ts')).toBe(BIN);
    const chosen = await init('--env', 'prod', '--owner', 'team shop', '--stack', 'Shop');
    expect(chosen.out).toContain(`kintsugi init ${dir} --owner 'team shop' --stack Shop --yes --env prod\n`);
  });

  test('with --yes the app synthesises, and its service is watched; a second time nothing is done', async () => {
    expect(await init('--yes', '--env', 'stage', '--owner', 'team-shop')).toMatchObject({ code: 0 });
    const written = read('bin/shop.ts');
    const app = spawnSync(join(process.cwd(), 'node_modules', '.bin', 'node'), ['bin/shop.ts'], {
      cwd: dir,
      env: { ...process.env, CDK_OUTDIR: join(dir, 'cdk.out') },
      encoding: 'utf8',
    });
    expect([app.status, app.stderr]).toEqual([0, expect.not.stringContaining('Error')]);
    const template = read('cdk.out/Shop.template.json');
    expect(template).toContain('/kintsugi/stage/alarm-topic-arn');
    expect(template).toContain('kintsugi-stage-storefront-');
    const again = await init('--yes');
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining('there already') });
    expect(read('bin/shop.ts')).toBe(written);
  }, 60_000);

  test('an app that ts-node runs is run by tsx', async () => {
    write('cdk.json', '{\n  "app": "npx ts-node --prefer-ts-exts bin/shop.ts",\n  "context": {}\n}\n');
    await init('--yes');
    expect(read('cdk.json')).toBe('{\n  "app": "npx tsx bin/shop.ts",\n  "context": {}\n}\n');
  });

  test('an app that asks with require is answered so', async () => {
    const text =
      "const cdk = require('aws-cdk-lib');\nconst app = new cdk.App();\nconst shop = new cdk.Stack(app, 'Shop');\n";
    write('bin/shop.js', text);
    write('cdk.json', JSON.stringify({ app: 'node bin/shop.js' }));
    await init('--yes');
    expect(read('bin/shop.js')).toMatch(
      /^const cdk = .*\nconst \{ FargateService \} = require\('aws-cdk-lib\/aws-ecs'\);\nconst \{ SelfHealing \} = require\('.+'\);\nconst app/,
    );
    expect(read('bin/shop.js')).toContain("SelfHealing.attach(shop, 'Healing'");
  });

  describe('refuses, and says what is allowed', () => {
    const two = BIN.replace('const app = new App();', "const app = new App();\nnew ShopStack(app, 'Other');");
    test.each<readonly [string, string, string | null, string]>([
      ['a folder without an app', 'cdk.json', null, 'there is no cdk.json'],
      ['a cdk.json without a command', 'cdk.json', '{}', 'app must be the command that runs the CDK app'],
      ['an app in another language', 'cdk.json', '{"app":"python3 app.py"}', "got 'python3 app.py'"],
      ['an app whose file is gone', 'cdk.json', '{"app":"node bin/gone.ts"}', 'runs bin/gone.ts, which is not there'],
      ['a file without a stack', 'bin/shop.ts', "import { App } from 'aws-cdk-lib';\n", 'new MyStack(app,'],
      ['two stacks', 'bin/shop.ts', two, 'say which one with --stack (Other, Shop)'],
    ])('%s', async (_, name, text, message) => {
      if (text === null) rmSync(join(dir, name));
      else write(name, text);
      const { code, err } = await init('--yes');
      expect(code).toBe(1);
      expect(err).toContain(message);
      expect(read('bin/shop.ts')).not.toContain('SelfHealing');
    });

    test('a stack of another name', async () => {
      const { code, err } = await init('--stack', 'Shup');
      expect(code).toBe(1);
      expect(err).toContain("--stack must be one of Shop; got 'Shup'. Did you mean 'Shop'?");
    });
  });
});
