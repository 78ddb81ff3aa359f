import { answerTo } from '../../core/approval/answer.ts';
import { whyNotBound } from '../../core/approval/binding.ts';
import type { Approval, Question } from '../../core/contracts/verdict.ts';
import { seconds } from '../../core/shared/units.ts';
import { aRequest, anAnswer, anApproval, aQuestion } from '../support/approvals.ts';
import { at, isoAt } from '../support/builders.ts';

/**
 * Lease, fencing token and approval of two incidents on one workload, as a state space: every interleaving of their steps
 * with time, crashes, changed evidence and answers that come late, twice or in another order. What an answer and an
 * approval are worth is said by the product's own functions; the rest is what the stores' conditions say.
 */
export interface State {
  readonly time: number;
  readonly lease: { readonly holder: Name | null; readonly token: number; readonly end: number };
  /** What the evidence shows; it changes at most once. */
  readonly fingerprint: 'then' | 'later';
  /** Answers under way: to which question, and how many copies. */
  readonly net: readonly { readonly attempt: number; readonly copies: number }[];
  /** Attempts whose question a person said yes to, in time or not. */
  readonly yes: readonly number[];
  readonly asks: Process;
  readonly free: Process;
}

/** `asks` needs a person, `free` does not. */
export type Name = 'asks' | 'free';

export interface Process {
  readonly phase: 'enforce' | 'asking' | 'answered' | 'granted' | 'acting' | 'crashed' | 'over';
  readonly attempt: number;
  readonly token: number;
  readonly since: number;
  /** Times that it has begun to act, and that it has had an effect. */
  readonly begun: number;
  readonly effects: number;
  readonly question: {
    readonly token: number;
    readonly fingerprint: string;
    readonly at: number;
    readonly othersBegun: number;
  } | null;
  readonly answer: { readonly attempt: number; readonly at: number } | null;
  /** Evidence of the verdict that allowed it. */
  readonly seen: string;
}

/** Checks that a mutated model leaves out. */
export type Check =
  | 'the lease must be free'
  | 'the token must be ours'
  | 'the lease must outlive the action'
  | 'a retry must hold the lease'
  | 'look before acting again'
  | 'same question'
  | 'answer in time'
  | 'same evidence'
  | 'same token'
  | 'a yes';

const LEASE = 3;
const ACTION = 1;
const ANSWER_WITHIN = 2;
const USE_WITHIN = seconds(4);
const LAST = 5;
const ATTEMPTS = 2;

const process: Process = {
  phase: 'enforce',
  attempt: 1,
  token: 0,
  since: 0,
  begun: 0,
  effects: 0,
  question: null,
  answer: null,
  seen: '',
};

export const START: State = {
  time: 0,
  lease: { holder: null, token: 0, end: 0 },
  fingerprint: 'then',
  net: [],
  yes: [],
  asks: process,
  free: process,
};

const idOf = (attempt: number): string => String(attempt).padStart(16, '0');

const questionOf = (attempt: number, asked: NonNullable<Process['question']>): Question =>
  aQuestion({
    questionId: idOf(attempt),
    fingerprint: asked.fingerprint,
    fencingToken: asked.token,
    askedAt: isoAt(asked.at),
    expiresAt: isoAt(asked.at + ANSWER_WITHIN),
  });

/** Reasons of the product's functions that a mutated model does not hear. */
const DEAF: Readonly<Partial<Record<Check, RegExp>>> = {
  'same question': /another question/,
  'answer in time': /expired/,
  'same evidence': /evidence has changed/,
  'same token': /acted/,
};

