import { seconds } from '../../../core/shared/units.ts';
import { aService } from '../../support/builders.ts';
import { healingSystem } from '../../support/healing-system.ts';
import { known } from '../../../core/guard/facts.ts';
import { evaluate } from '../../../core/guard/evaluate.ts';
import { guardChain } from '../../../core/guard/chain.ts';
import { calm, factsOf, firing, hashPlan, policies, said } from '../guard/fixture.ts';

/** What users of such systems report, replayed: loops that help nobody, echoes of own changes, missing labels. */

test('a loop of ineffective successes is handed to a person by the third', async () => {
  const system = healingSystem({
    limits: { maxIneffectiveSuccesses: 3, maxConsecutiveFailures: 99, cooldownSeconds: 0 },
  });
  for (let incident = 0; incident < 4; incident += 1) {
    await system.run(await system.strike({ readings: { errorRate: 40 + incident }, sickTasks: 1 }));
    system.clock.advance(seconds(120));
  }
  expect(system.service.effects.length).toBe(3);
  const incidents = [...system.stores.tables.incidents.values()].map(({ view }) => view.status);
  expect(incidents.at(-1)).toBe('escalated');
});

test('its own change starts nothing', () => {
  const ours = { ...calm.coordination, history: [{ ...pastChange, changeIds: ['deployment/1'] }] };
  const echo = { coordination: ours, signals: [firing('deployment/1')] };
  expect(said('own-echo', echo)).toMatch(/^deny: nothing but our own changes signals/);
  expect(said('own-echo', { ...echo, signals: [...echo.signals, ...calm.signals] })).toMatch(/^allow/);
});
const pastChange = {
  incidentId: 'inc-20261121-080000-payments-bbbbbb',
  actionId: 'redeploy' as const,
  at: calm.now,
  outcome: 'recovered' as const,
  changeIds: [] as string[],
};

test.each(Object.keys(aService()).filter((label) => ['kind', 'workloadId', 'allowedActions'].includes(label)))(
  'a workload without the label %s is denied, not let past the limits that it names',
  (label) => {
    const { [label as 'kind']: _, ...unlabelled } = calm.workload;
    const facts = { ...factsOf(), workload: known(unlabelled) } as unknown as ReturnType<typeof factsOf>;
    const { verdict, guards } = evaluate(guardChain, facts, hashPlan, policies);
    expect(verdict).toBe('deny');
    expect(guards.find(({ guard }) => guard === 'allow-list')?.reason).toContain('could not be read');
  },
);
