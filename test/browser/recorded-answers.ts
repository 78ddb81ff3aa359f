import type { AnswerOf } from '../../core/contracts/api/routes.ts';
import type { Incident, IncidentStatus } from '../../core/contracts/incident.ts';
import type { JournalEntry } from '../../core/contracts/journal.ts';
import type { ActionPlan } from '../../core/contracts/action.ts';
import { hashPlan } from '../../core/action/hash-plan.ts';
import { explainAttempt } from '../../core/explanation/explain.ts';
import { attemptsOf } from '../../core/explanation/timeline.ts';
import { defaultCatalogue } from '../../core/learning/default-catalogue.ts';
import { after, durationMs, seconds } from '../../core/shared/units.ts';
import {
  aChain,
  aDecision,
  anEvidence,
  anIncident,
  anOutcome,
  aService,
  aValidation,
  aVerdict,
  AGENT_ID,
  healthyReading,
  isoAt,
  OPENED,
} from '../support/builders.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import { START } from '../support/simulated-clock.ts';

/** What an API would answer about a small shop; one incident of each kind, and thousands of old ones. */

const ROLLBACK: ActionPlan = { actionId: 'rollback', fromRevision: 'payments:7', toRevision: 'payments:6' };

const decision = aDecision(ROLLBACK, {
  belief: [
    { hypothesis: 'badDeploy', probability: 0.81 },
    { hypothesis: 'crashLoop', probability: 0.12 },
    { hypothesis: 'configErr', probability: 0.07 },
  ],
  candidates: [
    {
      actionId: 'rollback',
      masked: null,
      expectedMinutes: 2.1,
      recoverProbability: { mean: 0.88, low: 0.71, high: 0.97 },
      evidenceCount: 6,
    },
    {
      actionId: 'redeploy',
      masked: null,
      expectedMinutes: 7.4,
      recoverProbability: { mean: 0.34, low: 0.12, high: 0.6 },
      evidenceCount: 2,
    },
    {
      actionId: 'restart',
      masked: 'no single task stands out as sick',
      expectedMinutes: null,
      recoverProbability: null,
      evidenceCount: 0,
    },
    { actionId: 'escalate', masked: null, expectedMinutes: 30, recoverProbability: null, evidenceCount: 0 },
  ],
  counterfactual: { symptom: 'recentDeploy', action: 'redeploy' },
});

const verdict = (asks: boolean) =>
  aVerdict(ROLLBACK, {
    verdict: asks ? 'ask' : 'allow',
    guards: [
      {
        guard: 'mode',
        result: asks ? 'ask' : 'allow',
        reason: asks ? 'the mode is manual' : 'the mode is auto',
        fact: asks ? 'manual' : 'auto',
        limit: 'auto acts',
        limitSource: 'mode parameter',
      },
      {
        guard: 'blast-radius',
        result: 'allow',
        reason: '2 of 2 tasks are replaced one by one',
        fact: '100 %',
        limit: 'at least 50 % stay healthy',
        limitSource: 'minHealthyPercent',
      },
      {
        guard: 'cooldown',
        result: 'allow',
        reason: 'nothing was done to it lately',
        fact: 'never',
        limit: '5 s',
        limitSource: 'cooldownSeconds',
      },
    ],
  });

const entriesUntil = (asks: boolean): JournalEntry[] => [
  OPENED,
  {
    kind: 'evidence_gathered',
    body: anEvidence({ symptoms: { present: ['errHigh', 'recentDeploy'], absent: ['cpuHigh'] } }),
  },
  { kind: 'evidence_validated', body: aValidation() },
  { kind: 'action_decided', body: decision },
  { kind: 'verdict_given', body: verdict(asks) },
];

const healed: JournalEntry[] = [
  ...entriesUntil(false),
  { kind: 'action_intended', body: { plan: ROLLBACK, approval: null } },
  {
    kind: 'action_applied',
    body: {
      actionId: 'rollback',
      status: 'applied',
      startedAt: isoAt(18),
      endedAt: isoAt(20),
      changeIds: [],
      detail: 'rolled back to payments:6',
    },
  },
  { kind: 'outcome_measured', body: anOutcome({ healthySince: isoAt(40), after: healthyReading(60) }) },
];

/** Seconds after the start at which each record of the healed incident was written. */
const TIMES = [0, 8, 14, 15, 16, 17, 20, 60, 61];
const timed = (entries: readonly JournalEntry[], start: number = START) => {
  const timeOf = (index: number): string => new Date(start + (TIMES[index] ?? 61) * 1_000).toISOString();
  const told = entries.map((entry) =>
    entry.kind === 'incident_opened'
      ? { ...entry, body: { ...entry.body, signal: { ...entry.body.signal, occurredAt: timeOf(0) } } }
      : entry,
  );
  return aChain(told).map((record, index) => ({ ...record, at: timeOf(index), latencyMs: 40 }));
};

