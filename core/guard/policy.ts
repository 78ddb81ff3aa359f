import type { Decimal, PolicyRequest } from '../contracts/policy-request.ts';

const PLACES = 10_000;
/** Far beyond any sum or share, and well within what Cedar's decimals hold. */
const LARGEST = 1e9;

const decimal = (tenThousandths: number): Decimal => ({
  __extn: { fn: 'decimal', arg: Math.max(-LARGEST, Math.min(LARGEST, tenThousandths / PLACES)).toFixed(4) },
});

/** The decimal at or below a number: what is there never looks larger than it is. */
export const decimalBelow = (value: number): Decimal => decimal(Math.floor(Number((value * PLACES).toFixed(4))));

/** The decimal at or above a number: what is asked for never looks smaller than it is. */
export const decimalAbove = (value: number): Decimal => decimal(Math.ceil(Number((value * PLACES).toFixed(4))));

/** Who would act: Kintsugi alone, or Kintsugi with the approval of a person. */
export const HEALERS = ['alone', 'supervised'] as const;
export type Healer = (typeof HEALERS)[number];

/** A policy as answers name it. */
export interface PolicyRef {
  /** Its `@id`. */
  readonly id: string;
  /** Its `@guard`: the guard under whose name its objection is reported; null for one that belongs to none. */
  readonly guard: string | null;
  /** Its `@reason`, with words of the guard in braces. */
  readonly reason: string;
  /** File and line. */
  readonly source: string;
}

/** What the policies say to one healer. */
export interface Answer {
  readonly permitted: boolean;
  readonly objections: readonly PolicyRef[];
  /** Policies that could not be evaluated; each of them denies. */
  readonly errors: readonly { readonly policy: PolicyRef; readonly message: string }[];
}

/** Evaluates one set of policies; the same request always gets the same answer. Throws when it cannot. */
export interface PolicyEngine {
  /** SHA-256 of the set, so that a record says which policies decided. */
  readonly version: string;
  authorize(request: PolicyRequest, healer: Healer): Answer;
}
