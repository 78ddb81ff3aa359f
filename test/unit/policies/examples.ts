import type { ActionId } from '../../../core/contracts/action.ts';
import { ActionIdSchema } from '../../../core/contracts/action.ts';
import type { PolicyRequest, PolicySections } from '../../../core/contracts/policy-request.ts';

/** One question with the policies that must object: those that deny, and those that only want a person. */
export interface Example {
  readonly name: string;
  readonly request: PolicyRequest;
  readonly denied: readonly string[];
  readonly asked: readonly string[];
}

const decimal = (arg: string) => ({ __extn: { fn: 'decimal' as const, arg } });

/** Nothing speaks against it. Numbers differ from each other, so that one cannot pass for another. */
export const CALM: PolicySections = {
  mode: { mode: 'auto' },
  freshness: { ageMs: 10, maxAgeMs: 120, maxSkewMs: 5 },
  attempts: { attempt: 1, maxAttempts: 3 },
  cooldown: { changedBefore: true, sinceLastChangeMs: 900, pauseMs: 300 },
  consecutiveFailures: { inARow: 1, max: 4 },
  ineffectiveSuccesses: { withoutRecovery: 1, max: 5 },
  recurrence: { incidents: 2, max: 6 },
  blastRadius: {
    tasksKnown: true,
    tasksNow: 4,
    tasksAfter: 4,
    minTasks: 2,
    maxTasks: 6,
    healthyTaken: 1,
    healthyLeft: 3,
    minHealthyPercent: 51,
  },
  singleFlight: { heldByOther: false, leaseLeftMs: 500 },
  dependencyGroup: { others: 0 },
  concurrency: { others: 1, max: 3 },
  budget: { actionsThisHour: 2, maxPerHour: 7 },
  cost: { afterUsd: decimal('1.5000'), maxPerDayUsd: decimal('20.0000') },
  confidence: { known: true, probability: decimal('0.8000'), floor: decimal('0.5000') },
  proportionality: { milderAndAsLikely: 0 },
  reversibility: { riskLevel: 1, reversible: true, asks: true, askFromLevel: 3 },
  maintenance: { open: false },
  quietHours: { open: false },
  backlog: { waited: false, position: 0, dryRuns: 3, maxAsked: 10 },
  ownEcho: { firing: 2, echoes: 1 },
};

type Changes = { readonly [Name in keyof PolicySections]?: Partial<PolicySections[Name]> };

export const ask = (
  action: ActionId,
  changes: Changes = {},
  allowedActions: readonly ActionId[] = ActionIdSchema.options,
) =>
  ({
    action,
    workload: {
      workloadId: 'payments',
      kind: 'ecs-service',
      owner: 'shop-team',
      tier: 'web',
      criticality: 1,
      allowedActions: [...allowedActions],
    },
    env: 'prod',
    facts: Object.fromEntries(
      Object.entries(CALM).map(([name, section]) => [name, { ...section, ...changes[name as keyof Changes] }]),
    ) as PolicySections,
  }) satisfies PolicyRequest;

const example = (
  name: string,
  action: ActionId,
  changes: Changes,
  denied: readonly string[] = [],
  asked: readonly string[] = [],
): Example => ({ name: `${name}: ${action}`, request: ask(action, changes), denied, asked });

/** The same for a healthy fleet that is scaled. */
const scaled = (action: 'scaleOut' | 'scaleIn', tasksAfter: number, denied: readonly string[] = [], healthyLeft = 6) =>
  example(`to ${tasksAfter} tasks`, action, { blastRadius: { tasksAfter, healthyLeft } }, denied);

const CHANGES: readonly ActionId[] = ['restart', 'redeploy', 'rollback', 'redrive'];
const PASSIVE: readonly ActionId[] = ['wait', 'escalate'];

/** A rule over every change: just within its limit, just beyond it, and never about what changes nothing. */
const overChanges = (
  id: string,
  within: readonly Changes[],
  beyond: readonly Changes[],
  kind: 'denied' | 'asked' = 'denied',
  passive: readonly ActionId[] = PASSIVE,
): Example[] => [
  ...within.flatMap((changes) => CHANGES.map((action) => example(`${id}, within`, action, changes))),
  ...beyond.flatMap((changes) => [
    ...CHANGES.map((action) =>
      kind === 'denied' ? example(id, action, changes, [id]) : example(id, action, changes, [], [id]),
    ),
    ...passive.map((action) => example(`${id} does not limit`, action, changes)),
  ]),
];

