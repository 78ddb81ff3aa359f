import { cut } from '../shared/cut.ts';
import type { Message } from './message.ts';

/** Limits of Slack's Block Kit. */
const MOST_BLOCKS = 50;
const HEADER_CHARACTERS = 150;
const SECTION_CHARACTERS = 3_000;
const TEXT_CHARACTERS = 40_000;

interface Block {
  readonly type: 'header' | 'section' | 'context';
  readonly text?: { readonly type: 'plain_text' | 'mrkdwn'; readonly text: string };
  readonly elements?: readonly { readonly type: 'mrkdwn'; readonly text: string }[];
}

/** What an incoming webhook of Slack takes; Mattermost, Rocket.Chat and others take it too. */
export interface SlackPayload {
  /** What is shown where blocks are not. */
  readonly text: string;
  readonly blocks: readonly Block[];
}

/**
 * A message as Slack shows it. A webhook's answer does not name the message that it made, so nothing can be put behind it or
 * changed later: the incident's id in the last line is what messages of one incident are found by.
 */
export const slackPayload = (message: Message): SlackPayload => {
  const { subject, facts, links, commands, incidentId } = message;
  const sections = [
    ...facts.map(({ title, text }) => (title === '' ? escaped(text) : `*${escaped(title)}*\n${escaped(text)}`)),
    ...links.map(({ label, url }) => `<${url}|${escaped(label).replaceAll('|', '/')}>`),
    ...(links.length === 0 ? [commands.map((command) => `\`${escaped(command)}\``).join('\n')] : []),
  ].filter((text) => text !== '');
  return {
    text: shorten(`${escaped(subject)} (${incidentId})`, TEXT_CHARACTERS),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: shorten(subject, HEADER_CHARACTERS) } },
      ...sections.slice(0, MOST_BLOCKS - 2).map((text): Block => ({
        type: 'section',
        text: { type: 'mrkdwn', text: shorten(text, SECTION_CHARACTERS) },
      })),
      { type: 'context', elements: [{ type: 'mrkdwn', text: incidentId }] },
    ],
  };
};

/** The three letters that mean something to Slack: without this a text could mention everybody or hide where a link leads. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Never in the middle of an escaped letter. */
const shorten = (text: string, most: number): string =>
  text.length <= most ? cut(text, most) : `${cut(text, most - 3).replace(/&[a-z]{0,3}$/, '')}...`;
