import type { Answers } from './interpreter.ts';
import { named, runLoop, taskNames } from './interpreter.ts';

/**
 * Every path of the healing loop in a real interpreter. A broken harness shows the safe outcome too, so each path that
 * escalates has a twin on the same machine that does not, and names the failure that made the difference.
 */

const state = (changes: Readonly<Record<string, unknown>> = {}) => ({
  incidentId: 'inc-20261121-053000-payments-1a2b3c',
  attempt: 1,
  ...changes,
});
const decided = { decision: { plan: { actionId: 'restart' } } };
const allowed = { ...decided, verdict: { verdict: 'allow' } };
const outcome = (status: string) => state({ ...allowed, outcome: { status } });
const ended = (disposition: string) => state({ disposition });

/** The way to a recovery: what a test changes is what it is about. */
const HEALS: Answers = {
  Sense: [state({ evidence: {} })],
  Validate: [state({ validation: { result: 'proceed' } })],
  Decide: [state(decided)],
  Enforce: [state(allowed)],
  Act: [state(allowed)],
  Observe: [outcome('recovered')],
  Explain: [ended('recovered')],
  Escalate: [state({ escalatedByTest: true })],
};
const answered = (answer: string) => state({ ...decided, approval: { answer, approver: 'ada' } });
const ASKS: Answers = {
  ...HEALS,
  Enforce: [state({ ...decided, verdict: { verdict: 'ask' } }), state(allowed)],
  AwaitApproval: [{ answer: 'approve', approver: 'ada' }],
  RecordAnswer: [answered('approve')],
};
/** Nobody answers the first time; the second time somebody does. */
const REMINDS: Answers = {
  ...ASKS,
  AwaitApproval: [named('States.Timeout')],
  AnnounceExpiry: [{ answer: 'approve', approver: 'ada' }],
};
const UNDOES: Answers = {
  ...HEALS,
  Observe: [outcome('worse')],
  UndoAction: [outcome('worse')],
  Explain: [ended('escalated')],
};

const pathOf = async (answers: Answers): Promise<string> => (await runLoop(answers)).path.join(' ');
const TO_VERDICT = 'Sense Validate IsStillWrong Decide Enforce WhichVerdict';
const HEALED = `${TO_VERDICT} Act Observe WhichOutcome Explain WhichEnd Recovered`;

describe('choices', () => {
  test('heals in twelve transitions and ends with what Explain answered', async () => {
    const run = await runLoop(HEALS);
    expect(run.path.join(' ')).toBe(HEALED);
    expect(run).toMatchObject({ error: null, caught: [], output: { disposition: 'recovered' } });
    expect(run.path).toHaveLength(12);
  });

  test('explains what there is no need to heal, and dismisses it', async () => {
    const answers = {
      ...HEALS,
      Validate: [state({ validation: { result: 'dismiss' } })],
      Explain: [ended('dismissed')],
    };
    expect(await pathOf(answers)).toBe('Sense Validate IsStillWrong Explain WhichEnd Dismissed');
  });

  test.each([
    ['a denied action', { verdict: { verdict: 'deny' }, ...decided }],
    ['a decision for a person', { verdict: { verdict: 'allow' }, decision: { plan: { actionId: 'escalate' } } }],
  ])('explains %s without acting', async (_, changes) => {
    const answers = { ...HEALS, Enforce: [state(changes)], Explain: [ended('escalated')] };
    const run = await runLoop(answers);
    expect(run.path.join(' ')).toBe(`${TO_VERDICT} Explain WhichEnd Escalated`);
    expect(run.calls['Act']).toBeUndefined();
  });

  test.each([
    ['Validate', 'IsStillWrong', state({ validation: { result: 'maybe' } })],
    ['Enforce', 'WhichVerdict', state({ ...decided, verdict: { verdict: 'perhaps' } })],
    ['Observe', 'WhichOutcome', outcome('splendid')],
    ['Explain', 'WhichEnd', ended('unheard-of')],
  ])('%s may answer anything: what %s does not know goes to a person', async (name, choice, answer) => {
    const run = await runLoop({ ...HEALS, [name]: [answer] });
    expect(run.path.slice(-3)).toEqual([choice, 'Escalate', 'Escalated']);
    expect(run.inputs['Escalate']).toEqual([
      expect.objectContaining({ Payload: { state: answer, execution: 'execution-1' } }),
    ]);
    expect((await runLoop(HEALS)).path.join(' ')).toBe(HEALED);
  });

  test.each(['recovered', 'self_recovered', 'improved', 'unchanged'])('explains the outcome %s', async (status) => {
    expect(await pathOf({ ...HEALS, Observe: [outcome(status)] })).toBe(HEALED);
  });

  test('waits and watches on while the outcome is pending', async () => {
    const run = await runLoop({ ...HEALS, Observe: [outcome('pending'), outcome('pending'), outcome('recovered')] });
    expect(run.path.filter((name) => name === 'WaitForEffect')).toHaveLength(2);
    expect(run.calls['Observe']).toBe(3);
    expect(run.path.at(-1)).toBe('Recovered');
    // What was seen so far is handed on.
    expect(run.inputs['Observe']?.[1]).toMatchObject({ Payload: { outcome: { status: 'pending' } } });
  });

  test('undoes what made it worse before it is explained', async () => {
    const run = await runLoop(UNDOES);
    expect(run.path.slice(-6).join(' ')).toBe('Observe WhichOutcome UndoAction Explain WhichEnd Escalated');
    expect(run.inputs['UndoAction']).toEqual([
      expect.objectContaining({ Payload: { command: 'undo', state: outcome('worse') } }),
    ]);
    expect(run.inputs['Act']).toEqual([
      expect.objectContaining({ Payload: { command: 'apply', state: state(allowed) } }),
    ]);
  });

  test('senses afresh for each further attempt, with what Explain handed on', async () => {
    const second = state({ attempt: 2, disposition: 'retry' });
    const third = state({ attempt: 3, disposition: 'retry' });
    const run = await runLoop({ ...HEALS, Explain: [second, third, ended('escalated')] });
    expect(run.calls['Sense']).toBe(3);
    expect(run.inputs['Sense']?.map((input) => (input['Payload'] as { attempt: number }).attempt)).toEqual([1, 2, 3]);
    expect(run.path.at(-1)).toBe('Escalated');
    expect(run.calls['Escalate']).toBeUndefined();
  });
});

