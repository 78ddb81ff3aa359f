// @ts-expect-error: the package ships no declarations
import validator from 'asl-validator';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What holds for every workflow: flow only, named retries, one way to a person, nothing without a limit. */

interface State {
  readonly Type: string;
  readonly Comment?: string;
  readonly TimeoutSeconds?: number;
  readonly OutputPath?: string;
  readonly ResultPath?: string;
  readonly ResultSelector?: unknown;
  readonly Default?: string;
  readonly Retry?: readonly {
    readonly ErrorEquals: readonly string[];
    readonly MaxAttempts: number;
    readonly JitterStrategy?: string;
  }[];
  readonly Catch?: readonly {
    readonly ErrorEquals: readonly string[];
    readonly ResultPath?: string;
    readonly Next: string;
  }[];
}
interface Definition {
  readonly Comment?: string;
  readonly TimeoutSeconds?: number;
  readonly States: Readonly<Record<string, State>>;
}

type Validate = (
  definition: unknown,
  options: { readonly checkArn: boolean },
) => { readonly isValid: boolean; readonly errorsText: (separator: string) => string };
const validate = validator as Validate;

const folder = join(process.cwd(), 'statemachines');
const files = readdirSync(folder).filter((name) => name.endsWith('.asl.json'));

test('there are workflows to look at', () => expect(files).toContain('healing-loop.asl.json'));

describe.each(files)('%s', (file) => {
  const text = readFileSync(join(folder, file), 'utf8');
  const definition = JSON.parse(text) as Definition;
  const states = Object.entries(definition.States);
  const tasks = states.filter(([, state]) => state.Type === 'Task');
  const fallible = tasks.filter(([name]) => name !== 'Escalate');

  test('is valid Amazon States Language as it stands', () => {
    const checked = validate(JSON.parse(text), { checkArn: false });
    expect(checked.errorsText('\n')).toBe('');
    expect(checked.isValid).toBe(true);
  });

  test('the validator would see a missing state', () => {
    const broken = JSON.parse(text.replace('"StartAt": "', '"StartAt": "No'));
    expect(validate(broken, { checkArn: false }).isValid).toBe(false);
  });

  test('placeholders are strings', () => {
    expect(text.match(/[^"\w]\$\{|\}[^"\w]*\$\{/g)).toBeNull();
  });

  test('the machine and every state say what they are for', () => {
    expect(definition.Comment).toBeTruthy();
    expect(states.filter(([, state]) => !state.Comment).map(([name]) => name)).toEqual([]);
  });

  test('the machine and every task end by themselves', () => {
    expect(definition.TimeoutSeconds).toBeGreaterThan(0);
    expect(tasks.filter(([, state]) => !((state.TimeoutSeconds ?? 0) > 0)).map(([name]) => name)).toEqual([]);
  });

  test('every task keeps only what the next state needs of its answer', () => {
    const wide = tasks.filter(
      ([, state]) =>
        state.OutputPath !== '$.Payload' && state.ResultPath === undefined && state.ResultSelector === undefined,
    );
    expect(wide.map(([name]) => name)).toEqual([]);
  });

  test('every task is tried again with full jitter', () => {
    for (const [name, state] of tasks) {
      expect({ name, isTriedAgain: (state.Retry?.length ?? 0) > 0 }).toEqual({ name, isTriedAgain: true });
      for (const { JitterStrategy } of state.Retry ?? []) expect(JitterStrategy).toBe('FULL');
    }
  });

  test('only named transient errors are tried again, and a function that ran out of time once', () => {
    const wildcards = fallible.filter(([, state]) =>
      state.Retry?.some(({ ErrorEquals, MaxAttempts }) =>
        ErrorEquals.some((name) => name.startsWith('States.') || (name === 'Lambda.Unknown' && MaxAttempts > 1)),
      ),
    );
    expect(wildcards.map(([name]) => name)).toEqual([]);
  });

  test('whatever else fails goes to Escalate, with the failure', () => {
    for (const [name, state] of fallible) {
      const last = state.Catch?.at(-1);
      expect({ name, ...last }).toEqual({
        name,
        ErrorEquals: ['States.ALL'],
        ResultPath: '$.failure',
        Next: 'Escalate',
      });
    }
  });

  test('every choice has a default, and it is the safe one', () => {
    const choices = states.filter(([, state]) => state.Type === 'Choice');
    expect(choices.length).toBeGreaterThan(0);
    expect(choices.filter(([, state]) => state.Default !== 'Escalate').map(([name]) => name)).toEqual([]);
  });
});
