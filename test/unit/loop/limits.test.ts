import { questionOf } from '../../../core/approval/question.ts';
import type { EnforceInput } from '../../../core/contracts/loop-state.ts';
import { relapseOf } from '../../../core/decision/relapse.ts';
import { followUpOf } from '../../../core/incident/follow-up.ts';
import { after, seconds } from '../../../core/shared/units.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { environments } from '../../../lib/config/environments.ts';
import { aChain, aDecision, anEvidence, aService, at, isoAt, OPENED } from '../../support/builders.ts';
import type { SystemOptions } from '../../support/healing-system.ts';
import { healingSystem } from '../../support/healing-system.ts';
import { alarmMessage } from '../../support/messages.ts';

/** What limits do that nothing else tests by their names. */

test('signalMaxAgeSeconds: an older signal opens nothing, unless its alarm still fires', async () => {
  const system = healingSystem({ limits: { signalMaxAgeSeconds: 60 } });
  system.service.breakWith({ readings: { errorRate: 40 }, sickTasks: 1, curedBy: ['restart'] });
  const [over, still] = ['payments-latency', 'payments-errors'].map((name) => alarmMessage(name, system.clock.now()));
  system.clock.advance(seconds(62));
  expect(await system.deliver(over ?? '')).toMatchObject({ result: 'ignored' });
  expect(await system.deliver(still ?? '')).toMatchObject({ result: 'opened' });
});

test('effectDeadlineSeconds and observeWindowSeconds: how long a change may take to show, and one call to watch', async () => {
  const minutesUntilGivenUp = async (limits: SystemOptions['limits']): Promise<number> => {
    const system = healingSystem({ limits: { ...limits, maxAttempts: 1 } });
    const incidentId = await system.strike({ readings: { errorRate: 40 }, sickTasks: 1, curedBy: ['rollback'] });
    await system.run(incidentId);
    const outcome = (await system.journal(incidentId)).find(({ kind }) => kind === 'outcome_measured');
    return outcome?.kind === 'outcome_measured' ? outcome.body.minutes : -1;
  };
  const soon = await minutesUntilGivenUp({ effectDeadlineSeconds: 60, observeWindowSeconds: 600 });
  const late = await minutesUntilGivenUp({ effectDeadlineSeconds: 300, observeWindowSeconds: 600 });
  expect(soon).toBeGreaterThanOrEqual(1);
  expect(late).toBeGreaterThan(soon);
});

test('fourEyes: what is most critical needs two people, everything else one', () => {
  const approvalsFor = (fourEyes: boolean, criticality: 0 | 1): number => {
    const evidence = anEvidence({ workload: aService('payments', { criticality }) });
    const input = {
      incidentId: 'i',
      attempt: 1,
      head: { seq: 3, hash: 'h' },
      evidence,
      decision: aDecision(),
      tried: [],
    };
    const limits = { approvalTtlSeconds: 900, fourEyes };
    const question = questionOf(input as unknown as EnforceInput, limits, 0, at(0), sha256);
    expect(question.expiresAt).toBe(new Date(after(at(0), seconds(900))).toISOString());
    return question.approvals;
  };
  expect([approvalsFor(true, 0), approvalsFor(true, 1), approvalsFor(false, 0)]).toEqual([2, 1, 1]);
});

test('learning.relapseMinutes: how long a cure must hold', () => {
  const { relapseMinutes } = environments.dev.limits.learning;
  const cured = {
    incidentId: 'inc-20261121-053000-payments-1a2b3c',
    openedAt: isoAt(0),
    status: 'recovered',
    suspectRevision: null,
    closedAt: isoAt(60),
    lastAction: 'restart',
    hypothesis: 'deadlock' as const,
  };
  const again = (secondsLater: number) => relapseOf([cured], isoAt(60 + secondsLater), 'deadlock', relapseMinutes);
  expect(again(relapseMinutes * 60)).toMatchObject({ incidentId: cured.incidentId, heldMinutes: relapseMinutes });
  expect(again(relapseMinutes * 60 + 1)).toBeNull();
});

test('followUpSeconds: how long after the end of an incident its workloads are looked at again', () => {
  const { followUpSeconds } = environments.dev.limits;
  const [opened] = aChain([OPENED]);
  const end = { workloadIds: ['payments'], now: at(0), delay: seconds(followUpSeconds) };
  expect(followUpOf(opened, 'recovered', end)?.at).toBe(isoAt(followUpSeconds));
});
