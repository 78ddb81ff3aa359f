import type { JournalEntry } from '../../../core/contracts/journal.ts';
import type { Decision, Replay } from '../../../core/contracts/decision.ts';
import type { IncidentDiagnosis } from '../../../core/contracts/evidence.ts';
import { SymptomSchema } from '../../../core/contracts/evidence.ts';
import type { Disposition } from '../../../core/contracts/loop-state.ts';
import type { Approval } from '../../../core/contracts/verdict.ts';
import { explainAttempt } from '../../../core/explanation/explain.ts';
import { noticeOf } from '../../../core/notification/news.ts';
import { describeSymptom } from '../../../core/explanation/wording.ts';
import {
  aChain,
  aDecision,
  anEvidence,
  anOutcome,
  aReading,
  aSignal,
  aValidation,
  aVerdict,
  healthyReading,
  isoAt,
  OPENED,
  RESTART,
} from '../../support/builders.ts';

/** The sentences are what people get to read: they are held word for word. */

const explain = (
  entries: readonly JournalEntry[],
  disposition: Disposition,
  approval: Approval | null = null,
): string => explainAttempt(aChain([OPENED, ...entries]), 1, disposition, approval);

const gathered: JournalEntry = { kind: 'evidence_gathered', body: anEvidence() };
const validated: JournalEntry = { kind: 'evidence_validated', body: aValidation() };
const decided: JournalEntry = {
  kind: 'action_decided',
  body: aDecision(RESTART, {
    candidates: [
      ...aDecision().candidates,
      { actionId: 'redeploy', masked: null, expectedMinutes: 7.25, recoverProbability: null, evidenceCount: 0 },
      {
        actionId: 'rollback',
        masked: 'there is no earlier revision that was stable',
        expectedMinutes: null,
        recoverProbability: null,
        evidenceCount: 0,
      },
      {
        actionId: 'redrive',
        masked: 'does not apply to an ECS service',
        expectedMinutes: null,
        recoverProbability: null,
        evidenceCount: 0,
      },
    ],
    runbookAction: 'redeploy',
    counterfactual: { symptom: 'healthFail', action: 'redeploy' },
  }),
};
const allowed: JournalEntry = { kind: 'verdict_given', body: aVerdict() };
const action = {
  actionId: 'restart' as const,
  startedAt: isoAt(18),
  endedAt: isoAt(19),
  changeIds: [],
};
const applied: JournalEntry = {
  kind: 'action_applied',
  body: { ...action, status: 'applied', detail: 'stopped 1 of 1 planned tasks' },
};
const outcome = (changes: Parameters<typeof anOutcome>[0]): JournalEntry => ({
  kind: 'outcome_measured',
  body: anOutcome(changes),
});

const CONSIDERED =
  'The likeliest cause was crashLoop (70 %), then deadlock (20 %). The choice was to restart 1 sick task: it has the least expected cost in minutes of user impact. Expected: 4 min of user impact until it is over, and that it recovers with 80 % (90 % interval 60 % to 95 %). It was preferred to redeploy (7.3 min, 3.3 min more) and escalate (30 min, 26 min more). Ruled out: rollback, because it could not: there is no earlier revision that was stable; redrive, because it does not apply to an ECS service. The runbook would have chosen redeploy: that is expected to cost 3.3 min more. Without missing or sick tasks the choice would have been redeploy.';
const SEEN =
  'payments: too many requests fail (payments-errors). The evidence shows failing requests and missing or sick tasks. At that time 40 % of requests fail (objective 5 %).';

test('a recovery: what was seen, considered, allowed, done, and how it went', () => {
  expect(explain([gathered, validated, decided, allowed, applied, outcome({})], 'recovered')).toBe(
    `${SEEN} ${CONSIDERED} All 1 guards allowed it. Done: stopped 1 of 1 planned tasks. It recovered within 12 s of the action and stayed well: healthy for 1 min without a break. The incident was over 6 s after the first signal.`,
  );
});

