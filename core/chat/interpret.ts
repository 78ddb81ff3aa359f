import { hostility } from './hostile.ts';
import type { ChatWorld, QuestionIntent, RequestIntent } from './intent.ts';
import { LONGEST_PAUSE, RequestIntentSchema, sentenceOf } from './intent.ts';
import { FILLERS } from './lexicon.ts';
import { questionIn } from './questions.ts';
import { requestIn } from './requests.ts';
import type { Reading } from './tokens.ts';
import { read } from './tokens.ts';
import { list } from '../explanation/wording.ts';

/** One request of a plan; `after` are the places in the plan that must have succeeded before. */
export interface Step {
  readonly intent: RequestIntent;
  readonly after: readonly number[];
}

export type Interpretation =
  | { readonly kind: 'question'; readonly intent: QuestionIntent }
  | { readonly kind: 'plan'; readonly steps: readonly Step[]; readonly priority: Reading['priority'] }
  /** It needs to know more; `options` are sentences that it would understand. */
  | { readonly kind: 'ask'; readonly text: string; readonly options: readonly string[] }
  | { readonly kind: 'refuse'; readonly text: string }
  | { readonly kind: 'confirm' }
  | { readonly kind: 'abort' };

const CONFIRM = /^(yes|y|yep|yeah|confirm|confirmed|ok|okay|sure|do it|go ahead|yes please|yes do it|go)$/;
const ABORT = /^(no|n|nope|cancel|never ?mind|no thanks|do not|forget it|no stop)$/;
const NEGATION = /\b(not|never|no|neither|nor|without|avoid|except|instead)\b/;
const REQUESTS = /\b(restart|redeploy|rollback|scale|redrive|pause|approve|decline|increase|reduce)\b/;
/** What makes it polite changes nothing; it may stand before any request. */
const POLITE =
  /^(?:(?:hi|hello|ok|yes) ,? ?|first ,? ?|(?:can|could|would|will) (?:you|we) (?:mind )?|i (?:want|need) you to |i would like (?:you )?to |i want to |let us |go ahead and )+/;

/** Longest message that is read; the API's contract says the same. */
export const LONGEST_MESSAGE = 2_000;

/**
 * What a message means. A request is understood only if every one of its words is; what is left over, negated, conditional
 * or hostile never becomes a plan. Same message, same world, same interpretation.
 */
export const interpret = (message: string, world: ChatWorld): Interpretation => {
  if (message.length > LONGEST_MESSAGE)
    return refuse(`a message has at most ${LONGEST_MESSAGE} characters; got ${message.length}`);
  const hostile = hostility(message);
  if (hostile !== null) return refuse(hostile);
  const reading = read(
    message,
    world.workloads.map(({ workloadId }) => workloadId),
  );
  const answer = reading.text.replace(/ ?[.,!?]/g, '').trim();
  const reply = message
    .toLowerCase()
    .replace(/[.,!?]/g, '')
    .trim();
  if (CONFIRM.test(answer) || CONFIRM.test(reply)) return { kind: 'confirm' };
  if (ABORT.test(answer) || ABORT.test(reply)) return { kind: 'abort' };
  const foreign = reading.environments.find((name) => name !== world.env);
  if (foreign !== undefined) return refuse(`this is ${world.env}; ask in ${foreign} (--env ${foreign})`);
  const text = strip(
    reading.text.replace(/(?:(?:^|(?: ,)? )(?:in|on|of|at|for|to|into))?(?:^| )ENV(?: environment)?\b/g, ''),
  );
  return planIn(text, reading, world) ?? questionOrAsk(text, reading, world);
};

const refuse = (text: string): Interpretation => ({ kind: 'refuse', text: `Nothing will be done: ${text}.` });
const strip = (text: string): string =>
  text
    .replace(/^[ ,]+/, '')
    .replace(/[ .,!?]+$/, '')
    .trim();