const account = explainAttempt(timed(healed), 1, 'recovered', null, isoAt(61));
const healedJournal = timed([
  ...healed,
  { kind: 'attempt_explained', body: { disposition: 'recovered', explanation: account } },
]);

const incidentOf = (status: IncidentStatus, suffix: string, changes: Partial<Incident> = {}): Incident =>
  anIncident({ status, incidentId: `inc-20261121-053000-payments-${suffix}` as Incident['incidentId'], ...changes });

const HEALED = incidentOf('recovered', 'aaaaaa', {
  closedAt: isoAt(61),
  attempts: 1,
  lastAction: 'rollback',
  outcome: 'recovered',
  explanation: account,
});
/** The question was put 30 s ago, 16 s after the incident was opened. */
const ASKING = incidentOf('awaiting_approval', 'bbbbbb', {
  openedAt: new Date(Date.now() - 46_000).toISOString(),
  attempts: 1,
  lastAction: null,
});
const RUNNING = incidentOf('open', 'cccccc', {
  workloadId: 'checkout',
  attempts: 1,
  openedAt: new Date(Date.now() - 20_000).toISOString(),
});

export const incidentIds = { healed: HEALED.incidentId, asking: ASKING.incidentId, running: RUNNING.incidentId };

type Approval = NonNullable<AnswerOf<'showIncident'>['approval']>;

const offerOf = (plan: ActionPlan, summary: string, mean: number): Approval['proposal'] => ({
  actionId: plan.actionId,
  plan,
  planHash: hashPlan(plan, sha256),
  summary,
  expectedMinutes: 2 / mean,
  recoverProbability: { mean, low: mean * 0.8, high: Math.min(1, mean * 1.1) },
  evidenceCount: 6,
  risk: 'medium',
  reversible: true,
  steps: [
    'Open the service in the ECS console',
    'Update it to task definition payments:6',
    'Watch the error rate for five minutes',
  ],
});

export const theApproval = (): Approval => {
  const proposal = offerOf(ROLLBACK, 'roll back from payments:7 to payments:6', 0.88);
  const alternative = offerOf({ actionId: 'redeploy' }, 'replace every task of the same revision', 0.34);
  const requestedAt = new Date(Date.now() - 30_000).toISOString();
  const expiresAt = new Date(Date.now() + 270_000).toISOString();
  return {
    incidentId: ASKING.incidentId,
    workloadId: ASKING.workloadId,
    question: {
      questionId: '0123456789abcdef',
      workloadId: ASKING.workloadId,
      fingerprint: decision.fingerprint,
      fencingToken: 0,
      offered: [proposal.planHash, alternative.planHash],
      approvals: 1,
      askedAt: requestedAt,
      expiresAt,
    },
    planHash: proposal.planHash,
    fingerprint: decision.fingerprint,
    summary: 'roll back from payments:7 to payments:6',
    detected: ['40 % of requests fail (objective 5 %)'],
    reason: decision.reason,
    askedBecause: ['the mode is manual'],
    proposal,
    alternatives: [alternative],
    requestedAt,
    expiresAt,
    announced: false,
    consents: [],
  };
};

export const theIncidents = (): readonly Incident[] => [RUNNING, ASKING, HEALED];

/** Old incidents, newest first: enough to see whether a list stalls. */
export const oldIncidents = (count: number): readonly Incident[] =>
  Array.from({ length: count }, (_, index): Incident => {
    const opened = after(START, durationMs(-(index + 1) * 600_000));
    const workloadId = ['payments', 'checkout', 'web', 'ledger'][index % 4] ?? 'web';
    const status =
      (['recovered', 'recovered', 'recovered', 'escalated', 'dismissed'] as const)[index % 5] ?? 'recovered';
    return anIncident({
      incidentId: `inc-20260901-000000-${workloadId}-${index.toString(16).padStart(6, '0')}` as Incident['incidentId'],
      workloadId,
      status,
      openedAt: new Date(opened).toISOString(),
      closedAt: new Date(after(opened, seconds(20 + (index % 90)))).toISOString(),
      attempts: status === 'dismissed' ? 0 : 1 + (index % 2),
      lastAction: status === 'dismissed' ? null : (['restart', 'rollback', 'scaleOut', 'redeploy'][index % 4] ?? null),
      explanation: `It was handled as incident ${index}.`,
    });
  });

const journals = {
  [HEALED.incidentId]: healedJournal,
  [ASKING.incidentId]: timed(entriesUntil(true), Date.parse(ASKING.openedAt)),
  [RUNNING.incidentId]: timed(entriesUntil(false).slice(0, 3), Date.parse(RUNNING.openedAt)),
};