/** All states that can follow, each with what happened. */
export const next = (state: State, removed: Check | null): readonly (readonly [string, State])[] => {
  const holds = (check: Check, condition: boolean): boolean => removed === check || condition;
  const heard = (reason: string): boolean => removed === null || DEAF[removed]?.test(reason) !== true;
  const found: (readonly [string, State])[] = [];
  const go = (what: string, changes: Partial<State>): void =>
    void found.push([what, essential({ ...state, ...changes })]);

  const isFree = (name: Name): boolean =>
    holds('the lease must be free', state.lease.holder === name || state.lease.end <= state.time);
  const grant = (name: Name, self: Process): void => {
    const lease = { holder: name, token: state.lease.token + 1, end: state.time + LEASE };
    const granted = { ...self, phase: 'granted' as const, token: lease.token, seen: state.fingerprint };
    go(`${name} is granted the lease`, { lease, [name]: granted });
  };
  const bound = (self: Process, fingerprint: string, fencingToken: number): boolean => {
    if (removed === 'a yes') return true;
    if (self.question === null || self.answer === null) return false;
    const approval: Approval = anApproval({ questionId: idOf(self.answer.attempt), answeredAt: isoAt(self.answer.at) });
    const now = { now: at(state.time), workloadId: 'payments', planHash: approval.planHash, fingerprint, fencingToken };
    return whyNotBound(approval, questionOf(self.attempt, self.question), now, USE_WITHIN).filter(heard).length === 0;
  };
  const holdsLease = (name: Name, self: Process): boolean =>
    holds('the token must be ours', state.lease.holder === name && state.lease.token === self.token) &&
    state.lease.end > state.time + (removed === 'the lease must outlive the action' ? 0 : ACTION);

  if (
    state.time < LAST &&
    [state.asks, state.free].every((p) => p.phase !== 'acting' || state.time < p.since + ACTION)
  ) {
    go('time passes', { time: state.time + 1 });
  }
  if (state.fingerprint === 'then') go('the evidence changes', { fingerprint: 'later' });
  for (const [index, message] of state.net.entries()) deliver(state, message, index, heard, go);

  for (const name of ['asks', 'free'] as const) {
    const self = state[name];
    const other = state[name === 'asks' ? 'free' : 'asks'];
    const become = (what: string, changes: Partial<Process>, more: Partial<State> = {}): void =>
      go(`${name} ${what}`, { ...more, [name]: { ...self, ...changes } });
    switch (self.phase) {
      case 'enforce':
        if (name === 'free' && isFree(name)) grant(name, self);
        // The guard `single-flight` denies what would be asked while another incident acts.
        if (name === 'asks' && !isFree(name)) become('is denied', { phase: 'over' });
        if (name === 'asks' && isFree(name)) {
          const { time, lease, fingerprint } = state;
          become('asks', {
            phase: removed === 'a yes' ? 'answered' : 'asking',
            answer: null,
            question: { token: lease.token, fingerprint, at: time, othersBegun: other.begun },
          });
        }
        break;
      case 'asking': {
        if (!state.yes.includes(self.attempt)) {
          go('a person says yes', {
            yes: [...state.yes, self.attempt],
            net: [...state.net, { attempt: self.attempt, copies: 2 }],
          });
        }
        if (state.time >= (self.question?.at ?? 0) + ANSWER_WITHIN) {
          const isLast = self.attempt >= ATTEMPTS;
          become(
            'takes silence for a no',
            isLast ? { phase: 'over' } : { phase: 'enforce', attempt: self.attempt + 1 },
          );
        }
        break;
      }
      case 'answered':
        if (!bound(self, state.fingerprint, state.lease.token)) become('is denied', { phase: 'over' });
        else if (isFree(name)) grant(name, self);
        break;
      case 'granted':
        if (holdsLease(name, self) && (name === 'free' || bound(self, self.seen, self.token - 1))) {
          become('writes its intent and acts', { phase: 'acting', since: state.time, begun: self.begun + 1 });
        } else become('may not act any more', { phase: 'over' });
        break;
      case 'acting': {
        const isOurs = state.lease.token === self.token;
        const done = { phase: 'over' as const, effects: self.effects + 1 };
        become('is done', done, isOurs ? { lease: { ...state.lease, end: 0 } } : {});
        become('crashes before the effect', { phase: 'crashed' });
        become('crashes after the effect', { phase: 'crashed', effects: self.effects + 1 });
        break;
      }
      case 'crashed':
        if (self.effects > 0 && removed !== 'look before acting again') become('finds it done', { phase: 'over' });
        else if (holds('a retry must hold the lease', holdsLease(name, self))) {
          // Bounded, as the workflow's retries are.
          if (self.begun < 2) become('acts again', { phase: 'acting', since: state.time, begun: self.begun + 1 });
        } else become('has lost the lease', { phase: 'over' });
        break;
      case 'over':
        break;
    }
  }
  return found;
};

