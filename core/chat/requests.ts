import type { ChatWorld, RequestIntent } from './intent.ts';
import type { Reading } from './tokens.ts';

/** What a clause asks for, or what is missing to know it. */
export type Clause =
  | { readonly ok: true; readonly intents: readonly RequestIntent[] }
  | { readonly ok: false; readonly ask: string; readonly options: readonly string[] };

interface Found {
  readonly workloads: readonly string[];
  readonly number: number;
  readonly minutes: number;
  readonly incident: string | undefined;
  readonly task: string | undefined;
  readonly mode: string;
}

type Rule = readonly [RegExp, (found: Found, world: ChatWorld) => Clause];

const PLACES: Readonly<Record<string, string>> = {
  W: 'W\\d+',
  N: 'N\\d+',
  DUR: 'DUR\\d+',
  INC: 'INC\\d+',
  TASK: 'TASK\\d+',
  MODE: 'auto|manual|shadow|off',
};

/**
 * A pattern of the whole clause: nothing may be left over. `W`, `N`, `DUR`, `INC`, `TASK` and `MODE` are places, `#` is a
 * number that says nothing new.
 */
const pattern = (source: string): RegExp => {
  let places = 0;
  const place = (name: string): string => `(?<${name.toLowerCase()}${(places += 1)}>${PLACES[name] ?? ''})`;
  return new RegExp(`^(?:${source.replace(/\b(?:W|N|DUR|INC|TASK|MODE)\b/g, place).replace(/#/g, 'N\\d+')})$`);
};

const done = (...intents: readonly RequestIntent[]): Clause => ({ ok: true, intents });
const ask = (question: string, options: readonly string[] = []): Clause => ({ ok: false, ask: question, options });

const each =
  (intentOf: (workloadId: string, found: Found) => RequestIntent) =>
  (found: Found): Clause =>
    done(...found.workloads.map((workloadId) => intentOf(workloadId, found)));

const scaleTo = each((workloadId, { number }) => ({ kind: 'scaleTo', workloadId, tasks: number }));
const scaleBy = (sign: 1 | -1) =>
  each((workloadId, { number }) => ({ kind: 'scaleBy', workloadId, tasks: sign * number }));
const change = (kind: 'restart' | 'redeploy' | 'rollback' | 'redrive') => each((workloadId) => ({ kind, workloadId }));

const pause = ({ workloads, minutes }: Found): Clause =>
  workloads.length === 0
    ? done({ kind: 'pause', workloadId: null, minutes })
    : done(...workloads.map((workloadId) => ({ kind: 'pause', workloadId, minutes }) as const));

const resume = ({ workloads }: Found): Clause =>
  workloads.length === 0
    ? done({ kind: 'resume', workloadId: null })
    : done(...workloads.map((workloadId) => ({ kind: 'resume', workloadId }) as const));

const mode = ({ mode: wanted }: Found): Clause =>
  wanted === 'auto' || wanted === 'manual' || wanted === 'shadow'
    ? done({ kind: 'mode', mode: wanted })
    : done({ kind: 'stop' });

/** Without an id, the one that waits; which one is never guessed. */
const answer =
  (kind: 'approve' | 'decline' | 'takeover') =>
  ({ incident }: Found, { waiting }: ChatWorld): Clause => {
    const [only, ...others] = waiting;
    const incidentId = incident ?? (others.length === 0 ? only : undefined);
    if (incidentId !== undefined) return done({ kind, incidentId });
    if (only === undefined) return ask('No incident waits for an answer.');
    return ask(
      'Which incident?',
      waiting.map((id) => `${kind === 'takeover' ? 'take over' : kind} ${id}`),
    );
  };

const cancel = ({ task }: Found, { queued }: ChatWorld): Clause => {
  const [only, ...others] = queued;
  const taskId = task ?? (others.length === 0 ? only : undefined);
  if (taskId !== undefined) return done({ kind: 'cancel', taskId });
  return only === undefined
    ? ask('No task is queued.')
    : ask(
        'Which task?',
        queued.map((id) => `cancel ${id}`),
      );
};

const rate =
  (rating: 'helpful' | 'too_slow' | 'wrong') =>
  ({ incident = '' }: Found): Clause =>
    done({ kind: 'rate', incidentId: incident, rating });

const STABLE = '(?:last|previous)(?: known)?(?: stable| good| working)? (?:version|deploy)';
const MORE = '(?:increase|scale (?:up|out))';
const LESS = '(?:reduce|scale (?:down|in))';
const IT = '(?: it| this| that)?';
const WAITING = '(?: it| this| that| (?:pending|waiting) (?:action|approval|incident))?';