export const EXAMPLES: readonly Example[] = [
  ...ActionIdSchema.options.filter((id) => !id.startsWith('scale')).map((action) => example('calm', action, {})),

  ...['manual', 'shadow', 'off', 'garbled'].map((mode) => example(mode, 'escalate', { mode: { mode } })),
  ...['manual', 'shadow'].map((mode) => example(mode, 'wait', { mode: { mode } })),
  ...['off', 'garbled', ''].flatMap((mode) =>
    [...CHANGES, 'wait' as const].map((action) => example(`mode ${mode}`, action, { mode: { mode } }, ['mode/off'])),
  ),
  ...CHANGES.map((action) => example('shadow', action, { mode: { mode: 'shadow' } }, ['mode/shadow'])),
  ...CHANGES.map((action) => example('manual', action, { mode: { mode: 'manual' } }, [], ['mode/manual'])),

  ...overChanges('freshness/stale', [{ freshness: { ageMs: 120 } }], [{ freshness: { ageMs: 121 } }]),
  ...overChanges('freshness/future', [{ freshness: { ageMs: -5 } }], [{ freshness: { ageMs: -6 } }]),
  ...overChanges('own-echo', [{ ownEcho: { echoes: 0 } }], [{ ownEcho: { echoes: 2 } }, { ownEcho: { echoes: 3 } }]),
  ...overChanges('own-echo', [], [{ ownEcho: { firing: 0, echoes: 0 } }]),
  ...CHANGES.map((action) => ({
    name: `not allowed: ${action}`,
    request: ask(action, {}, ['wait']),
    denied: ['allow-list'],
    asked: [],
  })),
  { name: 'nothing is allowed: wait', request: ask('wait', {}, []), denied: [], asked: [] },
  { name: 'nothing is allowed: escalate', request: ask('escalate', {}, []), denied: [], asked: [] },

  ...overChanges(
    'attempts',
    [{ attempts: { attempt: 3 } }],
    [{ attempts: { attempt: 4 } }, { attempts: { attempt: 5 } }],
    'denied',
    ['escalate'],
  ),
  example('attempts', 'wait', { attempts: { attempt: 4 } }, ['attempts']),
  example('attempts, within', 'wait', { attempts: { attempt: 3 } }),
  ...overChanges(
    'cooldown',
    [{ cooldown: { sinceLastChangeMs: 300 } }, { cooldown: { changedBefore: false, sinceLastChangeMs: 0 } }],
    [{ cooldown: { sinceLastChangeMs: 299 } }, { cooldown: { sinceLastChangeMs: -50 } }],
  ),
  ...overChanges(
    'consecutive-failures',
    [{ consecutiveFailures: { inARow: 3 } }],
    [{ consecutiveFailures: { inARow: 4 } }, { consecutiveFailures: { inARow: 9 } }],
  ),
  ...overChanges(
    'ineffective-successes',
    [{ ineffectiveSuccesses: { withoutRecovery: 4 } }],
    [{ ineffectiveSuccesses: { withoutRecovery: 5 } }, { ineffectiveSuccesses: { withoutRecovery: 9 } }],
  ),
  ...overChanges(
    'recurrence',
    [{ recurrence: { incidents: 6 } }],
    [{ recurrence: { incidents: 7 } }, { recurrence: { incidents: 9 } }],
  ),

  // 51 % of 100 tasks is 51.
  ...[51, 52, 90].map((healthyLeft) =>
    example(`${healthyLeft} % left`, 'restart', { blastRadius: { tasksAfter: 100, healthyLeft } }),
  ),
  ...[50, 49, 0].map((healthyLeft) =>
    example(`${healthyLeft} % left`, 'restart', { blastRadius: { tasksAfter: 100, healthyLeft } }, [
      'blast-radius/share',
    ]),
  ),
  example('two of four left', 'restart', { blastRadius: { healthyLeft: 2 } }, ['blast-radius/share']),
  example('one of one left', 'restart', { blastRadius: { tasksAfter: 1, healthyLeft: 1 } }),
  example('none wanted', 'restart', { blastRadius: { tasksAfter: 0, healthyLeft: 0 } }, ['blast-radius/share']),
  example('none wanted, one left', 'restart', { blastRadius: { tasksAfter: 0, healthyLeft: 1 } }, [
    'blast-radius/share',
  ]),
  ...[0, 1].map((healthyLeft) =>
    example('only sick ones', 'restart', { blastRadius: { healthyTaken: 0, healthyLeft } }),
  ),
  example('two taken', 'restart', { blastRadius: { healthyTaken: 2, healthyLeft: 1 } }, ['blast-radius/share']),
  ...(['redeploy', 'rollback', 'redrive'] as const).flatMap((action) => [
    example('restores, however few are healthy', action, { blastRadius: { healthyLeft: 0 } }),
    example('restores, whoever counts', action, { blastRadius: { tasksKnown: false, tasksNow: 0, tasksAfter: 0 } }),
  ]),
  ...PASSIVE.map((action) =>
    example('touches nothing', action, { blastRadius: { tasksKnown: false, tasksAfter: 0, healthyLeft: 0 } }),
  ),
  example('not counted', 'restart', { blastRadius: { tasksKnown: false, healthyTaken: 0 } }, [
    'blast-radius/uncounted',
  ]),
  example('not counted', 'scaleOut', { blastRadius: { tasksKnown: false, tasksAfter: 5 } }, ['blast-radius/uncounted']),
  example('not counted', 'scaleIn', { blastRadius: { tasksKnown: false, tasksAfter: 3 } }, ['blast-radius/uncounted']),
  scaled('scaleOut', 5),
  scaled('scaleOut', 6),
  scaled('scaleOut', 7, ['blast-radius/scale-out']),
  scaled('scaleOut', 8, ['blast-radius/scale-out']),
  scaled('scaleOut', 4, ['blast-radius/scale-out']),
  scaled('scaleOut', 3, ['blast-radius/scale-out']),
  example('adds, however few are healthy', 'scaleOut', { blastRadius: { tasksAfter: 5, healthyLeft: 0 } }),
  scaled('scaleIn', 3),
  scaled('scaleIn', 2),
  scaled('scaleIn', 1, ['blast-radius/scale-in']),
  scaled('scaleIn', 4, ['blast-radius/scale-in']),
  scaled('scaleIn', 5, ['blast-radius/scale-in']),
  scaled('scaleIn', 2, ['blast-radius/share'], 1),

  ...overChanges(
    'single-flight',
    [{ singleFlight: { heldByOther: true, leaseLeftMs: 0 } }, { singleFlight: { heldByOther: true, leaseLeftMs: -1 } }],
    [{ singleFlight: { heldByOther: true, leaseLeftMs: 1 } }, { singleFlight: { heldByOther: true } }],
  ),
  ...overChanges('dependency-group', [], [{ dependencyGroup: { others: 1 } }, { dependencyGroup: { others: 2 } }]),
  ...overChanges(
    'concurrency',
    [{ concurrency: { others: 2 } }],
    [{ concurrency: { others: 3 } }, { concurrency: { others: 9 } }],
  ),
  ...overChanges(
    'budget',
    [{ budget: { actionsThisHour: 6 } }],
    [{ budget: { actionsThisHour: 7 } }, { budget: { actionsThisHour: 9 } }],
  ),
  ...overChanges(
    'cost',
    [{ cost: { afterUsd: decimal('20.0000') } }],
    [{ cost: { afterUsd: decimal('20.0001') } }, { cost: { afterUsd: decimal('99.0000') } }],
  ),

  ...overChanges('confidence/unknown', [], [{ confidence: { known: false } }]),
  ...overChanges(
    'confidence/floor',
    [{ confidence: { probability: decimal('0.5000') } }],
    [{ confidence: { probability: decimal('0.4999') } }],
    'asked',
  ),
  ...overChanges(
    'proportionality',
    [],
    [{ proportionality: { milderAndAsLikely: 1 } }, { proportionality: { milderAndAsLikely: 2 } }],
  ),
  ...overChanges(
    'reversibility',
    [{ reversibility: { riskLevel: 2 } }, { reversibility: { asks: false, riskLevel: 3 } }],
    [{ reversibility: { riskLevel: 3 } }, { reversibility: { riskLevel: 2, askFromLevel: 1 } }],
    'asked',
  ),
  ...overChanges(
    'reversibility/irreversible',
    [
      { reversibility: { reversible: false, riskLevel: 1 } },
      { reversibility: { reversible: false, riskLevel: 0 } },
      { reversibility: { reversible: false, asks: false, riskLevel: 2 } },
    ],
    [{ reversibility: { reversible: false, riskLevel: 2 } }],
    'asked',
  ),
  ...overChanges('reversibility', [], [{ reversibility: { reversible: false, riskLevel: 3 } }], 'asked'),

  ...overChanges('maintenance', [], [{ maintenance: { open: true } }]),
  ...overChanges('quiet-hours', [], [{ quietHours: { open: true } }], 'asked'),

  ...CHANGES.flatMap((action) => [
    ...[0, 1, 2].map((position) =>
      example(
        `waited at ${position}`,
        action,
        { backlog: { waited: true, position } },
        ['backlog/dry-run'],
        ['backlog/ask'],
      ),
    ),
    ...[3, 4, 12].map((position) =>
      example(`waited at ${position}`, action, { backlog: { waited: true, position } }, [], ['backlog/ask']),
    ),
    ...[13, 14, 38].map((position) =>
      example(
        `waited at ${position}`,
        action,
        { backlog: { waited: true, position } },
        ['backlog/cap'],
        ['backlog/ask'],
      ),
    ),
    ...[0, 5, 38].map((position) => example(`did not wait, behind ${position}`, action, { backlog: { position } })),
  ]),
  ...PASSIVE.flatMap((action) =>
    [0, 5, 38].map((position) => example('waited', action, { backlog: { waited: true, position } })),
  ),
];
