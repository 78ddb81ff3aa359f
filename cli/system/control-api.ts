import * as z from 'zod';

/** What the local cloud's control endpoint takes and gives: `GET`, `POST` and `DELETE /faults`. */
export const InjectRequestSchema = z.object({ fault: z.string(), service: z.string().nullable().default(null) });

export const ActiveFaultSchema = z.object({
  fault: z.string(),
  service: z.string(),
  kind: z.enum(['fault', 'control']),
  happens: z.string(),
  since: z.iso.datetime(),
});
export type ActiveFault = z.output<typeof ActiveFaultSchema>;

export const ActiveFaultsSchema = z.object({ faults: z.array(ActiveFaultSchema) });
export const ControlProblemSchema = z.object({ detail: z.string() });
