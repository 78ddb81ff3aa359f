import type { ActionPlan } from '../../../core/contracts/action.ts';
import type { Mode } from '../../../core/contracts/limits.ts';
import { decisionFor, restart, said, saidAtAct } from './fixture.ts';

const wait: ActionPlan = { actionId: 'wait', seconds: 60 };
const escalate: ActionPlan = { actionId: 'escalate', reason: 'nothing helped' };
const measured = (mode: Mode) =>
  `(${mode}; auto acts, manual asks, shadow and off do not act; mode parameter (set by ops))`;
const inMode = (mode: Mode, plan: ActionPlan) =>
  said('mode', { mode: { mode, reason: 'set by ops', since: null }, decision: decisionFor(plan) });

test.each<[Mode, ActionPlan, string]>([
  ['auto', restart, 'allow: the mode is auto'],
  ['manual', restart, 'ask: manual mode: a person decides each action'],
  ['shadow', restart, 'deny: shadow mode: recorded, not done'],
  ['off', restart, 'deny: the mode is off: set by ops'],
  ['auto', wait, 'allow: wait changes nothing in the workload'],
  ['manual', wait, 'allow: wait changes nothing in the workload'],
  ['shadow', wait, 'allow: wait changes nothing in the workload'],
  ['off', wait, 'deny: the mode is off: set by ops'],
  ['auto', escalate, 'allow: a person may be told in every mode'],
  ['manual', escalate, 'allow: a person may be told in every mode'],
  ['shadow', escalate, 'allow: a person may be told in every mode'],
  ['off', escalate, 'allow: a person may be told in every mode'],
])('at Enforce, %s mode and %j: %s', (mode, plan, expected) => {
  expect(inMode(mode, plan)).toBe(`${expected} ${measured(mode)}`);
});

const measuredAtAct = (mode: Mode) => `(${mode}; auto, or manual with an approval; mode parameter (set by ops))`;

test.each<[Mode, ActionPlan, string]>([
  ['auto', restart, 'allow: the mode is auto'],
  ['manual', restart, 'allow: the mode is manual'],
  ['shadow', restart, 'deny: shadow mode: recorded, not done'],
  ['off', restart, 'deny: the mode is off: set by ops'],
  ['shadow', wait, 'allow: the mode is shadow'],
  ['off', wait, 'deny: the mode is off: set by ops'],
  ['off', escalate, 'allow: a person may be told in every mode'],
])('at Act, %s mode and %j: %s', (mode, plan, expected) => {
  const found = saidAtAct('mode', { mode: { mode, reason: 'set by ops', since: null }, decision: decisionFor(plan) });
  expect(found).toBe(`${expected} ${measuredAtAct(mode)}`);
});
