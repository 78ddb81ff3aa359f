import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Clock } from '../../core/shared/ports.ts';
import { seconds } from '../../core/shared/units.ts';

/**
 * Runs the healing loop's own definition in simulated time: as much of the language as it uses, and not more. The paths
 * themselves are proven by a real interpreter in `test/workflow`; here thousands of runs must cost next to nothing.
 */

const RetrySchema = z.object({
  ErrorEquals: z.array(z.string()),
  IntervalSeconds: z.number(),
  MaxAttempts: z.number(),
  BackoffRate: z.number(),
  MaxDelaySeconds: z.number(),
});
const CatchSchema = z.object({
  ErrorEquals: z.array(z.string()),
  ResultPath: z.literal('$.failure'),
  Next: z.string(),
});
const ParametersSchema = z.object({
  FunctionName: z.string(),
  Payload: z.record(z.string(), z.unknown()).optional(),
  'Payload.$': z.literal('$').optional(),
});
const StateSchema = z.discriminatedUnion('Type', [
  z.object({
    Type: z.literal('Task'),
    Resource: z.string(),
    Parameters: ParametersSchema,
    ResultPath: z.literal('$.approval').optional(),
    OutputPath: z.literal('$.Payload').optional(),
    TimeoutSeconds: z.number(),
    Retry: z.array(RetrySchema).default([]),
    Catch: z.array(CatchSchema).default([]),
    Next: z.string(),
  }),
  z.object({
    Type: z.literal('Choice'),
    Choices: z.array(z.object({ Variable: z.string(), StringEquals: z.string(), Next: z.string() })),
    Default: z.string(),
  }),
  z.object({ Type: z.literal('Wait'), Seconds: z.number(), Next: z.string() }),
  z.object({ Type: z.literal('Succeed') }),
]);
type State = z.output<typeof StateSchema>;
type TaskState = Extract<State, { readonly Type: 'Task' }>;

const WorkflowSchema = z.object({ StartAt: z.string(), States: z.record(z.string(), StateSchema) });

/** The definition as it is deployed. */
export const readHealingLoop = (): unknown =>
  JSON.parse(readFileSync(join(process.cwd(), 'statemachines', 'healing-loop.asl.json'), 'utf8'));

type Data = Readonly<Record<string, unknown>>;

export interface WorkflowDeps {
  readonly clock: Clock;
  /** By the name of the function's placeholder, `Sense` for `${SenseFunctionArn}`. */
  readonly functions: Readonly<Record<string, (payload: unknown) => Promise<unknown>>>;
  /** What is sent back with a task token; null: nobody answers. */
  readonly answer: (taskToken: string) => Promise<unknown>;
}

export interface Execution {
  readonly status: 'SUCCEEDED' | 'FAILED';
  /** States in the order they were entered, retries not repeated. */
  readonly path: readonly string[];
  readonly output: Data;
  /** Names of all errors, those that were retried included. */
  readonly errors: readonly string[];
}

const definition = WorkflowSchema.parse(readHealingLoop());
const viaJson = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T));

export const runWorkflow = async (name: string, input: unknown, deps: WorkflowDeps): Promise<Execution> => {
  const path: string[] = [];
  const errors: string[] = [];
  let data = viaJson(input) as Data;
  let at: string | null = definition.StartAt;
  while (at !== null) {
    const state: State | undefined = definition.States[at];
    if (state === undefined) throw new Error(`there is no state ${at}`);
    path.push(at);
    switch (state.Type) {
      case 'Succeed':
        return { status: 'SUCCEEDED', path, output: data, errors };
      case 'Wait':
        await deps.clock.sleep(seconds(state.Seconds));
        at = state.Next;
        break;
      case 'Choice': {
        const rule: { readonly Next: string } | undefined = state.Choices.find(
          ({ Variable, StringEquals }) => valueAt(data, Variable) === StringEquals,
        );
        at = rule?.Next ?? state.Default;
        break;
      }
      case 'Task': {
        const done = await runTask(state, { name, data, errors }, deps);
        data = done.data;
        at = done.next;
        break;
      }
    }
  }
  return { status: 'FAILED', path, output: data, errors };
};

interface Run {
  readonly name: string;
  readonly data: Data;
  readonly errors: string[];
}

const runTask = async (
  state: TaskState,
  run: Run,
  deps: WorkflowDeps,
): Promise<{ readonly data: Data; readonly next: string | null }> => {
  const used = new Map<unknown, number>();
  for (;;) {
    try {
      return { data: await invoke(state, run, deps), next: state.Next };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      run.errors.push(error.name);
      const retrier = state.Retry.find(({ ErrorEquals }) => matches(ErrorEquals, error.name));
      const attempts = used.get(retrier) ?? 0;
      if (retrier !== undefined && attempts < retrier.MaxAttempts) {
        used.set(retrier, attempts + 1);
        const delay = retrier.IntervalSeconds * retrier.BackoffRate ** attempts;
        await deps.clock.sleep(seconds(Math.min(delay, retrier.MaxDelaySeconds)));
        continue;
      }
      const failure = { Error: error.name, Cause: JSON.stringify({ errorMessage: error.message }) };
      const catcher = state.Catch.find(({ ErrorEquals }) => matches(ErrorEquals, error.name));
      return { data: { ...run.data, failure }, next: catcher?.Next ?? null };
    }
  }
};

const matches = (names: readonly string[], error: string): boolean =>
  names.includes(error) || names.includes('States.ALL') || (names.includes('States.TaskFailed') && error !== TIMEOUT);

const TIMEOUT = 'States.Timeout';

const invoke = async (state: TaskState, { name, data }: Run, deps: WorkflowDeps): Promise<Data> => {
  const functionName = /^\$\{(\w+)FunctionArn\}$/.exec(state.Parameters.FunctionName)?.[1] ?? '';
  const run = deps.functions[functionName];
  if (run === undefined) throw new Error(`no function ${functionName}`);
  const taskToken = `token-of-${name}-${deps.clock.now()}`;
  const context: Data = { '$$.Task.Token': taskToken, '$$.Execution.Id': `execution:${name}` };
  const payload = viaJson(
    state.Parameters.Payload === undefined ? data : fill(state.Parameters.Payload, data, context),
  );
  const output = viaJson(await run(payload));
  if (!state.Resource.endsWith('.waitForTaskToken')) return output as Data;
  const answer = await deps.answer(taskToken);
  if (answer === null) {
    await deps.clock.sleep(seconds(state.TimeoutSeconds));
    throw Object.assign(new Error('nobody answered'), { name: TIMEOUT });
  }
  return { ...data, approval: viaJson(answer) };
};

const fill = (template: Data, data: Data, context: Data): Data =>
  Object.fromEntries(
    Object.entries(template).map(([key, value]) =>
      key.endsWith('.$') ? [key.slice(0, -2), value === '$' ? data : context[String(value)]] : [key, value],
    ),
  );

const valueAt = (data: Data, path: string): unknown =>
  path
    .split('.')
    .slice(1)
    .reduce<unknown>((value, key) => (value as Data | undefined)?.[key], data);
