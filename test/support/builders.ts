import type { ActionPlan } from '../../core/contracts/action.ts';
import { ACTIONS } from '../../core/action/catalogue.ts';
import type { Decision } from '../../core/contracts/decision.ts';
import type { Evidence, MetricSummary, TaskSummary, WorkloadState } from '../../core/contracts/evidence.ts';
import type { ForecastOf } from '../../core/contracts/forecast.ts';
import type { Incident } from '../../core/contracts/incident.ts';
import type { JournalEntry, JournalRecord } from '../../core/contracts/journal.ts';
import type { Limits } from '../../core/contracts/limits.ts';
import type { LoopState, Validation } from '../../core/contracts/loop-state.ts';
import type { HealthReading, Outcome } from '../../core/contracts/outcome.ts';
import type { Signal } from '../../core/contracts/signal.ts';
import type { Verdict } from '../../core/contracts/verdict.ts';
import type { EcsServiceWorkload, MetricRole, SqsQueueWorkload, WorkloadId } from '../../core/contracts/workload.ts';
import { hashPlan } from '../../core/action/hash-plan.ts';
import { incidentIdFor } from '../../core/incident/incident-id.ts';
import type { RecordContext } from '../../core/journal/chain.ts';
import { headOf, nextRecord } from '../../core/journal/chain.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { after, durationMs, seconds, toIso } from '../../core/shared/units.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import { START } from './simulated-clock.ts';

/** Values that the contracts accept, each changed only where a test says so. */

export const AGENT_ID = 'AGENT-20261121-053000-0001-9F3A';

/** An instant of the simulated day, as text. */
export const isoAt = (secondsAfterStart: number): string => toIso(at(secondsAfterStart));
export const at = (secondsAfterStart: number): EpochMs => after(START, durationMs(secondsAfterStart * 1_000));

export const aLimits = (changes: Partial<Limits> = {}): Limits => ({
  env: 'dev',
  issueThreshold: 30,
  maxAttempts: 3,
  freshnessSeconds: 120,
  signalMaxAgeSeconds: 900,
  confirmSeconds: 15,
  cooldownSeconds: 300,
  maxConsecutiveFailures: 3,
  maxIneffectiveSuccesses: 3,
  maxRecurrences: 5,
  minHealthyPercent: 51,
  byCriticality: {},
  maxCostPerDayUsd: 20,
  taskHourUsd: 0.05,
  backlogAfterSeconds: 300,
  backlogDryRuns: 3,
  backlogMaxAsked: 10,
  maxConcurrentActions: 5,
  maxActionsPerHour: 60,
  confidenceFloor: 0.1,
  askFromRisk: null,
  approvalTtlSeconds: 900,
  fourEyes: false,
  leaseSeconds: 900,
  actionTimeoutSeconds: 30,
  holdSeconds: 60,
  observeWindowSeconds: 20,
  effectDeadlineSeconds: 300,
  followUpSeconds: 240,
  learning: { optimismSd: 1, randomise: null, gateMinutes: 0, relapseMinutes: 60, earn: null },
  ...changes,
});

const metric = (metricName: string, service: string) => ({
  namespace: 'Shop',
  metricName,
  dimensions: { ServiceName: service },
  stat: 'Average',
});

export const aService = (
  workloadId: WorkloadId = 'payments',
  changes: Partial<EcsServiceWorkload> = {},
): EcsServiceWorkload => ({
  kind: 'ecs-service',
  workloadId,
  owner: 'shop-team',
  criticality: 1,
  tier: 'web',
  slo: { errorRatePercent: 5, latencyP95Ms: 400 },
  dependsOn: [],
  allowedActions: ['wait', 'restart', 'redeploy', 'scaleOut', 'scaleIn', 'rollback', 'escalate'],
  alarms: [
    { alarmName: `${workloadId}-errors`, role: 'errorRate' },
    { alarmName: `${workloadId}-latency`, role: 'latencyP95' },
    { alarmName: `${workloadId}-cpu`, role: 'cpuUtilization' },
  ],
  metricPeriodSeconds: 10,
  metrics: {
    errorRate: metric('ErrorRate', workloadId),
    latencyP95: metric('LatencyP95', workloadId),
    cpuUtilization: metric('CPUUtilization', workloadId),
    memoryUtilization: metric('MemoryUtilization', workloadId),
    requestCount: metric('RequestCount', workloadId),
  },
  clusterArn: 'arn:aws:ecs:eu-central-1:111122223333:cluster/shop',
  serviceName: workloadId,
  minTasks: 2,
  maxTasks: 6,
  taskMetricsNamespace: null,
  ...changes,
});

