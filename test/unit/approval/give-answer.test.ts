import type { AnswerDeps } from '../../../lambdas/shared/give-answer.ts';
import { giveAnswer } from '../../../lambdas/shared/give-answer.ts';
import { aRequest, anAnswer } from '../../support/approvals.ts';
import { at } from '../../support/builders.ts';

const throttled = new Error('the workflow is throttled');
const away = new Error('the table is away');
const give = (deps: Partial<AnswerDeps>) =>
  giveAnswer('inc-1', anAnswer(), at(30), {
    pending: () => Promise.resolve(aRequest()),
    claim: () => Promise.resolve(true),
    reopen: () => Promise.resolve(),
    consent: () => Promise.resolve(true),
    send: () => Promise.reject(throttled),
    ...deps,
  });

test('an answer that is not delivered fails with its own error, after its question was asked again', async () => {
  const reopened: string[] = [];
  const reopen: AnswerDeps['reopen'] = ({ taskToken }) => Promise.resolve(void reopened.push(taskToken));
  await expect(give({ reopen })).rejects.toBe(throttled);
  expect(reopened).toEqual([aRequest().taskToken]);
});

test('when its question cannot be asked again, either, both errors are told', async () => {
  const failed = give({ reopen: () => Promise.reject(away) });
  await expect(failed).rejects.toMatchObject({ name: 'AggregateError', errors: [throttled, away] });
});
