import fc from 'fast-check';
import type { JournalEntry } from '../../../core/contracts/journal.ts';
import type { LoopState } from '../../../core/contracts/loop-state.ts';
import { IncidentIdSchema, LoopStateSchema } from '../../../core/contracts/loop-state.ts';
import { approvalOf, dispositionOf, nextAttempt, triedIn } from '../../../core/incident/ending.ts';
import { incidentIdFor } from '../../../core/incident/incident-id.ts';
import {
  atMostMembers,
  dependenciesOf,
  MAX_MEMBERS,
  relatedWorkloads,
  workloadsAround,
} from '../../../core/incident/members.ts';
import { rootOf } from '../../../core/incident/root.ts';
import { unfinishedAction } from '../../../core/incident/unfinished-action.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { anApproval } from '../../support/approvals.ts';
import {
  aChain,
  aDecision,
  aLoopState,
  anEvidence,
  anOutcome,
  aReading,
  aSignal,
  at,
  aTask,
  aValidation,
  aVerdict,
  healthyReading,
  isoAt,
  OPENED,
  RESTART,
} from '../../support/builders.ts';

describe('incidentIdFor', () => {
  test('is readable: when, what, which signal', () => {
    expect(incidentIdFor(aSignal(), sha256)).toBe('inc-20261121-053000-payments-bbc0b8');
  });

  test('the same signal always opens the same incident; another one another', () => {
    expect(incidentIdFor(aSignal(), sha256)).toBe(incidentIdFor(aSignal({ summary: 'said otherwise' }), sha256));
    expect(incidentIdFor(aSignal({ signalId: 'other' }), sha256)).not.toBe(incidentIdFor(aSignal(), sha256));
  });

  test('every registered name fits into an id, and every id into the name of an execution', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,62}$/);
    fc.assert(
      fc.property(name, fc.string(), (workloadId, signalId) => {
        const id = incidentIdFor(aSignal({ workloadId, signalId }), sha256);
        expect(IncidentIdSchema.parse(id)).toBe(id);
        expect(id.length).toBeLessThanOrEqual(80);
      }),
    );
  });
});

describe('members and root', () => {
  /** A graph of up to eight workloads; edges may form circles and lead to what nobody registered. */
  const graph = fc
    .array(fc.array(fc.nat(9), { maxLength: 4 }), { minLength: 1, maxLength: 8 })
    .map((edges) => edges.map((to, index) => ({ workloadId: `w${index}`, dependsOn: to.map((n) => `w${n}`) })));
  const shop = [
    { workloadId: 'web', dependsOn: ['checkout'] },
    { workloadId: 'checkout', dependsOn: ['payments'] },
    { workloadId: 'payments', dependsOn: [] },
    { workloadId: 'reports', dependsOn: [] },
  ];

  test('belong together: what it needs and what needs it, and nothing else', () => {
    expect(relatedWorkloads('checkout', shop)).toEqual(['checkout', 'payments', 'web']);
    expect(relatedWorkloads('reports', shop)).toEqual(['reports']);
    expect(dependenciesOf('web', shop)).toEqual(['web', 'checkout', 'payments']);
  });

  test('where more belong together than one incident can have, it has the root and some of them', () => {
    const related = Array.from({ length: MAX_MEMBERS + 20 }, (_, index) => `w${index}`);
    const members = atMostMembers('zzz', [...related, 'zzz']);
    expect(members).toHaveLength(MAX_MEMBERS);
    expect(members).toContain('zzz');
    expect(atMostMembers('b', ['a', 'b'])).toEqual(['a', 'b']);
  });

  test('being related is mutual, sorted, without doubles, and includes the workload itself', () => {
    fc.assert(
      fc.property(graph, (registry) => {
        for (const { workloadId } of registry) {
          const related = relatedWorkloads(workloadId, registry);
          expect(related).toContain(workloadId);
          expect(related).toEqual([...new Set(related)].sort());
          for (const other of related.filter((id) => registry.some((w) => w.workloadId === id))) {
            expect(relatedWorkloads(other, registry)).toContain(workloadId);
          }
        }
      }),
    );
  });

  test('around a workload is all that is related to what may be the root of its incident, and nothing else', () => {
    fc.assert(
      fc.property(graph, (registry) => {
        for (const { workloadId } of registry) {
          const related = dependenciesOf(workloadId, registry).flatMap((id) => relatedWorkloads(id, registry));
          expect([...workloadsAround(workloadId, registry)].sort()).toEqual([...new Set(related)].sort());
        }
      }),
    );
  });

  const root = (
    signalled: string,
    alarmed: readonly string[],
    registry: readonly { workloadId: string; dependsOn: string[] }[],
  ) =>
    rootOf({
      signalled,
      alarmed,
      diagnosis: { answer: 'none', reason: 'nothing was measured' },
      claimed: {},
      workloads: registry.map((one) => ({ ...one, alarms: [] })),
    }).workloadId;

  test('the root is the deepest one in alarm', () => {
    expect(root('web', ['web', 'checkout', 'payments'], shop)).toBe('payments');
    expect(root('web', ['web', 'checkout'], shop)).toBe('checkout');
    expect(root('web', ['web', 'reports'], shop)).toBe('web');
    expect(root('web', [], shop)).toBe('web');
  });

  test('the root is the one that signalled or an alarmed dependency of it, below which nothing is in alarm', () => {
    fc.assert(
      fc.property(graph, fc.subarray(['w0', 'w1', 'w2', 'w3', 'w4', 'w5', 'w6', 'w7']), (registry, alarmed) => {
        const found = root('w0', alarmed, registry);
        if (found === 'w0') return;
        expect(alarmed).toContain(found);
        expect(dependenciesOf('w0', registry)).toContain(found);
        // In a cycle each is below the other: any of them will do.
        const below = dependenciesOf(found, registry).filter((id) => !dependenciesOf(id, registry).includes(found));
        expect(below.filter((id) => alarmed.includes(id))).toEqual([]);
      }),
    );
  });
});