describe('approval', () => {
  const asked = `${TO_VERDICT} AwaitApproval`;

  test('a yes is looked at again from the start, then it acts', async () => {
    const run = await runLoop(ASKS);
    expect(run.path.join(' ')).toBe(`${asked} RecordAnswer WhichAnswer ${HEALED}`);
    expect(run.inputs['AwaitApproval']).toEqual([
      expect.objectContaining({ Payload: expect.objectContaining({ command: 'ask', taskToken: 'token-1' }) }),
    ]);
    expect(run.inputs['RecordAnswer']?.[0]).toMatchObject({
      Payload: { command: 'record', state: { approval: { approver: 'ada' } } },
    });
    expect(run.inputs['Sense']?.[1]).toMatchObject({ Payload: { approval: { approver: 'ada' } } });
  });

  test('a yes does not act when the guards deny it the second time', async () => {
    const denied = state({ ...decided, verdict: { verdict: 'deny' } });
    const asks = ASKS['Enforce']?.[0] as typeof denied;
    const run = await runLoop({ ...ASKS, Enforce: [asks, denied], Explain: [ended('escalated')] });
    expect(run.path.slice(-4).join(' ')).toBe('WhichVerdict Explain WhichEnd Escalated');
    expect(run.calls['Act']).toBeUndefined();
  });

  test.each(['decline', 'expired'])('%s explains without acting', async (answer) => {
    const run = await runLoop({ ...ASKS, RecordAnswer: [answered(answer)], Explain: [ended('escalated')] });
    expect(run.path.join(' ')).toBe(`${asked} RecordAnswer WhichAnswer Explain WhichEnd Escalated`);
    expect(run.calls['Act']).toBeUndefined();
  });

  test('who takes over is watched, and nothing acts', async () => {
    const run = await runLoop({ ...ASKS, RecordAnswer: [answered('takeover')] });
    expect(run.path.join(' ')).toBe(
      `${asked} RecordAnswer WhichAnswer Observe WhichOutcome Explain WhichEnd Recovered`,
    );
    expect(run.calls['Act']).toBeUndefined();
  });

  test('an answer that means nothing goes to a person', async () => {
    const run = await runLoop({ ...ASKS, RecordAnswer: [answered('perhaps')] });
    expect(run.path.join(' ')).toBe(`${asked} RecordAnswer WhichAnswer Escalate Escalated`);
  });

  test('the end is announced before it falls, and an answer then still counts', async () => {
    const run = await runLoop(REMINDS);
    expect(run.path.join(' ')).toBe(`${asked} AnnounceExpiry RecordAnswer WhichAnswer ${HEALED}`);
    expect(run.inputs['AnnounceExpiry']?.[0]).toMatchObject({ Payload: { command: 'remind', taskToken: 'token-1' } });
  });

  test('silence until the very end is recorded and explained, not escalated as a failure', async () => {
    const silent: Answers = {
      ...ASKS,
      AwaitApproval: [{ never: true }],
      AnnounceExpiry: [{ never: true }],
      RecordAnswer: [answered('expired')],
      Explain: [ended('escalated')],
    };
    const short = { TimeoutSeconds: 1 };
    const run = await runLoop(silent, { AwaitApproval: short, AnnounceExpiry: short });
    expect(run.path.join(' ')).toBe(`${asked} AnnounceExpiry RecordAnswer WhichAnswer Explain WhichEnd Escalated`);
    expect(run.inputs['RecordAnswer']?.[0]).toMatchObject({ Payload: { command: 'record' } });
  });
});

