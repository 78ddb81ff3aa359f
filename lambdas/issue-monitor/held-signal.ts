import * as z from 'zod';
import { SignalSchema } from '../../core/contracts/signal.ts';

const HeldSignalSchema = z.object({
  kintsugi: z.literal('held'),
  signal: SignalSchema,
  /** How often it has waited, this time included. */
  waited: z.int().positive().default(1),
});
export type HeldSignal = Pick<z.output<typeof HeldSignalSchema>, 'signal' | 'waited'>;

/** The message in which a waiting signal comes back. */
export const heldSignalMessage = (held: HeldSignal): string => JSON.stringify({ kintsugi: 'held', ...held });

/** The waiting signal in a message; null when it is another message. */
export const heldSignalIn = (body: string): HeldSignal | null => {
  // Most messages are not: they are spared the parsing.
  if (!body.startsWith('{"kintsugi":"held"')) return null;
  try {
    return HeldSignalSchema.parse(JSON.parse(body));
  } catch {
    return null;
  }
};
