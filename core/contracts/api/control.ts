import * as z from 'zod';
import { ModeSchema } from '../limits.ts';
import type { RouteSpec } from './route.ts';

/** `reason` tells where the mode comes from, or why it counts as off. */
export const ModeStateSchema = z.object({ mode: ModeSchema, reason: z.string() });
export const ModeBodySchema = z.strictObject({ mode: ModeSchema });

export const StopBodySchema = z.strictObject({ reason: z.string().min(1).max(500) });
/** Each place that alone is enough to stop, and whether it was reached. */
export const StopReportSchema = z.object({
  stopped: z.boolean(),
  places: z.array(z.object({ place: z.string(), stopped: z.boolean(), detail: z.string() })),
});

export const controlRoutes = {
  showMode: {
    method: 'GET',
    path: '/mode',
    role: 'viewer',
    tag: 'control',
    summary: 'Show the operating mode',
    status: 200,
    response: ModeStateSchema,
  },
  setMode: {
    method: 'PUT',
    path: '/mode',
    role: 'admin',
    tag: 'control',
    summary: 'Change the operating mode',
    description:
      'Needs the ETag of the mode that is to be changed, so that nobody undoes what he has not seen. Off is left by `kintsugi resume` alone, which opens all places of the kill switch.',
    body: ModeBodySchema,
    status: 200,
    response: ModeStateSchema,
    problems: [409, 412, 428],
    ifMatch: true,
  },
  stopEverything: {
    method: 'POST',
    path: '/stop',
    role: 'operator',
    tag: 'control',
    summary: 'Stop every automatic action, at once and in every place',
    description: 'Each place stops everything by itself; one that could not be closed says why.',
    body: StopBodySchema,
    status: 200,
    response: StopReportSchema,
  },
} as const satisfies Readonly<Record<string, RouteSpec>>;
