import * as z from 'zod';
import { StopBodySchema, controlRoutes } from '../../core/contracts/api/control.ts';
import { respondAlone } from '../api/alone.ts';
import { gateDeps, ApiEnv } from '../api/gate-deps.ts';
import { HttpEventSchema } from '../api/http.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { atEveryPlace, killSwitchPlaces } from '../adapters/kill-switch-places.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { readEnv } from '../shared/env.ts';
import { logger } from '../shared/telemetry.ts';
import { stopHandlers } from './api-stop.ts';

const env = readEnv({
  ...ApiEnv,
  MODE_PARAMETER: z.string().min(1),
  ACT_FUNCTION_NAME: z.string().min(1),
  ACT_ROLE_NAME: z.string().min(1),
  DENIAL_ARN: z.string().min(1),
  SIGNALS_MAPPING_ID: z.string().min(1),
});
const places = killSwitchPlaces({
  ActFunctionName: env.ACT_FUNCTION_NAME,
  ActRoleName: env.ACT_ROLE_NAME,
  DenialArn: env.DENIAL_ARN,
  SignalsMappingId: env.SIGNALS_MAPPING_ID,
  ModeParameterName: env.MODE_PARAMETER,
});
const stop = async (reason: string) => {
  const reports = await atEveryPlace(places, (place) => place.stop(reason));
  logger.warn('stopped', { reason, reports });
  return reports;
};
const respond = respondAlone(
  'stopEverything',
  controlRoutes.stopEverything,
  stopHandlers(stop).stopEverything,
  gateDeps(dynamodbClient(), env.TRAFFIC_TABLE, env.CALLER_REQUESTS),
);

/** A request of the HTTP API, or the task of somebody who may stop, by its worker. */
const StopInputSchema = z.union([StopBodySchema.extend({ command: z.literal('stop') }), HttpEventSchema]);

export const handler = agentHandler(StopInputSchema, (event): Promise<unknown> =>
  'command' in event ? stop(event.reason) : respond(event),
);
