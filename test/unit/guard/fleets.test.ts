import fc from 'fast-check';
import type { ActionPlan } from '../../../core/contracts/action.ts';
import type { GuardName } from '../../../core/contracts/verdict.ts';
import { guardChain } from '../../../core/guard/chain.ts';
import { evaluate } from '../../../core/guard/evaluate.ts';
import type { EpochMs } from '../../../core/shared/units.ts';
import { calm, decisionFor, factsOf, hashPlan, now, policies, task } from './fixture.ts';
import type { GuardValues } from './fixture.ts';

/** How many fleets are drawn: `FLEETS=100000 npx jest test/unit/guard/fleets` is the claim, four minutes long; this is a tenth of it. */
const FLEETS = Number(process.env.FLEETS ?? 10_000);
const SECOND = 1_000;
const INCIDENTS = ['inc-own', 'inc-a', 'inc-b', 'inc-c'] as const;

const instant = (milliseconds: number) => milliseconds as EpochMs;
/** Whole minutes, and often a millisecond beside them, where limits are. */
const pastInstant = fc
  .tuple(fc.integer({ min: 0, max: 360 }), fc.integer({ min: -1, max: 1 }))
  .map(([minutes, beside]) => instant(now - minutes * 60 * SECOND + beside));

const tasks = fc
  .array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 6 })
  .map((drawn) =>
    drawn.map(([sick, pending], index) => task(`t${index}`, sick, pending && sick ? 'PENDING' : 'RUNNING')),
  );

const plan: fc.Arbitrary<ActionPlan> = fc.oneof(
  fc
    .uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 })
    .map((chosen) => ({ actionId: 'restart' as const, taskArns: chosen.map((index) => `t${index}`) })),
  fc.record({
    actionId: fc.constant('scaleIn' as const),
    fromTasks: fc.integer({ min: 1, max: 6 }),
    toTasks: fc.integer({ min: 1, max: 6 }),
  }),
  fc.record({
    actionId: fc.constant('scaleOut' as const),
    fromTasks: fc.integer({ min: 1, max: 6 }),
    toTasks: fc.integer({ min: 1, max: 8 }),
  }),
  fc.constant<ActionPlan>({ actionId: 'redeploy' }),
);

const pastAction = fc.record({
  incidentId: fc.constantFrom(...INCIDENTS),
  actionId: fc.constantFrom('restart' as const, 'redeploy' as const, 'wait' as const),
  at: pastInstant,
  outcome: fc.constantFrom('recovered' as const, 'recovered' as const, 'unchanged' as const),
  changeIds: fc.constant([]),
});

const lease = fc.option(
  fc.record({
    holder: fc.constantFrom(...INCIDENTS),
    fencingToken: fc.integer({ min: 1, max: 9 }),
    expiresAt: fc.integer({ min: -2, max: 2 }).map((beside) => instant(now + beside)),
  }),
);

const fleet: fc.Arbitrary<GuardValues> = fc
  .record({
    plan,
    tasks,
    attempt: fc.integer({ min: 1, max: 4 }),
    lease,
    history: fc.array(pastAction, { maxLength: 5 }),
    actionsThisHour: fc.integer({ min: 0, max: 5 }),
    acting: fc.array(fc.constantFrom(...INCIDENTS), { maxLength: 4 }),
    maxAttempts: fc.integer({ min: 1, max: 3 }),
    cooldownSeconds: fc.constantFrom(0, 60, 300, 3_600),
    minHealthyPercent: fc.constantFrom(0, 34, 50, 51, 67, 100),
    maxConcurrentActions: fc.integer({ min: 1, max: 3 }),
    maxActionsPerHour: fc.integer({ min: 1, max: 5 }),
  })
  .map((drawn) => ({
    ...calm,
    incident: { ...calm.incident, incidentId: 'inc-own', attempt: drawn.attempt },
    state: { desired: drawn.tasks.length, tasks: drawn.tasks },
    decision: decisionFor(drawn.plan),
    coordination: {
      ...calm.coordination,
      lease: drawn.lease,
      history: drawn.history,
      actionsThisHour: drawn.actionsThisHour,
      acting: drawn.acting,
    },
    limits: {
      ...calm.limits,
      maxAttempts: drawn.maxAttempts,
      cooldownSeconds: drawn.cooldownSeconds,
      minHealthyPercent: drawn.minHealthyPercent,
      maxConcurrentActions: drawn.maxConcurrentActions,
      maxActionsPerHour: drawn.maxActionsPerHour,
    },
  }));

