import type { StateMachineDefinition } from 'aws-local-stepfunctions';
import { StateMachine } from 'aws-local-stepfunctions';
import { readHealingLoop } from '../support/run-workflow.ts';

type Json = Parameters<StateMachine['run']>[0];

/** The healing loop's definition, interpreted; every function is a local handler. */
export const healingLoop = readHealingLoop() as StateMachineDefinition;

const placeholder = (text: string): string => `arn:aws:lambda:eu-central-1:111122223333:function:${text}`;
const deployed = JSON.parse(
  JSON.stringify(healingLoop).replaceAll(/\$\{(\w+)\}/g, (_, name: string) => placeholder(name)),
) as StateMachineDefinition;

export const taskNames: readonly string[] = Object.entries(healingLoop.States)
  .filter(([, state]) => state.Type === 'Task')
  .map(([name]) => name);

/** States that wait on a task token: what answers it is their result. */
const WAITS = Object.entries(healingLoop.States).flatMap(([name, state]) =>
  state.Type === 'Task' && state.Resource.endsWith('.waitForTaskToken') ? [name] : [],
);

type Data = Readonly<Record<string, unknown>>;
type Answer = Data | Error;

/** What each call of a state answers, first to last; the last answer stands for all further calls. */
export type Answers = Readonly<Record<string, readonly Answer[]>>;

export interface Run {
  readonly path: readonly string[];
  readonly output: Data | null;
  /** Why the execution failed; null when it did not. */
  readonly error: string | null;
  readonly calls: Readonly<Record<string, number>>;
  /** What each state's function was given, call by call. */
  readonly inputs: Readonly<Record<string, readonly Data[]>>;
  /** State and error of everything that was caught. */
  readonly caught: readonly string[];
}

const INPUT: Data = { incidentId: 'inc-20261121-053000-payments-1a2b3c', attempt: 1 };

export const named = (name: string, message = 'injected'): Error => Object.assign(new Error(message), { name });

/**
 * Runs the definition. A state without answers fails the test, so that no path is taken by accident.
 *
 * @param changes - fields of states that a test has to shorten, such as a timeout
 */
export const runLoop = async (answers: Answers, changes: Readonly<Record<string, Data>> = {}): Promise<Run> => {
  const inputs: Record<string, Data[]> = {};
  const caught: string[] = [];
  const path: string[] = [];
  const handler =
    (state: string) =>
    async (input: Json): Promise<Json> => {
      const given = (inputs[state] ??= []);
      given.push(input as Data);
      const list = answers[state];
      const answer = list?.[Math.min(given.length, list.length) - 1];
      if (answer === undefined) throw named('UnexpectedCall', `${state} was not meant to be called`);
      if (answer instanceof Error) throw answer;
      if (answer['never'] === true) return new Promise<Json>(() => undefined);
      // A task token is answered with the answer itself, an invocation with an envelope around it.
      return (WAITS.includes(state) ? answer : { Payload: answer, StatusCode: 200 }) as Json;
    };
  const states = Object.fromEntries(
    Object.entries(deployed.States).map(([name, state]) => [name, { ...state, ...changes[name] }]),
  ) as StateMachineDefinition['States'];
  // Validity is a test of its own (definition.test.ts), and would cost more than the run.
  const machine = new StateMachine({ ...deployed, States: states }, { validationOptions: { noValidate: true } });
  const execution = machine.run(INPUT as Json, {
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(taskNames.map((name) => [name, handler(name)])),
      waitTimeOverrides: { WaitForEffect: 0 },
      retryIntervalOverrides: Object.fromEntries(taskNames.map((name) => [name, 0])),
    },
    context: { Execution: { Id: 'execution-1' }, Task: { Token: 'token-1' } },
  });
  const finished = execution.result.then(
    (output) => ({ output: output as Data, error: null }),
    (error: Error & { readonly cause?: { readonly name?: string } }) => ({
      output: null,
      error: error.cause?.name ?? error.message,
    }),
  );
  for await (const event of execution.eventLogs) {
    if (event.type === 'StateEntered') path.push(event.state.name);
    if (event.type === 'StateCaught') caught.push(event.state.name);
  }
  const calls = Object.fromEntries(Object.entries(inputs).map(([state, list]) => [state, list.length]));
  return { path, calls, inputs, caught, ...(await finished) };
};
