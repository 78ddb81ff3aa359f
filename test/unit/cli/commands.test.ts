import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Incident } from '../../../core/contracts/incident.ts';
import type { JournalRecord } from '../../../core/contracts/journal.ts';
import { aChain, aDecision, anIncident, isoAt } from '../../support/builders.ts';
import { HEALED } from '../../support/healed.ts';
import type { PlaceName } from '../../../lambdas/adapters/kill-switch-places.ts';
import { anApproval, aRequest } from '../../support/approvals.ts';
import { epochMs } from '../../../core/shared/units.ts';
import { aWorld, run } from './fake-kintsugi.ts';

const chain: readonly JournalRecord[] = aChain(HEALED);
const healed: Incident = anIncident({
  status: 'recovered',
  closedAt: isoAt(12),
  lastAction: 'restart',
  attempts: 1,
  explanation: 'It was restarted and it recovered.',
});
const id = healed.incidentId;
const healedWorld = () => aWorld({ incidents: [healed], journals: { [id]: chain } });

const waitingWorld = () => {
  const incident = anIncident({ status: 'awaiting_approval' });
  const approval = aRequest({ incidentId: id }, { expiresAt: isoAt(900) });
  return aWorld({ incidents: [incident], approvals: [approval] });
};

describe('finding an incident', () => {
  test.each([id, 'latest', id.slice(0, 20), id.slice(4, 20), id.slice(-6)])('takes %s', async (wanted) => {
    const { code, out } = await run(healedWorld(), ['explain', wanted]);
    expect(code).toBe(0);
    expect(out).toContain(id);
  });

  test('refuses a part that nothing has, and says how to find one', async () => {
    const { code, err } = await run(healedWorld(), ['explain', 'zzzzzz']);
    expect(code).toBe(1);
    expect(err).toContain("no incident in dev begins or ends with 'zzzzzz'");
    expect(err).toContain('kintsugi incidents');
  });

  test('refuses a part that two have, and names both', async () => {
    const other = { ...healed, incidentId: id.replace(/.{6}$/, 'abcdef') };
    const world = aWorld({ incidents: [healed, other], journals: {} });
    const { code, err } = await run(world, ['explain', 'inc-']);
    expect(code).toBe(1);
    expect(err).toContain(id);
    expect(err).toContain('abcdef');
  });
});

describe('explain', () => {
  test('shows the phases and the account', async () => {
    const { out } = await run(healedWorld(), ['explain', 'latest']);
    expect(out).toMatch(/Sense\s+1\.0 s {2}root payments: failing requests, missing or sick tasks/);
    expect(out).toContain('It was restarted and it recovered.');
  });

  test('--full adds candidates, guards and records', async () => {
    const { out } = await run(healedWorld(), ['explain', 'latest', '--full']);
    expect(out).toMatch(/> restart\s+4\.0\s+80 %\s+60 % - 95 %/);
    expect(out).toMatch(/mode\s+the mode is auto/);
    expect(out).toMatch(/6 {2}\S+ {2}attempt_explained/);
  });

  test('--json is the incident with its journal', async () => {
    const { out } = await run(healedWorld(), ['explain', 'latest', '--json']);
    expect(JSON.parse(out)).toEqual({ incident: healed, journal: chain });
  });
});

describe('approve and decline', () => {
  test.each(['approve', 'decline'] as const)('%s answers once, with who and why', async (answer) => {
    const world = waitingWorld();
    const first = await run(world, [answer, 'latest', '--reason', 'seen before']);
    expect(first.code).toBe(0);
    expect(world.answers).toEqual([
      expect.objectContaining({ answer, approver: 'ada', reason: 'seen before', planHash: aDecision().planHash }),
    ]);
    const second = await run(world, [answer, 'latest']);
    expect(second.code).toBe(1);
    expect(world.answers).toHaveLength(1);
  });

  test('refuses after the expiry', async () => {
    const world = waitingWorld();
    world.approvals = world.approvals.map((request) => ({ ...request, expiresAt: isoAt(20) }));
    const { code, err } = await run(world, ['approve', 'latest']);
    expect(code).toBe(1);
    expect(err).toContain('expired');
    expect(world.answers).toEqual([]);
  });

  test('says that nothing waits', async () => {
    const { code, err } = await run(healedWorld(), ['approve', 'latest']);
    expect(code).toBe(1);
    expect(err).toContain('there is no incident that is awaiting approval');
  });
});