describe('a choice that is not the cheapest', () => {
  const told = (changes: Partial<Decision>): string => {
    const decision = decided.kind === 'action_decided' ? { ...decided.body, ...changes } : aDecision();
    return explain([gathered, validated, { kind: 'action_decided', body: decision }], 'escalated');
  };

  test('because it was drawn was not preferred to the others', () => {
    const text = told({ draw: { rate: 0.5, among: 2, draw: 0.1, pool: ['restart', 'redeploy'], probability: 0.1 } });
    expect(text).toContain('The others: redeploy (7.3 min, 3.3 min more)');
    expect(text).not.toContain('preferred');
  });

  const approvedReplay: Replay = {
    catalogueHash: '0'.repeat(64),
    tableHash: '0'.repeat(64),
    catalogue: {},
    rows: {},
    symptoms: {},
    attempt: 0,
    tried: [],
    allowed: ['restart'],
    plannable: ['restart'],
    optimism: 0,
    maxAttempts: 3,
    environment: 'dev',
    randomise: null,
    gateMinutes: 0,
    approved: 'restart',
  };
  test('because a person approved it would not have changed with what was seen', () => {
    const text = told({ replay: approvedReplay });
    expect(text).toContain('The others: redeploy (7.3 min, 3.3 min more)');
    expect(text).not.toMatch(/preferred|would have been redeploy/);
  });
});

describe('a diagnosis', () => {
  const told = (diagnosis: IncidentDiagnosis): string =>
    explain([{ kind: 'evidence_gathered', body: anEvidence({ diagnosis }) }], 'escalated');
  const causes = (workloadId: string): IncidentDiagnosis => ({
    answer: 'causes',
    alarmed: 'web',
    causes: [{ workloadId, metric: 'availability', share: 0.931, reason: `${workloadId}: it fails.` }],
    victims: ['checkout', 'web'],
  });

  test('names the cause, its share and reason, and who only suffered', () => {
    expect(told(causes('payments'))).toContain(
      'The metrics name payments as the cause: it accounts for 93 % of the extra failed calls at web (payments: it fails). checkout and web only suffered from it.',
    );
  });

  test('that accuses what keeps its objectives says which workload is healed first', () => {
    expect(told(causes('ledger'))).toContain(
      'It keeps its own objectives, so payments, the deepest workload in alarm, is healed first.',
    );
  });

  test('without an answer says nothing', () => {
    expect(told({ answer: 'none', reason: 'nothing deviates' })).not.toContain('The metrics name');
  });
});

test('a recovery by itself gives no action the credit', () => {
  const text = explain([gathered, outcome({ status: 'self_recovered' })], 'recovered');
  expect(text).toContain('It recovered by itself, so no action gets the credit.');
});

test('an escalation after a denial names every guard that refused, with its reason', () => {
  const [mode] = aVerdict().guards;
  if (mode === undefined) throw new Error('no guard');
  const guards = [
    { ...mode, result: 'deny' as const, reason: 'the mode is off: set by ops' },
    { ...mode, guard: 'budget' as const, result: 'deny' as const, reason: "the hour's budget of actions is spent" },
    { ...mode, guard: 'freshness' as const },
  ];
  const denied: JournalEntry = {
    kind: 'verdict_given',
    body: aVerdict(RESTART, { verdict: 'deny', guards, lease: null }),
  };
  expect(explain([gathered, validated, decided, denied], 'escalated')).toBe(
    `${SEEN} ${CONSIDERED} The guards refused it: mode (the mode is off: set by ops) and budget (the hour's budget of actions is spent). It was handed to a person 4 s after the first signal.`,
  );
});

describe('a question', () => {
  const [mode] = aVerdict().guards;
  if (mode === undefined) throw new Error('no guard');
  const guards = [{ ...mode, result: 'ask' as const, reason: 'manual mode: a person decides each action' }];
  const asked: JournalEntry = { kind: 'verdict_given', body: aVerdict(RESTART, { verdict: 'ask', guards }) };
  const approval = (answer: Approval['answer'], changes: Partial<Approval> = {}): Approval => ({
    answer,
    approver: 'ada',
    planHash: aDecision().planHash,
    answeredAt: isoAt(60),
    reason: null,
    ...changes,
  });

  test.each<[Approval | null, string]>([
    [approval('approve'), 'ada approved it.'],
    [approval('decline', { reason: 'not during the sale' }), 'ada declined it (not during the sale).'],
    [approval('expired', { approver: null }), 'Nobody answered in time, which is a no.'],
    [approval('approve', { approver: null }), 'Somebody approved it.'],
    [null, 'The answer was not recorded.'],
  ])('answered with %o', (given, sentence) => {
    expect(explain([asked], 'escalated', given)).toBe(
      `The guards asked for a person: mode (manual mode: a person decides each action). ${sentence} It was handed to a person 1 s after the first signal.`,
    );
  });
});

