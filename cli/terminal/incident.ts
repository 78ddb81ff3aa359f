import type { Colours } from './colours.ts';
import type { Incident, IncidentStatus } from '../../core/contracts/incident.ts';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import type { Attempt, Phase } from '../../core/explanation/timeline.ts';
import { attemptsOf, phaseTime } from '../../core/explanation/timeline.ts';
import { hang, padEnd, padStart, truncate, wrap } from './text.ts';
import { span } from './words.ts';

export interface Look {
  readonly colours: Colours;
  /** Columns of the terminal. */
  readonly width: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

const MARKS: Readonly<Record<Phase['state'], string>> = {
  done: '●',
  running: '◐',
  waiting_for_person: '?',
  pending: '○',
  skipped: '·',
  failed: '✘',
};

const SPINNER = ['◐', '◓', '◑', '◒'] as const;

export const spinner = (now: number): string => SPINNER[Math.floor(now / 250) % SPINNER.length] ?? '◐';

const markOf = (phase: Phase, { colours, now }: Look): string => {
  switch (phase.state) {
    case 'done':
      return phase.tone === 'bad' ? colours.red(MARKS.done) : colours.green(MARKS.done);
    case 'running':
      return colours.yellow(spinner(now));
    case 'waiting_for_person':
      return colours.yellow(MARKS.waiting_for_person);
    case 'failed':
      return colours.red(MARKS.failed);
    case 'pending':
    case 'skipped':
      return colours.dim(MARKS[phase.state]);
  }
};

const prefixOf = (phase: Phase, look: Look): string => {
  const isQuiet = phase.state === 'pending' || phase.state === 'skipped';
  const name = padEnd(phase.name, 8);
  const time = padStart(phaseTime(phase, look.now), 8);
  return `  ${markOf(phase, look)} ${isQuiet ? look.colours.dim(name) : name} ${look.colours.dim(time)}  `;
};

/** The phases of one attempt, one line each; facts that are too long are wrapped, or cut where lines are dear. */
export const phaseLines = (attempt: Attempt, look: Look, long: 'wrap' | 'cut'): string[] =>
  attempt.phases.flatMap((phase) => {
    if (phase.state === 'skipped') return [];
    const first = prefixOf(phase, look);
    if (long === 'cut') return [truncate(`${first}${phase.fact}`, look.width)];
    return hang(first, phase.fact, look.width);
  });

const STATUS_WORDS: Readonly<Record<IncidentStatus, string>> = {
  open: 'Healing',
  awaiting_approval: 'Waits for a person',
  recovered: 'Healed',
  escalated: 'Handed to a person',
  dismissed: 'Dismissed',
};

export const statusColour = (status: IncidentStatus, colours: Colours): ((text: string) => string) => {
  switch (status) {
    case 'recovered':
      return colours.green;
    case 'escalated':
      return colours.red;
    case 'open':
    case 'awaiting_approval':
      return colours.yellow;
    case 'dismissed':
      return colours.dim;
  }
};

/** `Healed: checkout, 19.9 s after the first signal` and the incident's id; with records, of the cause's workload. */
export const incidentTitle = (
  incident: Incident,
  { colours, now, width }: Look,
  records: readonly JournalRecord[] = [],
): string => {
  const until = incident.closedAt === null ? now : Date.parse(incident.closedAt);
  const took = span(until - Date.parse(incident.openedAt));
  const when = incident.closedAt === null ? `for ${took}` : `${took} after the first signal`;
  const words = STATUS_WORDS[incident.status];
  const title = `${statusColour(incident.status, colours)(colours.bold(words))}: ${rootOf(records) ?? incident.workloadId}, ${when}`;
  return truncate(`${title}  ${colours.dim(incident.incidentId)}`, width);
};

/** Where Sense found the cause: the view names whoever signalled until the attempt is over. */
const rootOf = (records: readonly JournalRecord[]): string | undefined =>
  records.findLast((record) => record.kind === 'evidence_gathered')?.body.workload.workloadId;

/** A whole incident for reading: title, phases of every attempt, account. */
export const incidentReport = (incident: Incident, records: readonly JournalRecord[], look: Look): string[] => {
  const attempts = attemptsOf(records);
  return [
    incidentTitle(incident, look, records),
    ...attempts.flatMap((attempt) => [
      ...(attempts.length > 1 ? [look.colours.dim(`  Attempt ${attempt.attempt}`)] : []),
      ...phaseLines(attempt, look, 'wrap'),
    ]),
    ...(incident.explanation === null ? [] : ['', ...accountLines(incident.explanation, look)]),
  ];
};

/** The account in a column that can be read: at most 96 wide, indented. */
export const accountLines = (explanation: string, { width }: Look): string[] =>
  wrap(explanation, Math.min(width - 4, 96)).map((line) => `  ${line}`);