export const aQueue = (
  workloadId: WorkloadId = 'orders',
  changes: Partial<SqsQueueWorkload> = {},
): SqsQueueWorkload => ({
  kind: 'sqs-queue',
  workloadId,
  owner: 'shop-team',
  criticality: 2,
  tier: 'queue',
  slo: { errorRatePercent: 5, latencyP95Ms: 400 },
  dependsOn: [],
  allowedActions: ['wait', 'redrive', 'escalate'],
  alarms: [{ alarmName: `${workloadId}-dead-letters`, role: 'deadLetters' }],
  metricPeriodSeconds: 60,
  metrics: { deadLetters: metric('DeadLetters', workloadId) },
  queueUrl: 'https://sqs.eu-central-1.amazonaws.com/111122223333/orders',
  deadLetterQueueUrl: 'https://sqs.eu-central-1.amazonaws.com/111122223333/orders-dead',
  ...changes,
});

export const aSignal = (changes: Partial<Signal> = {}): Signal => ({
  signalId: sha256('alarm|payments-errors'),
  workloadId: 'payments',
  source: 'alarm',
  status: 'firing',
  role: 'errorRate',
  severity: 70,
  occurredAt: isoAt(0),
  summary: 'too many requests fail (payments-errors)',
  changeIds: [],
  ...changes,
});

export const aTask = (name: string, changes: Partial<TaskSummary> = {}): TaskSummary => ({
  taskArn: `arn:aws:ecs:eu-central-1:111122223333:task/shop/${name}`,
  lastStatus: 'RUNNING',
  startedAt: isoAt(-3_600),
  sick: false,
  reason: null,
  ...changes,
});

export const aState = (changes: Partial<WorkloadState> = {}): WorkloadState => ({
  desired: 2,
  running: 2,
  tasks: [aTask('t1'), aTask('t2')],
  exits: [],
  currentRevision: {
    revision: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/payments:7',
    deploymentId: 'ecs-svc/7',
    createdAt: isoAt(-86_400),
    stable: true,
  },
  stableRevision: null,
  deploymentInProgress: false,
  lastChange: null,
  deadLetters: null,
  ...changes,
});

export const aMetric = (role: MetricRole, current: number | null, baseline: number | null = null): MetricSummary => ({
  role,
  baseline,
  current,
  samples: current === null ? 0 : 12,
  newestAt: current === null ? null : isoAt(10),
});

export const anEvidence = (changes: Partial<Evidence> = {}): Evidence => ({
  workload: aService(),
  observedAt: isoAt(16),
  signals: [aSignal()],
  alarms: [{ alarmName: 'payments-errors', role: 'errorRate', state: 'ALARM', since: isoAt(0) }],
  metrics: [aMetric('errorRate', 40, 1), aMetric('latencyP95', 300, 120), aMetric('cpuUtilization', 30, 30)],
  state: aState({ tasks: [aTask('t1', { sick: true, reason: 'fails 80 % of its requests' }), aTask('t2')] }),
  neighbours: [],
  earlierIncidents: [],
  symptoms: { present: ['errHigh', 'healthFail'], absent: ['latHigh', 'cpuHigh', 'memHigh', 'taskExit'] },
  notSeen: [],
  ...changes,
});

export const aReading = (changes: Partial<HealthReading> = {}): HealthReading => ({
  at: isoAt(17),
  healthy: false,
  impact: 0.4,
  reasons: ['40 % of requests fail (objective 5 %)'],
  values: { errorRate: 40 },
  ...changes,
});

export const healthyReading = (secondsAfterStart: number): HealthReading =>
  aReading({ at: isoAt(secondsAfterStart), healthy: true, impact: 0, reasons: [], values: { errorRate: 1 } });

export const aValidation = (changes: Partial<Validation> = {}): Validation => ({
  result: 'proceed',
  checks: [{ check: 'still wrong', passed: true, reason: '40 % of requests fail (objective 5 %)' }],
  reading: aReading(),
  ...changes,
});

export const RESTART: ActionPlan = { actionId: 'restart', taskArns: [aTask('t1').taskArn] };

export const aDecision = (plan: ActionPlan = RESTART, changes: Partial<Decision> = {}): Decision => ({
  plan,
  planHash: hashPlan(plan, sha256),
  risk: ACTIONS[plan.actionId].risk,
  reversible: ACTIONS[plan.actionId].undo !== null,
  belief: [
    { hypothesis: 'crashLoop', probability: 0.7 },
    { hypothesis: 'deadlock', probability: 0.2 },
  ],
  fingerprint: 'crashLoop/high',
  candidates: [
    {
      actionId: plan.actionId,
      masked: null,
      expectedMinutes: 4,
      recoverProbability: { mean: 0.8, low: 0.6, high: 0.95 },
      evidenceCount: 3,
    },
    { actionId: 'escalate', masked: null, expectedMinutes: 30, recoverProbability: null, evidenceCount: 0 },
  ],
  runbookAction: plan.actionId,
  counterfactual: null,
  modelVersion: 'catalogue 1, live evidence',
  reason: 'it has the least expected cost in minutes of user impact',
  autonomy: null,
  ...changes,
});

