import type { Incident, IncidentStatus } from '../../core/contracts/incident.ts';
import { IncidentIdSchema } from '../../core/contracts/loop-state.ts';
import { CliError } from './cli-error.ts';
import { commandFor } from './connect.ts';
import type { Kintsugi } from './kintsugi.ts';

/** Newest incidents among which a short form is looked for. */
const SEARCHED = 100;

/**
 * The incident that a person means: a whole id, `latest`, or a part of an id that only one has (its beginning, with or
 * without `inc-`, or its end).
 *
 * @param status - only incidents of this status can be meant by a short form
 * @throws CliError that says what could have been meant
 */
export const findIncident = async (kintsugi: Kintsugi, wanted: string, status?: IncidentStatus): Promise<Incident> => {
  const { env } = kintsugi.connection;
  const list = commandFor(kintsugi.connection, 'incidents');
  if (IncidentIdSchema.safeParse(wanted).success) {
    const incident = await kintsugi.incident(wanted);
    if (incident !== null) return incident;
    throw new CliError(`there is no incident ${wanted} in ${env}. List them with: ${list}`);
  }
  const incidents = await kintsugi.incidents(status, SEARCHED);
  const which = status === undefined ? '' : ` that is ${status.replace('_', ' ')}`;
  if (wanted === 'latest') {
    const [newest] = incidents;
    if (newest !== undefined) return newest;
    throw new CliError(`there is no incident${which} in ${env}.`);
  }
  const matches = incidents.filter(({ incidentId }) => isMeant(incidentId, wanted));
  const [match] = matches;
  if (match !== undefined && matches.length === 1) return match;
  if (match === undefined) {
    throw new CliError(
      `no incident${which} in ${env} begins or ends with '${wanted}'. Give an id, a unique part of one, or 'latest'; list them with: ${list}`,
    );
  }
  const ids = matches.slice(0, 5).map(({ incidentId }) => `  ${incidentId}`);
  throw new CliError([`'${wanted}' can mean ${matches.length} incidents:`, ...ids].join('\n'));
};

const isMeant = (incidentId: string, wanted: string): boolean =>
  wanted.length >= 2 &&
  (incidentId.startsWith(wanted) || incidentId.startsWith(`inc-${wanted}`) || incidentId.endsWith(`-${wanted}`));