const action = {
  actionId: 'restart' as const,
  status: 'applied' as const,
  startedAt: isoAt(18),
  endedAt: isoAt(19),
  changeIds: ['t1'],
  detail: 'stopped 1 of 1 planned tasks',
};
const after = (status: 'recovered' | 'self_recovered' | 'improved' | 'unchanged' | 'worse' | 'pending') =>
  aLoopState({ action, outcome: anOutcome({ status }) });

describe('dispositionOf', () => {
  const end = (state: LoopState, attempt = 1) => dispositionOf({ ...state, attempt }, { maxAttempts: 3 });

  test.each([
    ['recovered', 'recovered'],
    ['self_recovered', 'recovered'],
    ['improved', 'retry'],
    ['unchanged', 'retry'],
    ['worse', 'retry'],
    ['pending', 'escalated'],
  ] as const)('after the outcome %s comes %s', (status, disposition) => {
    expect(end(after(status))).toBe(disposition);
    expect(end(after(status), 2)).toBe(disposition);
  });

  test.each(['improved', 'unchanged', 'worse'] as const)('after the third %s a person has it', (status) => {
    expect(end(after(status), 3)).toBe('escalated');
  });

  describe('what Validate dismisses', () => {
    const stale = { check: 'fresh', passed: false, reason: 'the evidence is 3 min old' };
    const handled = { check: 'not already handled', passed: false, reason: 'another heals it' };

    test.each([
      ['is well', healthyReading(17), [handled], 'recovered'],
      ['is still broken', aReading(), [stale], 'escalated'],
      ['is healed by another incident', aReading(), [stale, handled], 'dismissed'],
    ] as const)(
      'and %s is dismissed at first; later, or after a yes, the truth is told',
      (_how, reading, failed, later) => {
        const validation = aValidation({ result: 'dismiss', reading, checks: [...failed] });
        const dismissed = aLoopState({ validation });
        expect(end(dismissed)).toBe('dismissed');
        expect(end(dismissed, 2)).toBe(later);
        expect(end({ ...dismissed, approval: anApproval() })).toBe(later);
      },
    );
  });

  test('what was refused at the last moment is not tried again by itself', () => {
    expect(end({ ...after('unchanged'), action: { ...action, status: 'refused' } })).toBe('escalated');
  });

  test('without an outcome a person has it: denied, declined, expired', () => {
    expect(end(aLoopState({ decision: aDecision(), verdict: aVerdict(RESTART, { verdict: 'deny' }) }))).toBe(
      'escalated',
    );
    expect(end(aLoopState())).toBe('escalated');
  });
});