test('a dismissal says what there was not to heal', () => {
  const dismissed: JournalEntry = {
    kind: 'evidence_validated',
    body: aValidation({
      result: 'dismiss',
      reading: healthyReading(17),
      checks: [
        { check: 'still wrong', passed: false, reason: 'it is over' },
        { check: 'fresh', passed: true, reason: 'the evidence is 1 s old' },
        { check: 'not our own echo', passed: false, reason: 'every signal reports a change that we made ourselves' },
      ],
    }),
  };
  expect(explain([dismissed], 'dismissed')).toBe(
    'There was nothing to heal: it is over and every signal reports a change that we made ourselves. It was dismissed 1 s after the first signal.',
  );
});

test('a signal whose clock is ahead of ours lasted no time, and not less', () => {
  const chain = aChain([OPENED, { kind: 'attempt_explained', body: { disposition: 'dismissed', explanation: 'x' } }]);
  expect(explainAttempt(chain, 1, 'dismissed', null, isoAt(-35))).toContain(
    'It was dismissed 0 ms after the first signal.',
  );
});

describe('a failed attempt', () => {
  const worse = outcome({
    status: 'worse',
    before: aReading(),
    after: aReading({ impact: 1 }),
    reason: 'worse than before',
  });

  test('says that it did not recover and that another follows', () => {
    expect(explain([applied, outcome({ status: 'unchanged', reason: 'no better after 5 min' })], 'retry')).toBe(
      'Done: stopped 1 of 1 planned tasks. It did not recover: no better after 5 min. The next attempt began 2 s after the first signal.',
    );
  });

  test('says what was undone', () => {
    const undone: JournalEntry = {
      kind: 'action_undone',
      body: { ...action, status: 'undone', detail: 'set the number of tasks back to 2' },
    };
    expect(explain([applied, worse, undone], 'retry')).toContain(
      'Undone because it made things worse: set the number of tasks back to 2.',
    );
  });

  test('says why it was not undone', () => {
    const kept: JournalEntry = {
      kind: 'action_undone',
      body: { ...action, status: 'refused', detail: 'the mode is off' },
    };
    expect(explain([applied, worse, kept], 'retry')).toContain(
      'It made things worse and was not undone: the mode is off.',
    );
  });

  test('speaks of its own attempt only', () => {
    const records = [
      ...aChain([OPENED, gathered, applied]),
      ...aChain([OPENED, outcome({ status: 'unchanged', reason: 'no better' })], { attempt: 2 }).slice(1),
    ];
    expect(explainAttempt(records, 2, 'escalated', null)).toMatch(/^It did not recover: no better\./);
  });
});

test('blind spots and further signals are said', () => {
  const blind: JournalEntry = {
    kind: 'evidence_gathered',
    body: anEvidence({
      signals: [aSignal(), aSignal({ signalId: 'two' }), aSignal({ signalId: 'three' })],
      symptoms: { present: [], absent: [] },
      notSeen: ['the metrics: was throttled', 'no sample of errorRate'],
    }),
  };
  expect(explain([blind], 'escalated')).toBe(
    'payments: too many requests fail (payments-errors) and 2 more signals. It was handed to a person 1 s after the first signal. Not seen: the metrics: was throttled; no sample of errorRate.',
  );
});

test('without records there is nothing to tell, and that is no error', () => {
  expect(explainAttempt([], 1, 'escalated', null)).toBe('');
});

test('every symptom has words of its own', () => {
  const words = SymptomSchema.options.map(describeSymptom);
  expect(new Set(words).size).toBe(words.length);
  expect(words.every((text) => text.length > 0)).toBe(true);
});

describe('noticeOf', () => {
  const last = (entry: JournalEntry) => {
    const records = aChain([OPENED, entry]);
    return noticeOf(records.at(-1) as never, records, { workloadId: 'payments', criticality: 1 });
  };

  test.each<[Disposition, string | undefined]>([
    ['recovered', 'recovered'],
    ['escalated', 'escalated'],
    ['dismissed', undefined],
    ['retry', undefined],
  ])('an attempt that ends %s: %s', (disposition, occasion) => {
    expect(last({ kind: 'attempt_explained', body: { disposition, explanation: 'So.' } })?.occasion).toBe(occasion);
  });

  test('a loop that broke calls a person and says why; any other record is no end', () => {
    const broke: JournalEntry = { kind: 'incident_escalated', body: { error: 'E', cause: 'c', explanation: 'So.' } };
    expect(last(broke)).toMatchObject({
      occasion: 'escalated',
      workloadId: 'payments',
      account: { done: 'Kintsugi changed nothing.', why: 'the loop stopped with E; c.', whole: 'So.' },
    });
    expect(last(applied)).toBeNull();
  });
});
