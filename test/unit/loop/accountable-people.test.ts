import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SystemOptions } from '../../support/healing-system.ts';
import { healingSystem } from '../../support/healing-system.ts';
import { ownPolicies } from '../../support/policies.ts';
import type { Fault } from '../../support/simulated-service.ts';
import { taskOffice } from '../../support/task-office.ts';

/** Who owns, approves and asks is often an e-mail address: what the record redacts elsewhere, and nothing may forget here. */

const ADA = 'ada@example.com';
const GRACE = 'grace@example.com';
const SICK_TASK: Fault = { readings: { errorRate: 40 }, sickTasks: 1, curedBy: ['restart', 'redeploy'] };

const heal = async (options: SystemOptions) => {
  const system = healingSystem(options);
  const incidentId = await system.strike(SICK_TASK);
  await system.run(incidentId);
  return { system, journal: await system.journal(incidentId), effects: system.service.effects.length };
};

describe("a policy on an owner's address", () => {
  const dir = mkdtempSync(join(tmpdir(), 'kintsugi-owner-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(
    join(dir, 'billing.cedar'),
    '@id("mine/billing")\n@reason("{action} of {workload} is for its owner")\n' +
      'forbid (principal, action, resource) when { resource.owner == "billing@example.com" };',
  );

  test.each([
    ['billing@example.com', 0],
    ['shop@example.com', 1],
  ])('forbids what is owned by it, and nothing else: %s', async (owner, changes) => {
    const { effects, journal } = await heal({ policies: ownPolicies(dir), workload: { owner } });
    expect(effects).toBe(changes);
    expect(journal.find((record) => record.kind === 'verdict_given')?.body).toMatchObject({
      verdict: changes === 0 ? 'deny' : 'allow',
      policies: { request: { workload: { owner } } },
    });
  });
});

describe('four eyes', () => {
  const critical = { mode: 'manual', limits: { fourEyes: true }, workload: { criticality: 0 } } as const;

  test('are those of two addresses, and the record names both', async () => {
    const { effects, journal } = await heal({ ...critical, person: () => [{ approver: ADA }, { approver: GRACE }] });
    expect(effects).toBe(1);
    for (const kind of ['approval_answered', 'action_intended'] as const) {
      const [body] = journal.flatMap((record) => (record.kind === kind ? [record.body] : []));
      const approval = body !== undefined && 'approval' in body ? body.approval : body;
      expect(approval).toMatchObject({ approver: GRACE, approvers: [ADA, GRACE] });
    }
  });

  test('are not those of one address, however it is written', async () => {
    const { effects } = await heal({ ...critical, person: () => [{ approver: ADA }, { approver: 'Ada@Example.com' }] });
    expect(effects).toBe(0);
  });
});

test('a wish is confirmed by whose address it came from, and decided for them', async () => {
  const system = healingSystem();
  const office = taskOffice(system);
  const taskId = office.ask('scale payments to 4 tasks', { by: ADA, confirmed: true });
  await office.work();
  const { incidentId } = await office.run(taskId);
  const journal = await system.journal(incidentId ?? '');
  expect(system.service.effects).toEqual(['scaleOut 2 to 4']);
  expect(journal.find((record) => record.kind === 'action_decided')?.body).toMatchObject({ requestedBy: ADA });
  expect(journal.find((record) => record.kind === 'action_intended')?.body).toMatchObject({
    approval: { approver: ADA, approvers: [ADA] },
  });
});

test('who paused a workload stays in the evidence', async () => {
  const pause = { from: '2026-11-21T05:00:00.000Z', until: '2026-11-21T07:00:00.000Z', pausedBy: ADA };
  const { effects, journal } = await heal({ workload: { maintenanceWindows: [pause] } });
  expect(effects).toBe(0);
  expect(journal.find((record) => record.kind === 'evidence_gathered')?.body.workload.maintenanceWindows).toEqual([
    pause,
  ]);
});