describe('mode', () => {
  test('shows it without an argument and changes nothing', async () => {
    const world = aWorld({ mode: 'shadow' });
    const { out } = await run(world, ['mode', '--json']);
    expect(JSON.parse(out)).toMatchObject({ env: 'dev', mode: 'shadow' });
    expect(world.mode).toBe('shadow');
  });

  test('sets it', async () => {
    const world = aWorld();
    const { out } = await run(world, ['mode', 'off']);
    expect(world.mode).toBe('off');
    expect(out).toContain('was auto');
  });

  const ALL: readonly PlaceName[] = ['mode parameter', 'entry', 'IAM denial'];

  test('off says that nothing is stopped when no place could be closed, and which mode it is still in', async () => {
    const { code, out } = await run(aWorld({ broken: [...ALL] }), ['mode', 'off', '--env', 'prod']);
    expect(code).toBe(1);
    expect(out).toContain('Kintsugi prod is NOT stopped: no place could be closed.');
    expect(out).toContain('Kintsugi prod is in mode auto: it acts by itself');
    const json = await run(aWorld({ broken: [...ALL] }), ['mode', 'off', '--json']);
    expect(JSON.parse(json.out)).toMatchObject({ mode: 'auto', before: 'auto', places: [{ ok: false }, {}, {}] });
  });

  test('off is stopped by the other places where the parameter cannot be written', async () => {
    const { code, out } = await run(aWorld({ broken: ['mode parameter'] }), ['mode', 'off']);
    expect(code).toBe(1);
    expect(out).toContain('by 2 of 3 places; one is enough');
    expect(out).toContain('Kintsugi dev is in mode auto');
  });

  test('auto that could not open every place says so, and reads back which mode that left', async () => {
    const world = aWorld({ mode: 'off', stopped: [...ALL], broken: ['mode parameter'] });
    const { code, out } = await run(world, ['mode', 'auto']);
    expect(code).toBe(1);
    expect(out).toContain('stays stopped where it says so');
    expect(out).toContain('Kintsugi dev is in mode off: it does nothing');
  });

  test('is not known to whoever may not read it, by mode and by status, which say why', async () => {
    for (const line of ['mode', 'status']) {
      const { out } = await run(aWorld({ secret: true }), [line]);
      expect(out).toMatch(/mode unknown|is not known/);
      expect(out).toContain('could not be read (AccessDeniedException)');
      expect(out).not.toContain('mode off');
      expect(JSON.parse((await run(aWorld({ secret: true }), [line, '--json'])).out)).toMatchObject({
        mode: 'unknown',
      });
    }
  });

  test('refuses an unknown one and names what is meant', async () => {
    const world = aWorld();
    const { code, err } = await run(world, ['mode', 'manuel']);
    expect(code).toBe(1);
    expect(err).toContain("must be one of auto, manual, shadow, off; got 'manuel'. Did you mean 'manual'?");
    expect(world.mode).toBe('auto');
  });
});