/**
 * The oracle: what would go wrong if the plan were carried out now. It simulates instead of comparing shares: it walks
 * through the history, takes tasks out of the fleet one by one, and counts who acts.
 */
const harmOf = (values: GuardValues): GuardName[] => {
  const { limits, coordination, incident, state, decision } = values;
  const harm: GuardName[] = [];

  let tries = incident.attempt;
  let ownChanges = 0;
  let lastByOthers = -Infinity;
  let doublings = -1;
  for (const { incidentId, actionId, at } of coordination.history) {
    if (actionId === 'wait') continue;
    if (incidentId === incident.incidentId) ownChanges += 1;
    else {
      if (at > lastByOthers) lastByOthers = at;
      if (at >= now - 14_400_000) doublings += 1;
    }
  }
  if (ownChanges >= tries) tries = ownChanges + 1;
  if (tries > limits.maxAttempts) harm.push('attempts');

  let pause = limits.cooldownSeconds * SECOND;
  for (; doublings > 0; doublings -= 1) pause += pause;
  if (lastByOthers + pause > now) harm.push('cooldown');

  if (coordination.actionsThisHour + 1 > limits.maxActionsPerHour) harm.push('budget');

  const busy = new Set<string>([...coordination.acting, incident.incidentId]);
  if (busy.size > limits.maxConcurrentActions) harm.push('concurrency');

  const { lease: held } = coordination;
  if (held !== null && held.holder !== incident.incidentId && !(held.expiresAt <= now)) harm.push('single-flight');

  if (takesTooMuch(decision.plan, state.tasks, limits.minHealthyPercent)) harm.push('blast-radius');
  return harm;
};

const takesTooMuch = (carriedOut: ActionPlan, all: GuardValues['state']['tasks'], percent: number): boolean => {
  const healthy = all.filter((one) => !one.sick).map(({ taskArn }) => taskArn);
  const sick = all.filter((one) => one.sick).map(({ taskArn }) => taskArn);
  if (carriedOut.actionId === 'restart') {
    if (carriedOut.taskArns.every((taskArn) => sick.includes(taskArn))) return false;
    let survivors = healthy.length;
    for (const taskArn of carriedOut.taskArns) {
      // A task that nobody has seen may be a healthy one.
      if (!sick.includes(taskArn) && survivors > 0) survivors -= 1;
    }
    return all.length === 0 || survivors * 100 < percent * all.length;
  }
  if (carriedOut.actionId === 'scaleIn') {
    let wanted = all.length;
    while (wanted > carriedOut.toTasks) {
      healthy.pop();
      wanted -= 1;
    }
    return carriedOut.toTasks < 2 || carriedOut.toTasks >= all.length || healthy.length * 100 < percent * wanted;
  }
  if (carriedOut.actionId === 'scaleOut') return carriedOut.toTasks <= all.length || carriedOut.toTasks > 6;
  return false;
};

/** Which guard has to hold back which harm. */
const WATCHED: readonly GuardName[] = [
  'attempts',
  'cooldown',
  'budget',
  'concurrency',
  'single-flight',
  'blast-radius',
];

test('over random fleets and histories, exactly what would do harm is held back', () => {
  const drawn = new Map<string, number>();
  const count = (what: string) => drawn.set(what, (drawn.get(what) ?? 0) + 1);
  fc.assert(
    fc.property(fleet, (values) => {
      const { verdict, guards } = evaluate(guardChain, factsOf(values), hashPlan, policies);
      const denied = guards.filter(({ guard, result }) => result === 'deny' && WATCHED.includes(guard));
      const harm = harmOf(values);
      harm.forEach(count);
      count(verdict);
      const heldBack = denied
        .map(({ guard }) => guard)
        .sort()
        .join();
      return heldBack === harm.sort().join() && (harm.length === 0 || verdict === 'deny');
    }),
    { numRuns: FLEETS },
  );
  // The drawn fleets are worth the trouble: each harm, and an allowance, came up often.
  for (const what of [...WATCHED, 'allow']) expect(drawn.get(what)).toBeGreaterThan(FLEETS / 100);
}, 600_000);
