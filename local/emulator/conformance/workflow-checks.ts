import { InvokeCommand } from '@aws-sdk/client-lambda';
import { ExecutionAlreadyExists, StartExecutionCommand } from '@aws-sdk/client-sfn';
import assert from 'node:assert/strict';
import type { Check } from './check.ts';
import type { Ending, Lab } from './lab.ts';

/** Asserts that the execution took the path of a catch, and returns what was caught. */
const caught = ({ status, output, error }: Ending): { readonly Error: string; readonly Cause: string } => {
  assert.equal(status, 'SUCCEEDED', `ended ${status} with ${String(error)}`);
  const { path, failure } = output as { readonly path: string; readonly failure: { Error: string; Cause: string } };
  assert.equal(path, 'caught');
  return failure;
};

const usedName: Check = {
  behaviour: 'A used execution name starts nothing again',
  neededBy: 'one execution per incident',
  run: async ({ clients, name }) => {
    const start = (path: string) =>
      clients.states.send(
        new StartExecutionCommand({
          stateMachineArn: name('Machine'),
          name: 'incident-1',
          input: JSON.stringify({ case: path }),
        }),
      );
    const { executionArn } = await start('Defaulted');
    await assert.rejects(start('Fails'), ExecutionAlreadyExists);
    // The same input: AWS answers with the running execution, or refuses once it has ended.
    const again = await start('Defaulted').catch((error: unknown) => error);
    assert.ok(
      again instanceof ExecutionAlreadyExists || (again as { executionArn?: string }).executionArn === executionArn,
    );
  },
};

const catchAll: Check = {
  behaviour: "Catch on States.ALL takes a Lambda's error, with its message",
  neededBy: 'healing loop: escalate',
  run: async (lab) => {
    const { Cause } = caught(await lab.run('CatchAll'));
    assert.equal((JSON.parse(Cause) as { errorMessage?: string }).errorMessage, 'asked to throw');
  },
};

const catchByName: Check = {
  behaviour: "Catch and Retry match a thrown error's name",
  neededBy: 'healing loop: retries',
  run: async (lab) => {
    const { status, output } = await lab.run('CatchNamed');
    assert.equal(status, 'SUCCEEDED');
    assert.deepEqual(output, { path: 'named' });
  },
};

const death: Check = {
  behaviour: 'A function whose process dies fails by that name',
  neededBy: 'healing loop: retries',
  run: async (lab) => {
    assert.equal(caught(await lab.run('Dies')).Error, 'Runtime.ExitError');
  },
};

const retryByName: Check = {
  behaviour: 'A retry by name waits its interval, then the error is caught',
  neededBy: 'healing loop: retries',
  run: async (lab) => {
    const startedAt = performance.now();
    assert.equal(caught(await lab.run('RetryNamed')).Error, 'InvalidInputError');
    assert.ok(performance.now() - startedAt > 1_000, 'there was no second attempt');
  },
};

const taskToken: Check = {
  behaviour: 'A task waits for its token, which a function answers that may do so for its state machine',
  neededBy: 'AwaitApproval',
  run: async (lab) => {
    const ending = lab.run('AwaitToken');
    const body = await lab.receive('TokenInbox', (message) => message.includes('token'));
    const { token } = JSON.parse(body) as { readonly token: string };
    const { FunctionError, Payload } = await lab.clients.lambda.send(
      new InvokeCommand({
        FunctionName: lab.name('Worker'),
        Payload: JSON.stringify({ token, answer: { answer: 'approve' } }),
      }),
    );
    assert.equal(FunctionError, undefined, Buffer.from(Payload ?? []).toString());
    assert.deepEqual((await ending).output, { answer: 'approve' });
  },
};

const silence: Check = {
  behaviour: 'A token that nobody answers times out',
  neededBy: 'AwaitApproval: silence is a no',
  run: async (lab) => {
    assert.equal(caught(await lab.run('AwaitSilence')).Error, 'States.Timeout');
  },
};

const choiceDefault: Check = {
  behaviour: 'A choice without a match takes its default',
  neededBy: 'healing loop: the safe path',
  run: async (lab) => {
    assert.deepEqual((await lab.run('NothingOfThat')).output, { path: 'default' });
  },
};

const intrinsics: Check = {
  behaviour: 'The intrinsic functions in use',
  neededBy: 'healing loop',
  run: async (lab) => {
    const { text, ...rest } = (await lab.run('Intrinsics')).output as Record<string, unknown>;
    assert.match(String(text), /^Intrinsics-.+/);
    assert.deepEqual(rest, { parsed: { a: 1 }, written: '{"a":1}', sum: 3, size: 3, has: true, item: 'y' });
  },
};

const slowTask: Check = {
  behaviour: 'A task that takes too long times out',
  neededBy: 'healing loop: phase timeouts',
  run: async (lab) => {
    assert.equal(caught(await lab.run('SlowTask')).Error, 'States.Timeout');
  },
};

const parallelCatch: Check = {
  behaviour: 'Catch on a Parallel state',
  neededBy: 'nothing (catches hang on tasks)',
  run: async (lab) => {
    caught(await lab.run('ParallelCatch'));
  },
};

const machineTimeout: Check = {
  behaviour: 'A state machine that takes too long times out',
  neededBy: 'healing loop: no incident for ever',
  run: async (lab: Lab) => {
    assert.equal((await lab.run('Wait', 'SlowMachine')).status, 'TIMED_OUT');
  },
};

export const workflowChecks: readonly Check[] = [
  usedName,
  catchAll,
  catchByName,
  death,
  retryByName,
  taskToken,
  silence,
  choiceDefault,
  intrinsics,
  slowTask,
  parallelCatch,
  machineTimeout,
];
