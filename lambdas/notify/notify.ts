import { choicesOf } from '../../core/approval/choices.ts';
import { signLink } from '../../core/approval/link.ts';
import type { ApprovalRequest } from '../../core/contracts/incident.ts';
import type { LinkClaims } from '../../core/contracts/link.ts';
import type { Conversation, Delivery, Notice, Recipient } from '../../core/contracts/notice.ts';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import type { Step } from '../../core/notification/delivery.ts';
import { keyOf, stepOf } from '../../core/notification/delivery.ts';
import type { Message, MessageLink } from '../../core/notification/message.ts';
import { questionMessage, toldMessage } from '../../core/notification/message.ts';
import type { Clock, Mac } from '../../core/shared/ports.ts';
import type { DurationMs, EpochMs } from '../../core/shared/units.ts';
import { after, durationMs, elapsed, fromIso, hours, isBefore, minutes, toIso } from '../../core/shared/units.ts';

/** How a message reaches a recipient. */
export type Send = (message: Message) => Promise<void>;

export interface NotifyDeps {
  readonly clock: Clock;
  readonly env: EnvironmentName;
  readonly chain: readonly Recipient[];
  readonly mac: Mac;
  /** 32 hex digits that nobody can guess. */
  readonly nonce: () => string;
  /** Address under which links are answered, without a slash at the end. */
  readonly linksUrl: string;
  /** Null when the recipient's channel is not set up. */
  readonly channelOf: (recipient: Recipient) => Promise<Send | null>;
  readonly pending: (incidentId: string) => Promise<ApprovalRequest | null>;
  readonly lookedAfterBy: (incidentId: string) => Promise<string | null>;
  readonly conversation: (recipient: string, incidentId: string) => Promise<Conversation>;
  readonly write: (
    conversation: { readonly recipient: string; readonly incidentId: string },
    change: { readonly kind: 'told' | 'held'; readonly key: string; readonly at: string },
    now: EpochMs,
  ) => Promise<void>;
  /** Puts a delivery back into the queue until later. */
  readonly later: (delivery: Delivery, delay: DurationMs) => Promise<void>;
}

/** A delivery of its own for each place in the chain: one that fails is tried again and holds up no other. */
export const fanOut = async (notice: Notice, { chain, later }: NotifyDeps): Promise<void> => {
  await Promise.all(chain.map(({ name }) => later({ recipient: name, notice }, durationMs(0))));
};

/**
 * Brings a notice to one recipient: now, later or never. It is told first and written down then, so that a crash in
 * between tells it twice and not never.
 *
 * @returns what became of it, for the log
 */
export const deliver = async (delivery: Delivery, deps: NotifyDeps): Promise<string> => {
  const { notice } = delivery;
  const recipient = deps.chain.find(({ name }) => name === delivery.recipient);
  if (recipient === undefined) return 'dropped: there is no such recipient any more';
  const send = await deps.channelOf(recipient);
  if (send === null) return 'dropped: its channel is not set up';
  const now = deps.clock.now();
  const { incidentId } = notice;
  const [conversation, request, by] = await Promise.all([
    deps.conversation(recipient.name, incidentId),
    isQuestion(notice) ? deps.pending(incidentId) : null,
    notice.occasion === 'escalated' ? deps.lookedAfterBy(incidentId) : null,
  ]);
  const open = openQuestion(notice, request, now);
  const settled = isQuestion(notice) ? open === null : by !== null;
  const step = stepOf({ recipient, notice, conversation, settled, now });
  const change = { key: keyOf(notice), at: notice.at };
  if (step.do === 'send') {
    await send(await messageOf(notice, open, recipient, deps));
    await deps.write({ recipient: recipient.name, incidentId }, { kind: 'told', ...change }, now);
  }
  if (step.do === 'wait') {
    if (step.remember && conversation.held?.key !== change.key) {
      await deps.write({ recipient: recipient.name, incidentId }, { kind: 'held', ...change }, now);
    }
    await deps.later(delivery, elapsed(now, step.until));
  }
  return inWords(step);
};

type Asking = Extract<Notice, { readonly questionId: string }>;
const isQuestion = (notice: Notice): notice is Exclude<Asking, { readonly occasion: 'answered' }> =>
  notice.occasion === 'question' || notice.occasion === 'last_word';

/** The question that a notice is about, while it can still be answered. */
const openQuestion = (notice: Notice, request: ApprovalRequest | null, now: EpochMs): ApprovalRequest | null => {
  if (!isQuestion(notice) || request === null) return null;
  const isTheOne = request.question.questionId === notice.questionId;
  return isTheOne && isBefore(now, fromIso(request.expiresAt)) ? request : null;
};

const inWords = (step: Step): string => {
  switch (step.do) {
    case 'send':
      return 'sent';
    case 'wait':
      return `waits until ${toIso(step.until)}: ${step.because}`;
    case 'drop':
      return `dropped: ${step.because}`;
  }
};

const messageOf = async (
  notice: Notice,
  request: ApprovalRequest | null,
  recipient: Recipient,
  deps: NotifyDeps,
): Promise<Message> => {
  const { env } = deps;
  if (!isQuestion(notice)) return toldMessage(notice, { env, links: await linksAfter(notice, recipient, deps) });
  if (request === null) throw new Error(`the question of ${notice.incidentId} is gone and was to be told`);
  const links = choicesOf(request, recipient).map(({ label, answer, planHash }) => {
    const { questionId } = request.question;
    const expiresAt = request.expiresAt;
    return linkOf(label, { kind: 'answer', answer, planHash, questionId, expiresAt }, notice, recipient, deps);
  });
  return questionMessage(notice, request, { env, links: await Promise.all(links) });
};

const ACKNOWLEDGE_WITHIN = hours(24);
const RATE_WITHIN = minutes(7 * 24 * 60);

/** After the fact: who looks after it, and how well it was handled. */
const linksAfter = (
  notice: Exclude<Notice, { readonly occasion: 'question' | 'last_word' }>,
  recipient: Recipient,
  deps: NotifyDeps,
): Promise<readonly MessageLink[]> => {
  if (!recipient.mayAnswer || notice.occasion === 'answered') return Promise.resolve([]);
  const until = (duration: DurationMs): string => toIso(after(deps.clock.now(), duration));
  const rate = linkOf('Rate it', { kind: 'feedback', expiresAt: until(RATE_WITHIN) }, notice, recipient, deps);
  if (notice.occasion === 'recovered') return Promise.all([rate]);
  const claims = { kind: 'acknowledge', expiresAt: until(ACKNOWLEDGE_WITHIN) } as const;
  return Promise.all([linkOf('I look after it', claims, notice, recipient, deps), rate]);
};

type Own = 'version' | 'env' | 'incidentId' | 'recipient' | 'person' | 'nonce';
type Claims = LinkClaims extends infer C ? (C extends LinkClaims ? Omit<C, Own> : never) : never;

const linkOf = async (
  label: string,
  claims: Claims,
  { incidentId }: Notice,
  { name, person }: Recipient,
  { env, nonce, mac, linksUrl }: NotifyDeps,
): Promise<MessageLink> => {
  const own = { version: 1, env, incidentId, recipient: name, person, nonce: nonce() } as const;
  return { label, url: `${linksUrl}/links/${await signLink({ ...claims, ...own }, mac)}` };
};