const RULES: readonly Rule[] = [
  [
    pattern(
      '(?:scale|set|bring|increase|reduce|put|change|get)(?: (?:out|in|up|down))? W(?: (?:out|in|up|down))? (?:from # )?to N(?: tasks)?',
    ),
    scaleTo,
  ],
  [pattern('run N tasks (?:of|for) W|run W with N tasks|make W run N tasks|make it N tasks for W'), scaleTo],
  [pattern('(?:i|we) (?:want|need) W to (?:run|did) N tasks|(?:i|we) (?:want|need) N tasks (?:of|for) W'), scaleTo],
  [
    pattern('W should (?:run|did) N tasks|W need N tasks|i would like W scale to N(?: tasks)?|W to N(?: tasks)?'),
    scaleTo,
  ],
  [
    pattern('(?:set|change) (?:number of )?W tasks to N|(?:set|change) (?:number of tasks|tasks count) of W to N'),
    scaleTo,
  ],
  [pattern(`${MORE} W by N(?: more)?(?: tasks)?`), scaleBy(1)],
  [pattern('scale W (?:up|out) by N(?: more)?(?: tasks)?|scale W by (?:plus N|N more)(?: tasks)?'), scaleBy(1)],
  [
    pattern(
      'add N(?: more)? tasks (?:to|for) W|give W N more tasks|W need N more tasks|(?:start|run) N more tasks (?:of|for) W',
    ),
    scaleBy(1),
  ],
  [pattern(`${LESS} W by N(?: tasks)?`), scaleBy(-1)],
  [pattern('scale W (?:down|in) by N(?: tasks)?'), scaleBy(-1)],
  [pattern('scale W by minus N(?: tasks)?'), scaleBy(-1)],
  [pattern('remove N tasks from W|drop N tasks of W'), scaleBy(-1)],
  [pattern('take N tasks(?: away)? from W'), scaleBy(-1)],
  [
    pattern('restart W(?: again)?|give W restart|W need restart|do restart of W|W (?:should|must) be restart'),
    change('restart'),
  ],
  [pattern('redeploy W|deploy W again|do redeploy of W|replace all tasks of W'), change('redeploy')],
  [
    pattern(
      `rollback W(?: to ${STABLE})?|roll W back(?: to ${STABLE})?|do rollback of W|W (?:need|should be) rollback`,
    ),
    change('rollback'),
  ],
  [
    pattern(
      `(?:undo|rollback) last deploy (?:of|on) W|rollback W deploy|take W back to ${STABLE}|go back to ${STABLE} of W`,
    ),
    change('rollback'),
  ],
  [pattern('redrive(?: deadletters of)? W|move deadletters of W back'), change('redrive')],
  [
    pattern(
      '(?:pause|stop)(?: all)?(?: auto)? heal for DUR|pause for DUR|take break for DUR|do nothing for DUR|no heal for DUR|do not heal(?: anything)? for DUR',
    ),
    pause,
  ],
  [pattern('pause(?: auto)? heal (?:of|on|for) W for DUR'), pause],
  [pattern('(?:leave W alone|do not touch W) for DUR'), pause],
  [pattern('resume(?: auto)?(?: heal)?|start heal again|carry on'), resume],
  [pattern('resume(?: heal (?:of|on|for))? W|you may heal W again'), resume],
  [
    pattern(
      '(?:set|switch|change|go|put|enable|use)(?: mode)?(?: back)?(?: (?:to|into|in))? MODE(?: mode)?|mode MODE|MODE mode',
    ),
    mode,
  ],
  [
    pattern(
      '(?:emergency )?stop(?: it)?(?: (?:everything|all))?(?: auto)?(?: action)?|stop all heal|stop acting|(?:hit|pull|press) killswitch|killswitch|turn yourself off|(?:turn|switch) off',
    ),
    () => done({ kind: 'stop' }),
  ],
  [pattern(`(?:i )?approve(?: INC|${WAITING})`), answer('approve')],
  [pattern(`(?:i )?decline(?: INC|${WAITING})`), answer('decline')],
  [pattern(`(?:i )?(?:take over|takeover)(?: INC|${IT})|i will handle INC myself`), answer('takeover')],
  [pattern('(?:rate|mark) INC(?: as)? helpful|INC was helpful'), rate('helpful')],
  [pattern('(?:rate|mark) INC(?: as)? too slow|INC was too slow'), rate('too_slow')],
  [pattern('(?:rate|mark) INC(?: as)? wrong|INC was wrong(?: decision)?'), rate('wrong')],
  [pattern('(?:cancel|drop)(?: my| queued| this)? (?:TASK|tasks)'), cancel],
];

/** What a whole clause asks for; null if no pattern covers every word of it. */
export const requestIn = (clause: string, reading: Reading, world: ChatWorld): Clause | null => {
  for (const [rule, intentsOf] of RULES) {
    const match = rule.exec(clause);
    if (match === null) continue;
    return intentsOf(foundIn(match.groups ?? {}, reading), world);
  }
  return null;
};

const foundIn = (groups: Readonly<Record<string, string | undefined>>, reading: Reading): Found => {
  const place = (kind: string): string =>
    Object.entries(groups).find(([name, value]) => name.replace(/\d+$/, '') === kind && value !== undefined)?.[1] ?? '';
  return {
    workloads: reading.workloads.get(place('w')) ?? [],
    number: reading.numbers.get(place('n')) ?? 0,
    minutes: reading.durations.get(place('dur')) ?? 0,
    incident: reading.incidents.get(place('inc')),
    task: reading.tasks.get(place('task')),
    mode: place('mode'),
  };
};
