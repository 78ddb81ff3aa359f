import { commandLine } from '../../../core/shared/command-line.ts';
import { aRequest } from '../../support/approvals.ts';
import { anIncident, isoAt } from '../../support/builders.ts';
import { A_LOCAL_CLOUD, aWorld, run, type World } from './fake-kintsugi.ts';

const ID = anIncident().incidentId;
const waiting = (changes: Partial<World> = {}): World =>
  aWorld({
    incidents: [anIncident({ status: 'awaiting_approval' })],
    approvals: [aRequest({ incidentId: ID }, { expiresAt: isoAt(900) })],
    ...changes,
  });
const tables = new Map([['web', new Map([['deadlock', { 'fixed.restart': 3 }]])]]);

const HINTS: readonly (readonly [line: readonly string[], world: () => World, hint: string])[] = [
  [['stop'], () => aWorld(), 'Undo it with: kintsugi resume'],
  [['status'], waiting, `Answer with: kintsugi approve ${ID}`],
  [['explain', 'latest'], waiting, `  kintsugi decline ${ID} --reason "..."`],
  [['explain', 'latest'], waiting, `  kintsugi approve ${ID} --alternative redeploy`],
  [['explain', 'latest'], waiting, `More: kintsugi explain ${ID} --full`],
  [['approve', 'latest'], waiting, `Follow it with: kintsugi explain ${ID}`],
  [['explain', 'zzzzzz'], waiting, 'list them with: kintsugi incidents'],
  [['explain', ID.replace(/.{6}$/, 'abcdef')], waiting, 'List them with: kintsugi incidents'],
  [['chat', `tell me about ${ID}`], waiting, `kintsugi explain ${ID}`],
  [['chat', 'scale checkout to 4'], waiting, 'say it within `kintsugi chat'],
  [['learner', 'rebuild'], () => aWorld({ tables }), 'To correct them: kintsugi learner rebuild --write'],
  [['model', 'show', 'latest'], () => aWorld(), 'or: kintsugi train'],
  [['model', 'show', 'live'], () => aWorld(), '(kintsugi model diff live latest'],
];

const said = async (line: readonly string[], world: World): Promise<string> => {
  const { out, err } = await run(world, line);
  return out + err;
};

test.each(HINTS)('%j names the environment that it spoke of, with profile and region', async (line, world, hint) => {
  expect(await said([...line, '--env', 'prod'], world())).toContain(`${hint} --env prod`);
  const there = ['--env', 'stage', '--profile', 'shop stage', '--region', 'eu-central-1'];
  expect(await said([...line, ...there], world())).toContain(
    `${hint} --env stage --profile 'shop stage' --region eu-central-1`,
  );
});

test('a deployed dev is told from the local cloud, which needs no more words', async () => {
  expect(await said(['stop'], aWorld())).toContain('kintsugi resume --aws\n');
  expect(await said(['stop', '--profile', 'mine'], aWorld())).toContain('kintsugi resume --profile mine\n');
  expect(await said(['stop'], aWorld({ local: A_LOCAL_CLOUD }))).toContain('kintsugi resume\n');
});

test('a profile is one word to a shell, whatever it is called', () => {
  expect(commandLine('status', { env: 'prod', profile: "ada's" })).toBe(
    `kintsugi status --env prod --profile 'ada'\\''s'`,
  );
});