const planIn = (text: string, reading: Reading, world: ChatWorld): Interpretation | null => {
  const order = inOrder(text.replace(POLITE, ''));
  const steps: Step[] = [];
  let before: readonly number[] = [];
  let asked: Extract<ReturnType<typeof requestIn>, { ok: false }> | null = null;
  let seen: readonly string[] = [];
  let verb = '';
  for (const stage of order) {
    const clauses = clausesOf(stage, verb, seen, reading, world);
    if (clauses === null) return null;
    const here: number[] = [];
    for (const { text: clause, result } of clauses) {
      if (!result.ok) asked ??= result;
      else for (const intent of result.intents) here.push(steps.push({ intent, after: before }) - 1);
      verb = clause.split(' ')[0] ?? '';
      const named = clause.match(/W\d+/g) ?? [];
      if (named.length > 0) seen = [...new Set([...seen, ...named])];
    }
    before = here;
  }
  if (asked !== null) return { kind: 'ask', text: asked.ask, options: asked.options };
  const impossible = steps
    .map(({ intent }) => objection(intent, world) ?? outOfRange(intent))
    .find((reason) => reason !== null);
  return impossible ?? { kind: 'plan', steps, priority: reading.priority };
};

/** The stages of a message, in the order in which they are to be done. */
const inOrder = (text: string): readonly string[] => {
  const swapped =
    /^after (?<first>.+?) , (?<second>.+)$/.exec(text) ??
    /^before (?:you )?(?<second>.+?) , (?<first>.+)$/.exec(text) ??
    (/after that/.test(text) ? null : /^(?<second>.+?) after (?<first>.+)$/.exec(text)) ??
    /^(?<first>.+?) before (?:you )?(?<second>.+)$/.exec(text);
  const { first, second } = swapped?.groups ?? {};
  const stages =
    first !== undefined && second !== undefined
      ? [first, second]
      : text.split(/(?: [,;.])*(?: and)? (?:then|after that|afterwards|followed by) (?:, )?/);
  return stages.map((stage) => strip(stage).replace(POLITE, ''));
};

interface Said {
  readonly text: string;
  readonly result: NonNullable<ReturnType<typeof requestIn>>;
}

/** A stage's requests beside each other; null if one of them is not understood. */
const clausesOf = (
  stage: string,
  verb: string,
  seen: readonly string[],
  reading: Reading,
  world: ChatWorld,
): readonly Said[] | null => {
  const whole = clauseOf(stage, verb, seen, reading, world);
  if (whole !== null) return [whole];
  const parts = stage
    .split(/ [;.]|(?: ,)? and | , /)
    .map(strip)
    .filter((part) => part !== '');
  if (parts.length < 2) return null;
  const said: Said[] = [];
  let last = verb;
  let named = seen;
  for (const part of parts) {
    const one = clauseOf(part.replace(POLITE, ''), last, named, reading, world);
    if (one === null) return null;
    said.push(one);
    last = one.text.split(' ')[0] ?? '';
    named = [...new Set([...named, ...(one.text.match(/W\d+/g) ?? [])])];
  }
  return said;
};

/** `it` is the one workload that was named so far; a name alone repeats the verb before it. */
const clauseOf = (
  clause: string,
  verb: string,
  seen: readonly string[],
  reading: Reading,
  world: ChatWorld,
): Said | null => {
  const [only, ...others] = seen;
  const pointed = only === undefined || others.length > 0 ? clause : clause.replace(/\bit\b/, only);
  const repeated = /^W\d+(?: to N\d+(?: tasks)?)?$/.test(clause) && verb !== '' ? `${verb} ${clause}` : clause;
  for (const text of new Set([clause, pointed, repeated])) {
    const result = requestIn(text, reading, world);
    if (result !== null) return { text, result };
  }
  return null;
};

/** What cannot be done here at all is said at once, with what can. */
const objection = (intent: RequestIntent, world: ChatWorld): Interpretation | null => {
  if (!('workloadId' in intent) || intent.workloadId === null || intent.kind === 'pause' || intent.kind === 'resume')
    return null;
  const workload = world.workloads.find(({ workloadId }) => workloadId === intent.workloadId);
  if (workload === undefined) return refuse(`there is no workload ${intent.workloadId}`);
  const change = intent.kind === 'scaleTo' || intent.kind === 'scaleBy' ? 'scale' : intent.kind;
  const { workloadId, changes, tasks } = workload;
  if (!changes.includes(change)) {
    const options = changes
      .filter((one) => one !== 'scale')
      .map((one) => `${one === 'rollback' ? 'roll back' : one} ${workloadId}`);
    return { kind: 'ask', text: `${workloadId} does not allow to ${change}; it allows ${list(changes)}.`, options };
  }
  if (tasks === null || change !== 'scale') return null;
  const count = intent.kind === 'scaleTo' ? intent.tasks : Math.abs(intent.kind === 'scaleBy' ? intent.tasks : 0);
  const [least, most] = intent.kind === 'scaleTo' ? [tasks.min, tasks.max] : [1, tasks.max - tasks.min];
  if (count >= least && count <= most) return null;
  return {
    kind: 'ask',
    text: `${workloadId} is registered for ${tasks.min} to ${tasks.max} tasks; ${count} is not possible.`,
    options: [...new Set([tasks.min, tasks.max])].map((n) => `scale ${workloadId} to ${n} tasks`),
  };
};