describe('stop and resume', () => {
  test('stop closes all three places and reports each', async () => {
    const world = aWorld();
    const { code, out } = await run(world, ['stop', '--reason', 'it restarts too much']);
    expect(code).toBe(0);
    expect(world.stopped).toEqual(['mode parameter', 'entry', 'IAM denial']);
    expect(out).toContain('stopped');
    expect(out).toContain('by 3 of 3 places');
  });

  test('one place that does not answer keeps no other from closing, and the command fails', async () => {
    const world = aWorld({ broken: ['mode parameter'] });
    const { code, out } = await run(world, ['stop']);
    expect(code).toBe(1);
    expect(world.stopped).toEqual(['entry', 'IAM denial']);
    expect(out).toContain('mode parameter does not answer');
    expect(out).toContain('by 2 of 3 places; one is enough');
  });

  test('says loudly when nothing could be closed', async () => {
    const { code, out } = await run(aWorld({ broken: ['mode parameter', 'entry', 'IAM denial'] }), ['stop']);
    expect(code).toBe(1);
    expect(out).toContain('is NOT stopped');
  });

  test('mode off is a stop; another mode lets go of it', async () => {
    const world = aWorld();
    await run(world, ['mode', 'off']);
    expect(world.stopped).toHaveLength(3);
    await run(world, ['mode', 'manual']);
    expect(world).toMatchObject({ stopped: [], mode: 'manual' });
  });

  test('resume says what stays closed', async () => {
    const world = aWorld({ stopped: ['entry', 'IAM denial'], broken: ['IAM denial'], mode: 'off' });
    const { code, out } = await run(world, ['resume', '--mode', 'auto']);
    expect(code).toBe(1);
    expect(world.stopped).toEqual(['IAM denial']);
    expect(out).toContain('stays stopped where it says so');
  });

  test('resume cannot resume to off', async () => {
    expect((await run(aWorld(), ['resume', '--mode', 'off'])).err).toContain('must be one of auto, manual, shadow');
  });
});

describe('a question', () => {
  test('is listed and told with the time that is left', async () => {
    expect((await run(waitingWorld(), ['incidents'])).out).toContain('asks you, 14 min 30 s left');
    const { out } = await run(waitingWorld(), ['explain', 'latest']);
    expect(out).toContain('A person is asked: restart 1 sick task on payments');
    expect(out).toContain('Or redeploy: replace every task of the same revision.');
    expect(out).toContain(`kintsugi approve ${id} --alternative redeploy`);
    expect((await run(waitingWorld(), ['explain', 'latest', '--json'])).out).not.toContain('taskToken');
  });

  test('can be answered with an alternative that is offered, and with no other', async () => {
    const world = waitingWorld();
    const refused = await run(world, ['approve', 'latest', '--alternative', 'rollback']);
    expect(refused.err).toContain("--alternative must be one of redeploy; got 'rollback'");
    expect((await run(world, ['approve', 'latest', '--alternative', 'redeploy'])).code).toBe(0);
    expect(world.answers).toMatchObject([{ answer: 'approve', actionId: 'redeploy' }]);
  });

  test('can be taken over: the steps are shown', async () => {
    const world = waitingWorld();
    expect((await run(world, ['takeover', 'latest'])).out).toContain('aws ecs stop-task --cluster shop --task');
    expect(world.answers).toMatchObject([{ answer: 'takeover' }]);
  });
});

describe('proof verify', () => {
  test('is quiet about a sound chain', async () => {
    const { code, out } = await run(healedWorld(), ['proof', 'verify', '--all']);
    expect(code).toBe(0);
    expect(out).toContain('1 of 1 chains are sound');
  });

  test('names the record that was changed, with exit code 2', async () => {
    const changed = chain.map((record) => (record.seq === 3 ? { ...record, latencyMs: record.latencyMs + 1 } : record));
    const { code, out } = await run(aWorld({ incidents: [healed], journals: { [id]: changed } }), [
      'proof',
      'verify',
      id,
    ]);
    expect(code).toBe(2);
    expect(out).toContain('record 3 (action_decided): content does not match its hash');
  });

  test('notices records that are missing at the end', async () => {
    const world = aWorld({ incidents: [healed], journals: { [id]: chain.slice(0, -1) } });
    const { code, out } = await run(world, ['proof', 'verify', '--all', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ sound: false, incidents: [{ incidentId: id, faults: [{ seq: 6 }] }] });
  });

  test('notices an incident without any record', async () => {
    const { code, out } = await run(aWorld({ incidents: [healed] }), ['proof', 'verify', '--all']);
    expect(code).toBe(2);
    expect(out).toContain('there is no record at all');
  });

  test('does not take an open incident for a cut one', async () => {
    const world = aWorld({ incidents: [anIncident()], journals: { [id]: chain.slice(0, 4) } });
    expect((await run(world, ['proof', 'verify', '--all'])).code).toBe(0);
  });

  test.each([[['proof', 'verify']], [['proof', 'verify', 'latest', '--all']]])(
    'wants one incident or all: %j',
    async (line) => {
      expect(await run(healedWorld(), line)).toMatchObject({
        code: 1,
        err: expect.stringContaining('--all') as string,
      });
    },
  );
});

