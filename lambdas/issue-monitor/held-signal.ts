import * as z from 'zod';
import type { Signal } from '../../core/contracts/signal.ts';
import { SignalSchema } from '../../core/contracts/signal.ts';

const HeldSignalSchema = z.object({ kintsugi: z.literal('held'), signal: SignalSchema });

/** The message in which a waiting signal comes back. */
export const heldSignalMessage = (signal: Signal): string => JSON.stringify({ kintsugi: 'held', signal });

/** The waiting signal in a message; null when it is another message. */
export const heldSignalIn = (body: string): Signal | null => {
  // Most messages are not: they are spared the parsing.
  if (!body.startsWith('{"kintsugi":"held"')) return null;
  try {
    return HeldSignalSchema.parse(JSON.parse(body)).signal;
  } catch {
    return null;
  }
};