export const detailOf = (incident: Incident): AnswerOf<'showIncident'> => {
  const journal = journals[incident.incidentId] ?? healedJournal;
  return {
    incident,
    journal,
    attempts: attemptsOf(journal).map(({ attempt, phases }) => ({ attempt, phases: [...phases] })),
    approval: incident.status === 'awaiting_approval' ? theApproval() : null,
    feedback: [],
  };
};

export const WORKLOADS = [
  aService('web', { dependsOn: ['checkout'], criticality: 0 }),
  aService('checkout', { dependsOn: ['payments', 'ledger'] }),
  aService('payments', { dependsOn: ['bank'] }),
  aService('ledger', { criticality: 2 }),
];

const conditionOf = (workloadId: string) =>
  (({ payments: 'asking', checkout: 'healing' }) as const)[workloadId as 'payments'] ?? ('well' as const);
const openOf = (workloadId: string) =>
  ({ payments: ASKING.incidentId, checkout: RUNNING.incidentId })[workloadId as 'payments'] ?? null;

export const theWorkloads = (): AnswerOf<'listWorkloads'> => ({
  workloads: WORKLOADS.map((workload) => ({
    workload,
    condition: conditionOf(workload.workloadId),
    openIncidentId: openOf(workload.workloadId),
  })),
});

export const theTopology = (): AnswerOf<'showTopology'> => ({
  nodes: WORKLOADS.map(({ workloadId, kind, tier, owner, criticality }) => ({
    workloadId,
    kind,
    tier,
    owner,
    criticality,
    condition: conditionOf(workloadId),
    openIncidentId: openOf(workloadId),
  })),
  edges: WORKLOADS.flatMap(({ workloadId, dependsOn }) =>
    dependsOn.map((to) => ({
      from: workloadId,
      to,
      registered: WORKLOADS.some((other) => other.workloadId === to),
      declared: true,
      seen: [],
    })),
  ),
});

export const theAgents = (): AnswerOf<'listAgents'> => ({
  agents: (['issue-monitor', 'auto-healer', 'interaction-agent'] as const).map((name, index) => ({
    agentId: AGENT_ID.replace('0001', `000${index + 1}`),
    name,
    state: index === 1 ? ('DECIDING' as const) : ('IDLE' as const),
    lastHeartbeat: new Date(Date.now() - 45_000).toISOString(),
    lastDecision: index === 1 ? { action: 'rollback', incidentId: HEALED.incidentId, at: isoAt(61) } : null,
    statistics:
      index === 1
        ? {
            since: isoAt(-2_592_000),
            incidents: 84,
            recovered: 71,
            escalated: 5,
            successRatePercent: 93.4,
            ratings: { resolved: 9, notResolved: 1, helpful: 8, tooSlow: 1, wrong: 0 },
          }
        : null,
  })),
});

const HYPOTHESES = ['crashLoop', 'memLeak', 'cpuSpike', 'badDeploy', 'configErr', 'depDown', 'dbPool', 'deadlock'];
const ACTIONS = ['restart', 'redeploy', 'scaleOut', 'rollback', 'wait', 'escalate'];

export const theModel = (version: string, tier: string): AnswerOf<'showModelTable'> => ({
  version,
  tier,
  belief: HYPOTHESES.map((hypothesis, index) => ({ hypothesis, probability: (8 - index) / 36 })),
  cells: HYPOTHESES.flatMap((hypothesis, row) =>
    ACTIONS.map((actionId, column) => {
      const mean = ((row * 5 + column * 7) % 10) / 10 + 0.04;
      const evidence = (row + column) % 3 === 0 ? row + 1 : 0;
      return {
        hypothesis,
        actionId,
        evidence,
        fixed: evidence * mean,
        failed: evidence * (1 - mean),
        recoverProbability: { mean, low: mean * 0.6, high: Math.min(1, mean * 1.3) },
      };
    }),
  ),
});

export const theCatalogue = (): AnswerOf<'showCatalogue'> => ({
  actions: [],
  hypotheses: defaultCatalogue.hypotheses.map(({ id }) => ({ hypothesis: id, meaning: id, runbook: [] })),
  symptoms: [],
});

export const theDeployments = (workloadId: string): AnswerOf<'listDeployments'> => ({
  deployments: (['in_progress', 'completed', 'failed', 'completed'] as const).map((status, index) => ({
    workloadId: workloadId as 'payments',
    deploymentId: `ecs-svc/900000000000000000${9 - index}`,
    at: isoAt(-3_600 * (index + 1)),
    status,
    summary: `ECS deployment ecs-svc/900000000000000000${9 - index} ${status.replace('_', ' ')}.`,
  })),
  nextCursor: null,
});