describe('approvalOf', () => {
  const asked = aLoopState({ verdict: aVerdict(RESTART, { verdict: 'ask' }) });
  const answer = { answer: 'decline' as const, approver: 'ada', planHash: 'h', answeredAt: isoAt(30), reason: null };

  test('is the answer that was given', () => {
    expect(approvalOf({ ...asked, approval: answer }, isoAt(99))).toEqual(answer);
  });
  test('silence is an answer: expired', () => {
    expect(approvalOf(asked, isoAt(99))).toMatchObject({ answer: 'expired', approver: null, answeredAt: isoAt(99) });
  });
  test('nobody was asked, nobody answered', () => {
    expect(approvalOf(aLoopState({ verdict: aVerdict() }), isoAt(99))).toBeNull();
  });
});

describe('nextAttempt', () => {
  const failed: LoopState = {
    ...after('unchanged'),
    evidence: anEvidence(),
    validation: aValidation(),
    decision: aDecision(),
    verdict: aVerdict(),
  };

  test('keeps the incident, counts on, remembers what was tried, forgets the rest', () => {
    const next = nextAttempt(failed);
    expect(next).toEqual({
      ...aLoopState(),
      attempt: 2,
      tried: [{ actionId: 'restart', outcome: 'unchanged' }],
      disposition: 'retry',
    });
    expect(LoopStateSchema.parse(next)).toEqual(next);
  });

  test('what was refused or is still pending counts as not tried', () => {
    expect(triedIn({ ...failed, action: { ...action, status: 'refused' } })).toBeNull();
    expect(triedIn(after('pending'))).toBeNull();
    expect(nextAttempt(after('pending')).tried).toEqual([]);
  });
});

describe('unfinishedAction', () => {
  const intent = { kind: 'action_intended', body: { plan: RESTART, approval: null } } as const;
  const applied: JournalEntry = { kind: 'action_applied', body: { ...action, changeIds: ['stopped'] } };

  test('an intent without a result counts as done', () => {
    expect(unfinishedAction(aChain([OPENED, intent]), 1)).toEqual({
      incidentId: aLoopState().incidentId,
      actionId: 'restart',
      at: at(1),
      outcome: 'unchanged',
      changeIds: [aTask('t1').taskArn],
    });
  });
  test('a result says more than the intent, a measured outcome more than none', () => {
    const measured = { kind: 'outcome_measured', body: anOutcome({ status: 'worse' }) } as const;
    expect(unfinishedAction(aChain([OPENED, intent, applied, measured]), 1)).toMatchObject({
      at: at(19),
      outcome: 'worse',
      changeIds: ['stopped'],
    });
  });
  test.each(['refused', 'not_needed'] as const)('what was %s was not done', (status) => {
    const nothing = { kind: 'action_applied', body: { ...action, status } } as const;
    expect(unfinishedAction(aChain([OPENED, intent, nothing]), 1)).toBeNull();
  });
  test('what Explain has put into the history is not put there again', () => {
    const retry = { kind: 'attempt_explained', body: { disposition: 'retry', explanation: 'unchanged' } } as const;
    expect(unfinishedAction(aChain([OPENED, intent, applied, retry]), 1)).toBeNull();
  });
  test('neither another attempt nor an action that changes nothing counts', () => {
    expect(unfinishedAction(aChain([OPENED, intent]), 2)).toBeNull();
    const wait = {
      kind: 'action_intended',
      body: { plan: { actionId: 'wait', seconds: 30 }, approval: null },
    } as const;
    expect(unfinishedAction(aChain([OPENED, wait]), 1)).toBeNull();
    expect(unfinishedAction(aChain([OPENED]), 1)).toBeNull();
  });
});