describe('proof show and export', () => {
  test.each([
    ['runtime', 'verdict_given'],
    ['decision', 'allow by mode'],
    ['proof', chain[2]?.prevHash ?? ''],
  ])('shows the %s log', async (view, expected) => {
    const { code, out } = await run(healedWorld(), ['proof', 'show', id, '--view', view]);
    expect(code).toBe(0);
    expect(out).toContain(expected);
  });

  test('the decision log says who answered, also with a no', async () => {
    const body = { ...anApproval(), answer: 'decline' as const, approver: 'bob', reason: 'not on a Friday' };
    const asked = aChain([...HEALED.slice(0, 4), { kind: 'approval_answered', body }]);
    const world = aWorld({ incidents: [healed], journals: { [id]: asked } });
    const { out } = await run(world, ['proof', 'show', id, '--view', 'decision']);
    expect(out).toContain(`decline by bob at ${body.answeredAt}`);
    expect(out).toContain('not on a Friday');
  });

  test('writes one line per control, for a spreadsheet', async () => {
    const { out } = await run(healedWorld(), ['proof', 'export', '--all', '--format', 'csv']);
    const lines = out.trimEnd().split('\r\n');
    const verdict = chain.find(({ kind }) => kind === 'verdict_given') as Extract<
      JournalRecord,
      { readonly kind: 'verdict_given' }
    >;
    expect(lines).toHaveLength(1 + verdict.body.guards.length);
    expect(lines[0]).toMatch(/^incidentId,env,workloadId,attempt,/);
    for (const line of lines.slice(1)) expect(line).toContain(verdict.hash);
  });

  test('writes everything that checks it elsewhere', async () => {
    const { out } = await run(healedWorld(), ['proof', 'export', id]);
    expect(JSON.parse(out)).toMatchObject({
      env: 'dev',
      publicKey: null,
      incidents: [{ incidentId: id, records: chain }],
    });
  });

  test.each([
    [['proof', 'show', 'latest', '--view', 'all'], 'runtime'],
    [['proof', 'export', 'latest', '--format', 'xml'], 'csv'],
    [['proof', 'export'], '--all'],
  ])('says what is allowed: %j', async (line, allowed) => {
    expect(await run(healedWorld(), line)).toMatchObject({ code: 1, err: expect.stringContaining(allowed) as string });
  });
});

