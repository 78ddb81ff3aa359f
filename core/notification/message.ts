import { answerCommands, questionLines } from '../approval/words.ts';
import type { ApprovalRequest } from '../contracts/incident.ts';
import type { Notice } from '../contracts/notice.ts';
import type { EnvironmentName } from '../contracts/workload.ts';
import { commandLine } from '../shared/command-line.ts';
import { answerWords } from './account.ts';

/** A way to answer by one click, for whoever the message is sent to. */
export interface MessageLink {
  /** `Approve: redeploy`, ... */
  readonly label: string;
  readonly url: string;
}

/** A notice in words, before it is put into the form of a channel. */
export interface Message {
  readonly incidentId: string;
  /** In one line in which environment it is, and what it is about. */
  readonly subject: string;
  /** One fact each: what it is, and what is said about it. */
  readonly facts: readonly { readonly title: string; readonly text: string }[];
  readonly links: readonly MessageLink[];
  /** Commands that do the same as the links. */
  readonly commands: readonly string[];
}

/** `[prod] Recovered: checkout`: dev, stage and prod write to the same people, and may have the same workloads. */
export const headline = (env: EnvironmentName, text: string): string => `[${env}] ${text}`;

/** Where a message comes from, and what it can be answered with. */
interface Sent {
  readonly env: EnvironmentName;
  readonly links: readonly MessageLink[];
}

/** A question as a message: what was detected, what would be done and why, what else could be, until when. */
export const questionMessage = (
  { occasion, incidentId }: Pick<Notice, 'occasion' | 'incidentId'>,
  request: ApprovalRequest,
  { env, links }: Sent,
): Message => {
  const isLast = occasion === 'last_word';
  const warning = `Nobody has answered. Without an answer until ${request.expiresAt} nothing is done, and it is handed to a person.`;
  return {
    incidentId,
    subject: headline(env, `${isLast ? 'No answer yet' : 'Approval wanted'}: ${request.summary}`),
    facts: [...(isLast ? [{ title: 'Last word', text: warning }] : []), ...questionLines(request).map(factOf)],
    links,
    commands: answerCommands(request, { env }),
  };
};

/** `Proposed: ...` is a fact with a title; other lines have none. */
const factOf = (line: string): Message['facts'][number] => {
  const [, title, text] = /^([A-Z][A-Za-z ]{0,30}): (.*)$/s.exec(line) ?? [];
  return title === undefined || text === undefined ? { title: '', text: line } : { title, text };
};

type Told = Exclude<Notice, { readonly occasion: 'question' | 'last_word' }>;

/** What is told after the fact: what happened, how it was resolved or why it was not, and the whole account. */
export const toldMessage = (notice: Told, { env, links }: Sent): Message => {
  const { incidentId, workloadId } = notice;
  const common = { incidentId, links, commands: [commandLine(`explain ${incidentId}`, { env })] };
  switch (notice.occasion) {
    case 'answered': {
      const text = answerWords(notice);
      const action = notice.actionId === null ? '' : `: ${notice.actionId}`;
      const facts = [{ title: 'Answer', text: `${text}${action}.` }];
      return { ...common, subject: headline(env, `Answered: ${workloadId}`), facts };
    }
    case 'recovered':
      return {
        ...common,
        subject: headline(env, `Recovered: ${workloadId}`),
        facts: accountFacts(notice.account, 'How it was resolved'),
      };
    case 'escalated':
      return {
        ...common,
        subject: headline(env, `Needs a person: ${workloadId}`),
        facts: accountFacts(notice.account, 'What was tried'),
      };
  }
};

const accountFacts = (
  { happened, done, why, whole }: Extract<Told, { readonly occasion: 'recovered' }>['account'],
  title: string,
): Message['facts'] => [
  { title: 'What happened', text: happened },
  { title, text: done },
  { title: 'Why', text: why },
  { title: 'The whole account', text: whole },
];

/** As text, for a mail: a fact per line. */
export const textOf = ({ facts, links, commands }: Message): string =>
  [
    ...facts.map(({ title, text }) => (title === '' ? text : `${title}: ${text}`)),
    ...(links.length === 0 ? [] : ['', ...links.map(({ label, url }) => `${label}\n  ${url}`)]),
    '',
    ...commands,
  ].join('\n');
