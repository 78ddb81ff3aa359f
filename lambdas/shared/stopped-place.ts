import * as z from 'zod';

/** What became of one place of the kill switch; `detail` says what was done, or why it could not be. */
export const StoppedPlaceSchema = z.object({ place: z.string(), ok: z.boolean(), detail: z.string() });
export type StoppedPlace = Readonly<z.output<typeof StoppedPlaceSchema>>;
