import { ACTIONS } from '../../../core/action/catalogue.ts';
import { ActionIdSchema } from '../../../core/contracts/action.ts';
import { changesWorkload } from '../../../core/guard/guard.ts';
import { runGuards } from '../../../core/guard/run.ts';
import { schemaGuard } from '../../../core/guard/schema.ts';
import { decisionFor, factsOf, hashPlan, restart, said, workload } from './fixture.ts';

const hash = hashPlan(restart);
const decision = decisionFor(restart);
const [candidate] = decision.candidates;
const same = `(plan hash ${hash}; plan hash ${hash}; decision)`;

describe('schema', () => {
  test('allows the plan that was decided', () => {
    expect(said('schema')).toBe(`allow: the plan is the one that was decided ${same}`);
  });

  test('denies a plan that was changed after it was hashed', () => {
    const changed = { ...decision, plan: { actionId: 'restart' as const, taskArns: ['t1', 't2'] } };
    expect(said('schema', { decision: changed })).toBe(
      'deny: the plan is not the one that was decided: its hash differs ' +
        `(plan hash ${hashPlan(changed.plan)}; plan hash ${hash}; decision)`,
    );
  });

  test('denies an action that was never a candidate', () => {
    expect(said('schema', { decision: { ...decision, candidates: [] } })).toBe(
      `deny: restart is not among the decision's candidates ${same}`,
    );
  });

  test('denies an action that is listed twice, since the two may contradict each other', () => {
    expect(said('schema', { decision: { ...decision, candidates: [candidate!, candidate!] } })).toBe(
      `deny: restart is listed twice among the decision's candidates ${same}`,
    );
  });

  test('denies a masked action with the reason of the mask', () => {
    expect(
      said('schema', { decision: { ...decision, candidates: [{ ...candidate!, masked: 'no task is sick' }] } }),
    ).toBe(`deny: restart cannot apply here: no task is sick ${same}`);
  });

  test('looks at the chosen action among others', () => {
    const others = [{ ...candidate!, actionId: 'redeploy' as const, masked: 'too early' }, candidate!];
    expect(said('schema', { decision: { ...decision, candidates: others } })).toMatch(/^allow/);
  });

  test('denies when the plan cannot be hashed', () => {
    const { guards } = runGuards([schemaGuard], factsOf(), () => {
      throw new RangeError('JSON has no number NaN');
    });
    expect(guards.find(({ guard }) => guard === 'schema')).toMatchObject({
      result: 'deny',
      reason: 'the hash of the plan could not be read: RangeError: JSON has no number NaN',
    });
  });

  test('denies when the hash is not one', () => {
    const short = { ...decision, planHash: hash };
    const { guards } = runGuards([schemaGuard], factsOf({ decision: short }), () => 'abc');
    expect(guards.find(({ guard }) => guard === 'schema')?.reason).toMatch(/^the hash of the plan could not be read: /);
  });
});

describe('allow-list', () => {
  test('allows what the owner allowed', () => {
    expect(said('allow-list', { workload: { ...workload, allowedActions: ['redeploy', 'restart'] } })).toBe(
      'allow: restart is allowed for payments (restart; redeploy, restart; registration of payments)',
    );
  });

  test('denies what the owner did not allow', () => {
    expect(said('allow-list', { workload: { ...workload, allowedActions: ['redeploy'] } })).toBe(
      'deny: restart is not allowed for payments (restart; redeploy; registration of payments)',
    );
  });

  test('denies everything in a workload that must not be touched', () => {
    expect(said('allow-list', { workload: { ...workload, allowedActions: [] } })).toBe(
      'deny: restart is not allowed for payments (restart; no action; registration of payments)',
    );
  });
});

test('what the catalogue says changes nothing is what the guards do not limit', () => {
  const passive = ActionIdSchema.options.filter((actionId) => !ACTIONS[actionId].mutates);
  expect(ActionIdSchema.options.filter((actionId) => !changesWorkload(actionId))).toEqual(passive);
});
