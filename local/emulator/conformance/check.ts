import type { Lab } from './lab.ts';

/** One behaviour of AWS that the product relies on, or one in which an emulator is known to differ from AWS. */
export interface Check {
  readonly behaviour: string;
  /** The part of the product that needs it. */
  readonly neededBy: string;
  /** Present where the pinned emulator is known to differ: how, in a few words. */
  readonly knownDifference?: string;
  /** Passes when the endpoint behaves as AWS does; throws otherwise. */
  readonly run: (lab: Lab) => Promise<void>;
}
