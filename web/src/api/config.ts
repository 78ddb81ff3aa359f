import * as z from 'zod';
import { EnvironmentNameSchema } from '../../../core/contracts/workload.ts';
import { patience } from './http.ts';

/**
 * `config.json`, beside the dashboard: written when it is deployed, or by the local server. It holds addresses only,
 * nothing secret.
 */
export const SiteConfigSchema = z.object({
  env: EnvironmentNameSchema,
  /** Base of the HTTP API, without a slash at its end; a path for an API of the same origin. */
  apiUrl: z.string().min(1),
  /** Whether there is a WebSocket API for live updates; else the dashboard polls. */
  liveUpdates: z.boolean(),
  /** Minutes between two heartbeats of the Auto Healer; 0: none are expected, so that none is missed. */
  heartbeatMinutes: z.int().min(0).default(0),
  auth: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('cognito'),
      /** `https://<prefix>.auth.<region>.amazoncognito.com`. */
      domain: z.url(),
      clientId: z.string().min(1),
    }),
    /** The local cloud signs in by itself; one may choose as whom. */
    z.object({ kind: z.literal('local'), sessionUrl: z.string(), roles: z.array(z.string()).min(1) }),
  ]),
});
export type SiteConfig = z.output<typeof SiteConfigSchema>;

/** @throws Error that says what to do when the file is missing or wrong */
export const loadConfig = async (): Promise<SiteConfig> => {
  const response = await fetch('/config.json', { cache: 'no-cache', signal: patience() });
  if (!response.ok) throw new Error(`config.json answered ${response.status}: the dashboard is not fully deployed.`);
  const parsed = SiteConfigSchema.safeParse(await response.json());
  if (!parsed.success) throw new Error(`config.json: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
};