const TRANSIENT = [
  'DependencyUnavailableError',
  'Lambda.TooManyRequestsException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Runtime.ExitError', // its process died: every phase looks at its records before it does anything again
];

/** What Lambda says of a function that was cut off; Step Functions has a name of its own where Lambda says nothing. */
const OUT_OF_TIME = ['Sandbox.Timedout', 'Lambda.Unknown'];

const BASES: Readonly<Record<string, Answers>> = {
  AwaitApproval: ASKS,
  RecordAnswer: ASKS,
  AnnounceExpiry: REMINDS,
  UndoAction: UNDOES,
};
const baseFor = (task: string): Answers => BASES[task] ?? HEALS;

describe.each(taskNames.filter((name) => name !== 'Escalate'))('%s', (task) => {
  const base = baseFor(task);
  const [good] = base[task] ?? [];
  if (good === undefined) throw new Error(`no answer for ${task}`);

  test.each(TRANSIENT)('is tried again after %s, and the loop goes on as if nothing had happened', async (name) => {
    const run = await runLoop({ ...base, [task]: [named(name), named(name), good] });
    const smooth = await runLoop(base);
    expect(run.calls[task]).toBe(3);
    expect(run.path).toEqual(smooth.path);
    expect(run.caught).toEqual(smooth.caught);
  });

  test.each(OUT_OF_TIME)('is tried once more after %s', async (name) => {
    const smooth = await runLoop(base);
    const once = await runLoop({ ...base, [task]: [named(name), good] });
    expect([once.calls[task], once.path, once.caught]).toEqual([2, smooth.path, smooth.caught]);
    const twice = await runLoop({ ...base, [task]: [named(name)] });
    expect(twice.calls[task]).toBe(2);
    expect(twice.caught.at(-1)).toBe(task);
    expect(twice.path.slice(-2)).toEqual(['Escalate', 'Escalated']);
  });

  test('goes to a person after the fifth transient failure, by the name of the failure', async () => {
    const run = await runLoop({ ...base, [task]: [named('DependencyUnavailableError')] });
    expect(run.calls[task]).toBe(5);
    expect(run.caught.at(-1)).toBe(task);
    expect(run.path.slice(-2)).toEqual(['Escalate', 'Escalated']);
    expect(run.inputs['Escalate']?.[0]).toMatchObject({
      Payload: { state: { failure: { Error: 'DependencyUnavailableError' } } },
    });
  });

  test.each(['InvalidInputError', 'PermissionDeniedError', 'TypeError'])(
    'is not tried again after %s',
    async (name) => {
      const run = await runLoop({ ...base, [task]: [named(name), good] });
      expect(run.calls[task]).toBe(1);
      expect(run.caught.at(-1)).toBe(task);
      expect(run.path.slice(-2)).toEqual(['Escalate', 'Escalated']);
      expect(run.inputs['Escalate']?.[0]).toMatchObject({ Payload: { state: { failure: { Error: name } } } });
    },
  );

  test('keeps the incident through the failure, so that Escalate knows whose it is', async () => {
    const run = await runLoop({ ...base, [task]: [named('TypeError')] });
    expect(run.inputs['Escalate']?.[0]).toMatchObject({
      Payload: { state: { incidentId: 'inc-20261121-053000-payments-1a2b3c' } },
    });
  });
});

describe('Escalate', () => {
  const broken: Answers = { ...HEALS, Sense: [named('TypeError')] };

  test('is tried again whatever fails: it is the last resort', async () => {
    const run = await runLoop({ ...broken, Escalate: [named('TypeError'), named('Lambda.Unknown'), state()] });
    expect(run.calls['Escalate']).toBe(3);
    expect(run).toMatchObject({ error: null });
    expect(run.path.at(-1)).toBe('Escalated');
  });

  test('fails the execution when nothing helps, which the rule on execution status sees', async () => {
    const run = await runLoop({ ...broken, Escalate: [named('DependencyUnavailableError')] });
    expect(run.calls['Escalate']).toBe(6);
    expect(run.output).toBeNull();
    expect(run.error).toBe('DependencyUnavailableError');
  });
});
