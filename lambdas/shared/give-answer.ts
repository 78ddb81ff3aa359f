import type { Answer, Held } from '../../core/approval/answer.ts';
import { answerTo } from '../../core/approval/answer.ts';
import type { ApprovalRequest, Consent } from '../../core/contracts/incident.ts';
import type { Approval } from '../../core/contracts/verdict.ts';
import type { Result } from '../../core/shared/result.ts';
import { err, ok } from '../../core/shared/result.ts';
import type { EpochMs } from '../../core/shared/units.ts';

/** What it takes to answer, whichever way the answer comes: API, command line, signed link. */
export interface AnswerDeps {
  readonly pending: (incidentId: string) => Promise<ApprovalRequest | null>;
  /** Takes the question away so that only one answer can have it; false when another was faster. */
  readonly claim: (request: ApprovalRequest) => Promise<boolean>;
  /** Asks again what was claimed; nothing when the incident has moved on. */
  readonly reopen: (request: ApprovalRequest) => Promise<void>;
  /** Adds the first of two yeses; false when the question has changed meanwhile. */
  readonly consent: (request: ApprovalRequest, consent: Consent) => Promise<boolean>;
  /** Lets the waiting workflow go on; false when it no longer waits. */
  readonly send: (taskToken: string, approval: Approval) => Promise<boolean>;
}

/**
 * Answers the question of an incident, once.
 *
 * @returns what became of the answer, or in words why nothing was done
 * @throws what kept the answer from being delivered; its question can then be answered again
 * @throws AggregateError of two when the question could not be asked again, either
 */
export const giveAnswer = async (
  incidentId: string,
  answer: Answer,
  now: EpochMs,
  deps: AnswerDeps,
): Promise<Result<Held, string>> => {
  const held = answerTo(await deps.pending(incidentId), answer, now);
  if (!held.ok) return held;
  const { value } = held;
  if (value.status === 'waiting') {
    return (await deps.consent(value.request, value.consent)) ? ok(value) : err(FASTER);
  }
  if (!(await deps.claim(value.request))) return err(FASTER);
  return (await delivered(value, deps))
    ? ok(value)
    : err('the question ran out, or was asked once more, at this very moment: nothing was done; look at it again');
};

/** An answer that could not be delivered leaves the question as it was, for whoever tries again. */
const delivered = async (
  { request, approval }: Extract<Held, { status: 'done' }>,
  deps: AnswerDeps,
): Promise<boolean> => {
  try {
    return await deps.send(request.taskToken, approval);
  } catch (error) {
    await deps.reopen(request).catch((reason: unknown) => {
      throw new AggregateError([error, reason], NOT_REOPENED);
    });
    throw error;
  }
};

const NOT_REOPENED = 'the answer was not delivered, and its question not asked again: it ends when its time is up';
const FASTER = 'somebody else answered at the same moment';
