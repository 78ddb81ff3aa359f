import type { Limits } from '../../core/contracts/limits.ts';
import type { Recipient } from '../../core/contracts/notice.ts';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import type { EnvironmentConfig } from './environment-config.ts';

/** Limits that no environment has a reason to change. */
const commonLimits = {
  maxAttempts: 3,
  freshnessSeconds: 120,
  signalMaxAgeSeconds: 900,
  confirmSeconds: 15, // one more sample of most metrics, and time for late alarms of the same fault
  cooldownSeconds: 300,
  maxConsecutiveFailures: 3,
  maxIneffectiveSuccesses: 3,
  maxRecurrences: 5,
  minHealthyPercent: 51, // what takes a healthy task away leaves more than half
  maxCostPerDayUsd: 20,
  taskHourUsd: 0.05, // 1 vCPU with 2 GB on Fargate, on demand, in Virginia or Ireland
  backlogAfterSeconds: 300, // an alarm, its confirmation and a retry take less than half of it
  backlogDryRuns: 3,
  backlogMaxAsked: 10,
  approvalTtlSeconds: 900,
  fourEyes: false,
  holdSeconds: 60,
  observeWindowSeconds: 240, // one call sees a recovery of minute metrics hold, so that a heal stays at 12 transitions
  effectDeadlineSeconds: 300,
  followUpSeconds: 240, // alarms of minute metrics look back three minutes
  leaseSeconds: 900, // longer than effectDeadlineSeconds + holdSeconds + one retry of Act
} satisfies Partial<Limits>;

/** A dashboard polls every second at most; a person and a few scripts stay far below. */
const commonApi = {
  callerRequestsPerTenSeconds: 100,
  callerRequestsPerDay: 100_000,
  allowedOrigins: [],
  executeUrl: null,
};

/**
 * Mailboxes and a chat at once, whoever is on call after five minutes: a third of the time that a question has.
 *
 * @param mayAnswer - whether holding a link suffices to answer; where users need a second factor it does not
 */
const notificationChain = (mayAnswer: boolean): Recipient[] => {
  const common = { person: null, mayAnswer, quietHours: [] };
  return [
    { name: 'mail', channel: 'email', afterMinutes: 0, ...common },
    { name: 'chat', channel: 'webhook', afterMinutes: 0, ...common },
    { name: 'on-call', channel: 'webhook', afterMinutes: 5, ...common },
  ];
};

/** The three environments. Their differences are data, so no construct asks which one it is in. */
export const environments: Readonly<Record<EnvironmentName, EnvironmentConfig>> = {
  dev: {
    debug: true,
    mode: 'auto',
    limits: {
      ...commonLimits,
      env: 'dev',
      issueThreshold: 30,
      actionTimeoutSeconds: 30,
      maxConcurrentActions: 5,
      maxActionsPerHour: 60,
      maxRecurrences: 50, // faults are injected on purpose here
      confidenceFloor: 0.1,
      askFromRisk: null,
      learning: { optimismSd: 1.0, randomise: null, gateMinutes: 0, relapseMinutes: 60, earn: null },
      byCriticality: { 0: { minHealthyPercent: 75 }, 1: { minHealthyPercent: 67 } },
    },
    heartbeatMinutes: 5,
    logRetentionDays: 7,
    removal: 'destroy',
    recordLock: { mode: 'governance', days: 1 },
    pointInTimeRecovery: false,
    deletionProtection: false,
    monitorConcurrency: 5,
    api: { ...commonApi, rateLimit: 20, burstLimit: 40, requireMfa: false },
    notificationChain: notificationChain(true),
    chatModel: null,
    archiveDays: 7,
    cloudStack: true,
    catalogueFile: null,
    policyDirectory: null,
    demoShops: [],
    drill: null,
  },
  stage: {
    debug: false,
    mode: 'auto',
    limits: {
      ...commonLimits,
      env: 'stage',
      issueThreshold: 40,
      actionTimeoutSeconds: 45,
      maxConcurrentActions: 3,
      maxActionsPerHour: 30,
      confidenceFloor: 0.2,
      askFromRisk: 'high',
      learning: { optimismSd: 0.6, randomise: { rate: 0.2, among: 4 }, gateMinutes: 0, relapseMinutes: 60, earn: null },
      byCriticality: {
        0: { minHealthyPercent: 75, confidenceFloor: 0.4, askFromRisk: 'medium' },
        1: { minHealthyPercent: 67, confidenceFloor: 0.3 },
      },
    },
    heartbeatMinutes: 5,
    logRetentionDays: 30,
    removal: 'retain',
    recordLock: { mode: 'governance', days: 90 },
    pointInTimeRecovery: true,
    deletionProtection: true,
    monitorConcurrency: 5,
    api: { ...commonApi, rateLimit: 20, burstLimit: 40, requireMfa: true },
    notificationChain: notificationChain(true),
    chatModel: null,
    archiveDays: 30,
    cloudStack: true,
    catalogueFile: null,
    policyDirectory: null,
    demoShops: [],
    drill: { everyHours: 24, healedWithinMinutes: 30 },
  },
  prod: {
    debug: false,
    mode: 'manual', // until actions have earned auto
    limits: {
      ...commonLimits,
      env: 'prod',
      issueThreshold: 50,
      actionTimeoutSeconds: 60,
      maxConcurrentActions: 2,
      maxActionsPerHour: 12,
      confidenceFloor: 0.3,
      askFromRisk: 'medium',
      fourEyes: true,
      // 29 heals without a failure, or 45 and one failure, reach the bound
      learning: {
        optimismSd: 0.3,
        randomise: null,
        gateMinutes: 0,
        relapseMinutes: 60,
        earn: { heals: 20, lowerBound: 0.9 },
      },
      byCriticality: {
        0: { minHealthyPercent: 75, confidenceFloor: 0.5, askFromRisk: 'low' },
        1: { minHealthyPercent: 67, confidenceFloor: 0.4 },
      },
    },
    heartbeatMinutes: 5,
    logRetentionDays: 365,
    removal: 'retain',
    recordLock: { mode: 'compliance', days: 365 },
    pointInTimeRecovery: true,
    deletionProtection: true,
    monitorConcurrency: 5,
    api: { ...commonApi, rateLimit: 50, burstLimit: 100, requireMfa: true },
    notificationChain: notificationChain(false),
    chatModel: null,
    archiveDays: 365,
    cloudStack: true,
    catalogueFile: null,
    policyDirectory: null,
    demoShops: [],
    drill: null,
  },
};