/** Without what can no longer make a difference, so that states which differ in nothing else are one. */
const essential = (state: State): State => ({
  ...state,
  net: state.asks.phase === 'over' ? [] : state.net,
  asks: finished(state.asks),
  free: finished(state.free),
});

const finished = (self: Process): Process =>
  self.phase === 'over' ? { ...process, phase: 'over', begun: self.begun, effects: self.effects } : self;

/** A copy of an answer arrives; whoever is late, double or about an earlier question changes nothing. */
const deliver = (
  state: State,
  message: State['net'][number],
  index: number,
  heard: (reason: string) => boolean,
  go: (what: string, changes: Partial<State>) => void,
): void => {
  const net = state.net.flatMap((other, place) =>
    place !== index ? [other] : message.copies > 1 ? [{ ...message, copies: message.copies - 1 }] : [],
  );
  const { asks } = state;
  const isAsked = asks.phase === 'asking' && asks.question !== null;
  const question = isAsked ? questionOf(asks.attempt, asks.question) : null;
  const request = question === null ? null : aRequest({ question, expiresAt: question.expiresAt });
  const held = answerTo(request, anAnswer({ questionId: idOf(message.attempt) }), at(state.time));
  if (!held.ok && (request === null || heard(held.error))) return go('an answer does nothing', { net });
  const answer = { attempt: message.attempt, at: state.time };
  go('an answer is taken', { net, asks: { ...asks, phase: 'answered', answer } });
};

/** What must never be, told from what really happened and not from what the protocol remembers. */
export const violationIn = (state: State): string | null => {
  const { asks, free } = state;
  if (asks.phase === 'acting' && free.phase === 'acting') return 'two holders act';
  if (asks.effects > 1 || free.effects > 1) return 'one incident has its effect twice';
  if (asks.phase !== 'acting' || asks.question === null) return null;
  const { question, answer } = asks;
  if (!state.yes.includes(asks.attempt)) return 'it acts without a yes to its question';
  if (answer?.attempt !== asks.attempt) return 'it acts on the answer to another question';
  if (answer.at >= question.at + ANSWER_WITHIN) return 'it acts on an answer that came too late';
  if (asks.seen !== question.fingerprint) return 'it acts on other evidence than was shown';
  return question.othersBegun === free.begun ? null : 'it acts though somebody else has acted since it was asked';
};

export interface Explored {
  readonly states: number;
  readonly transitions: number;
  /** The shortest way to something that must not be; null when there is none. */
  readonly violation: { readonly what: string; readonly steps: readonly string[] } | null;
  /** Whether each of the two ever had its effect: a model in which nothing happens proves nothing. */
  readonly acted: Readonly<Record<Name, boolean>>;
}

/** Breadth first over everything that can be reached, until something must not be. */
export const explore = (removed: Check | null = null): Explored => {
  const from = new Map<string, { readonly before: string | null; readonly step: string }>();
  const first = JSON.stringify(START);
  from.set(first, { before: null, step: 'start' });
  let transitions = 0;
  const acted = { asks: false, free: false };
  for (let level = [START]; level.length > 0;) {
    const deeper: State[] = [];
    for (const state of level) {
      const key = JSON.stringify(state);
      acted.asks ||= state.asks.effects > 0;
      acted.free ||= state.free.effects > 0;
      const what = violationIn(state);
      if (what !== null) return { states: from.size, transitions, acted, violation: { what, steps: wayTo(key, from) } };
      for (const [step, following] of next(state, removed)) {
        transitions += 1;
        const reached = JSON.stringify(following);
        if (from.has(reached)) continue;
        from.set(reached, { before: key, step });
        deeper.push(following);
      }
    }
    level = deeper;
  }
  return { states: from.size, transitions, acted, violation: null };
};

const wayTo = (
  key: string,
  from: ReadonlyMap<string, { readonly before: string | null; readonly step: string }>,
): string[] => {
  const steps: string[] = [];
  for (let at = from.get(key); at !== undefined && at.before !== null; at = from.get(at.before)) steps.unshift(at.step);
  return steps;
};
