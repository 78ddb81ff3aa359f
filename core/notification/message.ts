import { questionLines } from '../approval/words.ts';
import type { ApprovalRequest } from '../contracts/incident.ts';
import type { Notice } from '../contracts/notice.ts';
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
  /** In one line what it is about. */
  readonly subject: string;
  /** One fact each: what it is, and what is said about it. */
  readonly facts: readonly { readonly title: string; readonly text: string }[];
  readonly links: readonly MessageLink[];
  /** Commands that do the same as the links. */
  readonly commands: readonly string[];
}

/** A question as a message: what was detected, what would be done and why, what else could be, until when. */
export const questionMessage = (
  { occasion, incidentId }: Pick<Notice, 'occasion' | 'incidentId'>,
  request: ApprovalRequest,
  links: readonly MessageLink[],
): Message => {
  const isLast = occasion === 'last_word';
  const warning = `Nobody has answered. Without an answer until ${request.expiresAt} nothing is done, and it is handed to a person.`;
  return {
    incidentId,
    subject: `${isLast ? 'No answer yet' : 'Approval wanted'}: ${request.summary}`,
    facts: [...(isLast ? [{ title: 'Last word', text: warning }] : []), ...questionLines(request).map(factOf)],
    links,
    commands: [
      `kintsugi approve ${incidentId}`,
      ...request.alternatives.map(({ actionId }) => `kintsugi approve ${incidentId} --alternative ${actionId}`),
      `kintsugi decline ${incidentId} --reason "..."`,
      `kintsugi takeover ${incidentId}   (you do it by hand, Kintsugi watches)`,
    ],
  };
};

/** `Proposed: ...` is a fact with a title; other lines have none. */
const factOf = (line: string): Message['facts'][number] => {
  const [, title, text] = /^([A-Z][A-Za-z ]{0,30}): (.*)$/s.exec(line) ?? [];
  return title === undefined || text === undefined ? { title: '', text: line } : { title, text };
};

type Told = Exclude<Notice, { readonly occasion: 'question' | 'last_word' }>;

/** What is told after the fact: what happened, how it was resolved or why it was not, and the whole account. */
export const toldMessage = (notice: Told, links: readonly MessageLink[]): Message => {
  const { incidentId, workloadId } = notice;
  const common = { incidentId, links, commands: [`kintsugi explain ${incidentId}`] };
  switch (notice.occasion) {
    case 'answered': {
      const text = answerWords(notice);
      const action = notice.actionId === null ? '' : `: ${notice.actionId}`;
      return { ...common, subject: `Answered: ${workloadId}`, facts: [{ title: 'Answer', text: `${text}${action}.` }] };
    }
    case 'recovered':
      return {
        ...common,
        subject: `Recovered: ${workloadId}`,
        facts: accountFacts(notice.account, 'How it was resolved'),
      };
    case 'escalated':
      return {
        ...common,
        subject: `Needs a person: ${workloadId}`,
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
