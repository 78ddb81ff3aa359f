import { createHmac, timingSafeEqual } from 'node:crypto';
import type { LinkClaims } from '../../core/contracts/link.ts';
import type { Notice, Recipient } from '../../core/contracts/notice.ts';
import type { Mac } from '../../core/shared/ports.ts';
import { hashPlan } from '../../core/action/hash-plan.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import { aQuestion } from './approvals.ts';
import { RESTART, isoAt } from './builders.ts';

/** HMAC-SHA-256 as KMS computes it, with a key that a test may know. */
export const testMac = (key = 'the key of a test'): Mac => {
  const sign = (text: string): string => createHmac('sha256', key).update(text).digest('base64url');
  return {
    sign: (text) => Promise.resolve(sign(text)),
    verify: (text, signature) => {
      const [own, given] = [Buffer.from(sign(text)), Buffer.from(signature)];
      return Promise.resolve(own.length === given.length && timingSafeEqual(own, given));
    },
  };
};

export const INCIDENT = 'inc-20261121-053000-payments-abcdef';

const common = {
  version: 1,
  env: 'dev',
  incidentId: INCIDENT,
  recipient: 'chat',
  person: null,
  expiresAt: isoAt(920),
  nonce: '0123456789abcdef0123456789abcdef',
} as const;

/** A yes to what is proposed, sent to the chat. */
export const anAnswerLink = (
  changes: Partial<Extract<LinkClaims, { kind: 'answer' }>> = {},
): Extract<LinkClaims, { kind: 'answer' }> => ({
  ...common,
  kind: 'answer',
  answer: 'approve',
  questionId: aQuestion().questionId,
  planHash: hashPlan(RESTART, sha256),
  ...changes,
});

export const aFeedbackLink = (changes: Partial<LinkClaims> = {}): LinkClaims =>
  ({ ...common, kind: 'feedback', ...changes }) as LinkClaims;

export const anAcknowledgeLink = (changes: Partial<LinkClaims> = {}): LinkClaims =>
  ({ ...common, kind: 'acknowledge', ...changes }) as LinkClaims;

export const aRecipient = (changes: Partial<Recipient> = {}): Recipient => ({
  name: 'chat',
  channel: 'webhook',
  afterMinutes: 0,
  person: null,
  mayAnswer: true,
  quietHours: [],
  ...changes,
});

type Common = Pick<Notice, 'incidentId' | 'workloadId' | 'criticality' | 'at'>;

/** That a question is asked, as Enforce's question of the other builders. */
export const aQuestionNotice = (changes: Partial<Common> = {}): Notice => ({
  incidentId: INCIDENT,
  workloadId: 'payments',
  criticality: 1,
  at: isoAt(20),
  ...changes,
  occasion: 'question',
  questionId: aQuestion().questionId,
});

export const anEndNotice = (
  occasion: 'recovered' | 'escalated' = 'recovered',
  changes: Partial<Common> = {},
): Notice => ({
  incidentId: INCIDENT,
  workloadId: 'payments',
  criticality: 1,
  at: isoAt(100),
  ...changes,
  occasion,
  account: {
    happened: 'errors above 5 %; error rate 40 %.',
    done: 'restarted 1 task; recovered within 40 s.',
    why: 'it costs least.',
    whole: 'The whole account.',
  },
});