export const aVerdict = (plan: ActionPlan = RESTART, changes: Partial<Verdict> = {}): Verdict => ({
  verdict: 'allow',
  guards: [
    {
      guard: 'mode',
      result: 'allow',
      reason: 'the mode is auto',
      fact: 'auto',
      limit: 'auto acts',
      limitSource: 'mode parameter',
    },
  ],
  planHash: hashPlan(plan, sha256),
  lease: { resource: 'payments', fencingToken: 1, expiresAt: isoAt(900) },
  ...changes,
});

export const anOutcome = (changes: Partial<Outcome> = {}): Outcome => ({
  status: 'recovered',
  before: aReading(),
  after: healthyReading(90),
  healthySince: isoAt(30),
  minutes: 0.2,
  readings: 12,
  reason: 'healthy for 1 min without a break',
  ...changes,
});

const contextOf = (changes: Partial<RecordContext>): RecordContext => ({
  env: 'dev',
  incidentId: incidentIdFor(aSignal(), sha256),
  correlationId: aSignal().signalId.slice(0, 16),
  attempt: 1,
  agent: { agent_id: AGENT_ID, agent_state: 'OBSERVING', last_decision: null },
  at: at(0),
  latency: durationMs(0),
  ...changes,
});

/** The record after `previous`, or an incident's first. */
export const aRecord = (
  previous: JournalRecord | null,
  entry: JournalEntry,
  changes: Partial<RecordContext> = {},
): JournalRecord => nextRecord(previous === null ? null : headOf(previous), contextOf(changes), entry, sha256);

export const OPENED: JournalEntry = {
  kind: 'incident_opened',
  body: { workloadId: 'payments', members: ['payments'], signal: aSignal() },
};

/** A chain of these entries, one second apart. */
export const aChain = (entries: readonly JournalEntry[], changes: Partial<RecordContext> = {}): JournalRecord[] => {
  const records: JournalRecord[] = [];
  for (const [index, entry] of entries.entries()) {
    records.push(aRecord(records.at(-1) ?? null, entry, { at: after(START, seconds(index)), ...changes }));
  }
  return records;
};

export const anIncident = (changes: Partial<Incident> = {}): Incident => ({
  incidentId: incidentIdFor(aSignal(), sha256),
  env: 'dev',
  workloadId: 'payments',
  status: 'open',
  openedAt: isoAt(0),
  closedAt: null,
  severity: 70,
  summary: aSignal().summary,
  correlationId: aSignal().signalId.slice(0, 16),
  signalCount: 1,
  attempts: 0,
  lastAction: null,
  outcome: null,
  suspectRevision: null,
  explanation: null,
  ...changes,
});

/** A loop that has just begun, continuing from the incident's first record. */
export const aLoopState = (changes: Partial<LoopState> = {}): LoopState => ({
  incidentId: incidentIdFor(aSignal(), sha256),
  correlationId: aSignal().signalId.slice(0, 16),
  workloadId: 'payments',
  members: ['payments'],
  openedAt: isoAt(0),
  attempt: 1,
  head: headOf(aRecord(null, OPENED)),
  tried: [],
  ...changes,
});

/** Memory of which half an hour is left. */
export const anExhaustion = (changes: Partial<ForecastOf<'exhaustion'>> = {}): ForecastOf<'exhaustion'> => ({
  kind: 'exhaustion',
  role: 'memoryUtilization',
  madeAt: isoAt(0),
  from: 30,
  current: 60,
  limit: 100,
  changePerHour: 80,
  at: isoAt(1_800),
  interval80: { earliest: isoAt(1_700), latest: isoAt(1_900) },
  interval95: { earliest: isoAt(1_600), latest: isoAt(2_000) },
  ...changes,
});

/** A peak that two tasks cannot take and four can. */
export const aDemand = (changes: Partial<ForecastOf<'demand'>> = {}): ForecastOf<'demand'> => ({
  kind: 'demand',
  role: 'requestCount',
  madeAt: isoAt(0),
  at: isoAt(600),
  peak: 70,
  interval80: { low: 62, high: 78 },
  interval95: { low: 58, high: 82 },
  capacity: 40,
  capacityPerTask: 20,
  method: 'seasonal_naive',
  ...changes,
});
