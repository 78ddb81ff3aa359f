import type { Change, QuestionIntent, Target } from './intent.ts';
import { FAULTS } from './lexicon.ts';
import type { Reading } from './tokens.ts';

/** What a question asks; `ask` when it is one and lacks something; null when it is none that the grammar knows. */
export type Question = { readonly intent: QuestionIntent } | { readonly ask: string } | null;

const CHANGE = /\b(restart|redeploy|rollback|scale|redrive)\b/;
const HYPOTHETICAL =
  /^(and )?(what (would|will) (you (do|try)|happen|be your plan)|what is your plan|what do you do (if|when)|what if|what happen (if|when)|how (would|do) you (handle|react|fix|deal)|suppose|if )/;
const WHY =
  /^(tell me )?(why|how come|explain|(for )?what reason|what caused?|what happen(?! if)|what (was|is) (the )?(your )?reason|what made|what was (the )?(last|wrong)|what was your|what (did )?you did|what did you (do|did)|tell me about|tell me what)/;
const STATUS =
  /^((tell|give) me (status|state)|how (do|healthy)|how (is|did)|status|show|check|(what is|what) (the )?(status|state|up|going on)|is |did |anything wrong|(what is )?wrong)|status$/;
const UNWELL =
  /broken|wrong|\bfine\b|healthy|\bissues?\b|overview|all working|\bdown\b|\bfire\b|problem|outage|not working|unhealthy|failing|\bok\b|\bokay\b|alright|\bwell\b|how is things|attention|how is( \?)?$|how is ENV doing|how is doing/;

/** Reads a question. What it cannot read changes nothing, so it may be generous where a request may not. */
export const questionIn = (text: string, reading: Reading): Question => {
  const plain = text
    .replace(/ ?[?!.,]/g, '')
    .replace(/\b(can|could|would) you (tell|show|explain)/, '$2')
    .replace(/\broll(?:ed|ing)? (W\d+) back\b/, 'rollback $1')
    .trim();
  const [workloadId] = [...reading.workloads.values()].flat();
  const [taskId] = reading.tasks.values();
  if (taskId !== undefined) return /how|status|what|show/.test(plain) ? { intent: { kind: 'task', taskId } } : null;
  if (HYPOTHETICAL.test(plain)) return hypothetical(plain, workloadId);
  const target = targetOf(reading, workloadId);
  if (/approver|by whom|^who (approve|decline|did approve|say|said|yes|sign|signed|give|gave)/.test(plain))
    return { intent: { kind: 'approver', target } };
  const known = ofTheSystem(plain, workloadId) ?? why(plain, target) ?? ofIncidents(plain, workloadId);
  if (known !== null) return { intent: known };
  if (workloadId !== undefined) {
    if (/depend|topology|who calls?\b/.test(plain)) return { intent: { kind: 'depends', workloadId } };
    return STATUS.test(plain) && !CHANGE.test(plain) ? { intent: { kind: 'status', workloadId } } : null;
  }
  if (/depend|topology/.test(plain)) return { ask: 'Of which workload?' };
  if (UNWELL.test(plain) && !CHANGE.test(plain)) return { intent: { kind: 'broken' } };
  return isHelp(plain) ? { intent: { kind: 'help' } } : null;
};

const targetOf = (reading: Reading, workloadId: string | undefined): Target => {
  const [incidentId] = reading.incidents.values();
  if (incidentId !== undefined) return { of: 'incident', incidentId };
  return workloadId === undefined ? { of: 'latest' } : { of: 'workload', workloadId };
};

const hypothetical = (plain: string, workloadId: string | undefined): Question => {
  const fault = FAULTS.find(([, words]) => words.test(plain))?.[0];
  if (workloadId === undefined) return { ask: 'Which workload do you mean?' };
  if (fault === undefined) return { ask: `Which fault of ${workloadId} do you mean?` };
  return { intent: { kind: 'hypothetical', workloadId, hypothesis: fault } };
};

const ofTheSystem = (plain: string, workloadId: string | undefined): QuestionIntent | null => {
  if (/\bapproval\b|waiting|to approve\b|wait for me/.test(plain) && !CHANGE.test(plain)) return { kind: 'waiting' };
  if (workloadId !== undefined) return null;
  if (/\bagent\b/.test(plain)) return { kind: 'agents' };
  if (
    (/\bmode\b/.test(plain) && !/^(set|switch|change|go|put|enable|turn|use)/.test(plain)) ||
    /^is you (on|in) (auto|manual|shadow)/.test(plain) ||
    /^is you allowed to|^is pause/.test(plain)
  )
    return { kind: 'mode' };
  if (/\btasks\b/.test(plain) && /^(list|show|what|which|tasks)/.test(plain)) return { kind: 'tasks' };
  return null;
};

const why = (plain: string, target: Target): QuestionIntent | null => {
  const isWhy = WHY.test(plain) || (target.of === 'incident' && /^(what|how|show)/.test(plain));
  if (
    !isWhy ||
    (/\bincident\b.*\b(did you|there)|today$|yesterday$|last night$|what you can/.test(plain) && target.of === 'latest')
  )
    return null;
  const change = (CHANGE.exec(plain)?.[1] ?? null) as Change | null;
  return { kind: 'why', target, change, not: /\bnot\b/.test(plain) };
};

const ofIncidents = (plain: string, workloadId: string | undefined): QuestionIntent | null => {
  const isList =
    /\bincident\b/.test(plain) && /^(list|show|what|which|how many|give|is there|any|incident)/.test(plain);
  const isDiary =
    /^what happen (today|yesterday|last night)|^what (did|was) you (do|did|done|up to)?.*(today|yesterday|last night)$|^what is you working on/.test(
      plain,
    );
  if (!isList && !isDiary) return null;
  return { kind: 'incidents', open: /\bopen\b|working on/.test(plain), workloadId: workloadId ?? null };
};

const isHelp = (plain: string): boolean =>
  plain === '' ||
  /^(help|hi|hello|who is you|what can (you|i)|what commands|what do you understand|good (morning|day|evening)|how (do|can) (i|you|this)|what is this)\b/.test(
    plain,
  );