describe('status and incidents', () => {
  test('shows which workload has which alarm', async () => {
    const world = aWorld({ incidents: [anIncident()], firing: ['payments-errors'] });
    const { out } = await run(world, ['status', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      mode: 'auto',
      workloads: [
        { workloadId: 'checkout', alarms: [], incidentId: null },
        { workloadId: 'payments', alarms: ['errorRate'], incidentId: id },
      ],
    });
  });

  test('tells how a waiting question is answered', async () => {
    expect((await run(waitingWorld(), ['status'])).out).toContain(`kintsugi approve ${id}`);
  });

  test('lists incidents within 80 columns', async () => {
    const { out } = await run(healedWorld(), ['incidents'], { columns: 80 });
    expect(out).toContain('recovered');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test.each([
    [['incidents', '--limit', '0'], 'whole number from 1 to 100'],
    [['incidents', '--status', 'opn'], "Did you mean 'open'?"],
    [['status', '--env', 'production'], 'must be one of dev, stage, prod'],
    [['brek'], 'Did you mean break?'],
  ])('refuses %j', async (line, message) => {
    const { code, err } = await run(aWorld(), line);
    expect(code).toBe(1);
    expect(err).toContain(message);
  });
});

describe('break', () => {
  test('--list needs no cloud', async () => {
    const { code, out } = await run(aWorld(), ['break', '--list', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toContainEqual(expect.objectContaining({ name: 'memory-leak', kind: 'fault' }));
  });

  test.each([
    [['break', 'memory-leek'], "Did you mean 'memory-leak'?"],
    [['break', 'hang', 'ledgr'], "Did you mean 'ledger'?"],
    [['break', 'hang'], 'npm start'],
    [['break'], '--list'],
  ])('refuses %j', async (line, message) => {
    const { code, err } = await run(aWorld(), line);
    expect(code).toBe(1);
    expect(err).toContain(message);
  });
});

describe('streams', () => {
  test('detect prints the threshold', async () => {
    expect((await run(aWorld(), ['detect', '--threshold'])).out).toMatch(/^0\.\d+\n$/);
  });

  test('learner answers a decision and names a bad line', async () => {
    const decide = { t: 'decide', id: 1, allowed: ['restart', 'escalate'], symptoms: ['taskExit'] };
    const { code, out } = await run(aWorld(), ['learner', '--stdio'], { input: `${JSON.stringify(decide)}\n` });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ action: expect.any(String) as string });
    const bad = await run(aWorld(), ['learner', '--stdio'], { input: 'nonsense\n' });
    expect(bad.code).toBe(1);
    expect(bad.err).toContain('line 1');
  });
});

describe('learner', () => {
  const healed = { hypothesis: '.ledger@live', add: { 'healed.deadlock.restart': 1 } };
  const learned = { hypothesis: 'deadlock', add: { 'fixed.restart': 1, mix: 1 } };
  const experience = { executionId: 'inc-1', tier: 'web', at: epochMs(0), deltas: [learned, healed] };
  const tables = (fixed: number) =>
    new Map([
      [
        'web',
        new Map([
          ['deadlock', { 'fixed.restart': fixed, mix: 1 }],
          ['.ledger@live', { 'healed.deadlock.restart': 1 }],
        ]),
      ],
    ]);

  test('rebuild says that the table is the sum of its log', async () => {
    const { code, out } = await run(aWorld({ experiences: [experience], tables: tables(1) }), ['learner', 'rebuild']);
    expect(code).toBe(0);
    expect(out).toContain('1 experiences, 2 rows, equal to 1e-6');
  });

  test('rebuild names what differs, and --write makes it equal', async () => {
    const world = aWorld({ experiences: [experience], tables: tables(3) });
    const found = await run(world, ['learner', 'rebuild']);
    expect(found.code).toBe(2);
    expect(found.out).toMatch(/web\s+deadlock\s+fixed.restart\s+3.000000\s+1.000000/);
    expect((await run(world, ['learner', 'rebuild', '--write'])).code).toBe(0);
    expect(world.tables.get('web')?.get('deadlock')).toEqual({ 'fixed.restart': 1, mix: 1 });
    expect((await run(world, ['learner', 'rebuild', '--check'])).code).toBe(0);
    expect((await run(world, ['learner', 'rebuild', '--check', '--write'])).code).toBe(1);
  });

  test('ledger lists what was counted, and what it has earned by the asked-for rule', async () => {
    const world = aWorld({ tables: tables(1) });
    const { out } = await run(world, ['learner', 'ledger']);
    expect(out).toMatch(/web\s+deadlock\s+restart\s+1\s+0\s+0\s+0\s+5 %\s+no/);
    const json = await run(world, ['learner', 'ledger', '--heals', '0', '--bound', '0.01', '--json']);
    expect(JSON.parse(json.out)).toMatchObject({ rule: { heals: 0 }, entries: [{ tier: 'web', earned: true }] });
  });
});

describe('what is wrong with a number or a file is said with its name', () => {
  const NOWHERE = join(tmpdir(), 'kintsugi-nowhere', 'x.json');
  const line = '2026-11-21 05:30:00,1\n';

  test.each([
    [['learner', 'ledger', '--heals', 'x'], "'--heals <number>' argument 'x' is invalid. It must be a whole number"],
    [['learner', 'ledger', '--heals', '-3'], "'-3' is invalid"],
    [
      ['learner', 'ledger', '--bound', '5'],
      "'--bound <share>' argument '5' is invalid. It must be a share from 0 to 1",
    ],
    [['learner', 'ledger', '--bound', ''], 'It must be a share from 0 to 1'],
    [
      ['detect', '--stdin', '--state', NOWHERE],
      `--state '${NOWHERE}' cannot be written: there is no such file or folder`,
    ],
    [['detect', '--stdin', '--state', tmpdir()], `--state '${tmpdir()}'`],
    [['learner', '--stdio', '--save', NOWHERE], `--save ${NOWHERE} cannot be written: there is no such`],
    [['learner', '--stdio', '--pretrained', NOWHERE], `--pretrained ${NOWHERE} cannot be read: there is no such`],
    [['learner', '--stdio', '--pretrained', tmpdir()], 'cannot be read: it is a folder'],
    [['whatif', 'latest', '--model', NOWHERE], `${NOWHERE} cannot be read: there is no such`],
    [['whatif', 'latest', '--journal', NOWHERE], `${NOWHERE} cannot be read: there is no such`],
    [['whatif', 'latest', '--model', 'package.json'], 'package.json holds no version of the model: schemaVersion: '],
    [['proof', 'export', '--all', '--out', NOWHERE], `--out ${NOWHERE} cannot be written: there is no such`],
  ])('%j', async (words, message) => {
    const { code, out, err } = await run(healedWorld(), words, { input: line });
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(message);
    expect(err).not.toMatch(/ENOENT|EISDIR/);
  });
});

describe('colours', () => {
  const ESCAPE = String.fromCodePoint(27);

  test.each([
    [{ isTTY: true, env: {} }, true],
    [{ isTTY: true, env: { NO_COLOR: '1' } }, false],
    [{ isTTY: false, env: {} }, false],
    [{ isTTY: false, env: { FORCE_COLOR: '1' } }, true],
  ])('%j', async (options, coloured) => {
    const { out } = await run(healedWorld(), ['incidents'], options);
    expect(out.includes(ESCAPE)).toBe(coloured);
  });
});

describe('what is no command, or one word too many', () => {
  test.each([
    [['help', 'foo'], "unknown command 'foo'. (kintsugi --help shows how it is used)"],
    [['help', 'staus'], "unknown command 'staus'. Did you mean status?"],
    [['help', 'proof', 'verfy'], "unknown command 'verfy'. Did you mean verify? (kintsugi proof --help"],
    [['learner', 'foo'], "unknown command 'foo'. (kintsugi learner --help shows how it is used)"],
    [['learner', 'lable'], 'Did you mean label?'],
    [['learner'], 'say rebuild, ledger, label, or pass --stdio'],
    [['status', 'extra', 'more'], "kintsugi status does not take 'extra', 'more'. (kintsugi status --help"],
    [['proof', 'foo'], "unknown command 'foo'\n(kintsugi proof --help shows how it is used)"],
    [['proof', 'verify', '--bogus'], '(kintsugi proof verify --help shows how it is used)'],
    [['model', 'show'], '(kintsugi model show --help shows how it is used)'],
  ])('%j', async (line, message) => {
    const { code, out, err } = await run(aWorld(), line);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(message);
    expect(err.split('\n').length).toBeLessThanOrEqual(3);
  });

  test('help of a part is that of its --help', async () => {
    const { code, out } = await run(aWorld(), ['help', 'proof', 'verify']);
    expect([code, out]).toEqual([0, (await run(aWorld(), ['proof', 'verify', '--help'])).out]);
    expect(out).toContain('Usage: kintsugi proof verify');
    expect((await run(aWorld(), ['help'])).out).toBe((await run(aWorld(), ['--help'])).out);
  });
});

test('help names the exit codes and ends with 0', async () => {
  const { code, out } = await run(aWorld(), ['--help']);
  expect(code).toBe(0);
  expect(out).toContain('Exit codes');
});

test('an environment is let go of, also after an error', async () => {
  const world = healedWorld();
  await run(world, ['explain', 'zzzz']);
  await run(world, ['status']);
  expect(world.closed).toBe(2);
});