/** What no task can carry is never part of a plan, whatever pattern it came from. */
const outOfRange = (intent: RequestIntent): Interpretation | null => {
  const parsed = RequestIntentSchema.safeParse(intent);
  if (parsed.success) return null;
  if (intent.kind === 'pause')
    return refuse(`healing can rest for 1 to ${LONGEST_PAUSE} minutes (7 days), not for ${intent.minutes}`);
  return refuse(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
};

const questionOrAsk = (text: string, reading: Reading, world: ChatWorld): Interpretation => {
  const isPure =
    !/( [?;.]| and| then) (?:then )?(restart|redeploy|rollback|roll|scale|redrive|pause|stop|approve|decline|set|add)\b/.test(
      text,
    );
  const question = isPure ? questionIn(text, reading) : null;
  if (question !== null && 'intent' in question) return { kind: 'question', intent: question.intent };
  const options = optionsFor(text, reading, world);
  if (question !== null) return { kind: 'ask', text: question.ask, options: [] };
  if (NEGATION.test(text) && REQUESTS.test(text)) return refuse('I read it as something that you do not want');
  const unknown = [...new Set(reading.unknown)].filter((word) => !FILLERS.has(word)).slice(0, 3);
  const why =
    unknown.length === 0
      ? 'I am not sure what you mean'
      : `I do not understand ${list(unknown.map((word) => `'${word}'`))}`;
  const names = list(world.workloads.map(({ workloadId }) => workloadId));
  const known = world.workloads.length === 0 ? 'No workload is registered.' : `The workloads are ${names}.`;
  return {
    kind: 'ask',
    text: options.length === 0 ? `${why}. ${known}` : `${why}. Do you mean one of these?`,
    options,
  };
};

const MOST_OPTIONS = 5;

/** Sentences that use what was understood, each of which the interpreter understands. */
export const optionsFor = (text: string, reading: Reading, world: ChatWorld): readonly string[] => {
  const named = [...new Set([...reading.workloads.values()].flat())];
  const verbs = (['restart', 'redeploy', 'rollback', 'redrive'] as const).filter((verb) =>
    new RegExp(`\\b${verb}\\b`).test(text),
  );
  const [number] = reading.numbers.values();
  const workloads = world.workloads.filter(({ workloadId }) => named.length === 0 || named.includes(workloadId));
  const asked = workloads.flatMap(({ workloadId, changes, tasks }) => [
    ...verbs.filter((verb) => changes.includes(verb)).map((kind) => sentenceOf({ kind, workloadId })),
    ...(tasks !== null &&
    /\bscale\b|\btasks\b/.test(text) &&
    (number === undefined || (number >= tasks.min && number <= tasks.max))
      ? [sentenceOf({ kind: 'scaleTo', workloadId, tasks: number ?? tasks.max })]
      : []),
  ]);
  const general = [
    ...(/\bpause\b/.test(text) ? [sentenceOf({ kind: 'pause', workloadId: null, minutes: 60 })] : []),
    ...(/\bstop\b/.test(text) ? [sentenceOf({ kind: 'stop' })] : []),
    ...(/\bmode\b/.test(text)
      ? (['auto', 'manual', 'shadow'] as const).map((mode) => sentenceOf({ kind: 'mode', mode }))
      : []),
  ];
  const questions = named.map((workloadId) => `how is ${workloadId}?`);
  return [...asked, ...general, ...questions].slice(0, MOST_OPTIONS);
};
