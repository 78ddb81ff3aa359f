import * as z from 'zod';
import { IncidentIdSchema } from './loop-state.ts';
import { EnvironmentNameSchema } from './workload.ts';

/** The end of one incident's chain, as it was when the checkpoint was made. */
export const CheckpointHeadSchema = z.object({
  incidentId: IncidentIdSchema,
  seq: z.int().min(0),
  hash: z.string().length(64),
});
export type CheckpointHead = z.output<typeof CheckpointHeadSchema>;

/**
 * A signed statement of how long which chains were: kept where nobody can change it, so that records that are missing
 * at a chain's end, or a whole chain, are missed. `hash` covers the canonical JSON of everything but hash and signature.
 */
export const CheckpointSchema = z.object({
  schemaVersion: z.literal(1),
  env: EnvironmentNameSchema,
  /** Counted from 1 without gaps. */
  number: z.int().min(1),
  at: z.iso.datetime(),
  prevHash: z.string().length(64),
  heads: z.array(CheckpointHeadSchema).min(1),
  hash: z.string().length(64),
  signature: z.object({
    keyArn: z.string().min(1),
    algorithm: z.literal('ECDSA_SHA_256'),
    /** Base64 of the DER signature over the SHA-256 digest that `hash` writes in hex. */
    value: z.base64(),
  }),
});
export type Checkpoint = z.output<typeof CheckpointSchema>;
