import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { cedarRoles } from '../adapters/cedar-roles.ts';
import { loadCedar } from '../adapters/cedar.ts';
import { systemClock } from '../adapters/clock.ts';
import { dynamodbIdempotency } from '../adapters/dynamodb-idempotency.ts';
import { sha256 } from '../adapters/sha256.ts';
import { asset } from '../shared/asset.ts';
import { CommonEnv } from '../shared/env.ts';
import { takeFrom } from './allowance.ts';
import type { GateDeps, Objection } from './gate.ts';

/** What every function of the API is told. */
export const ApiEnv = {
  ...CommonEnv,
  TRAFFIC_TABLE: z.string().min(1),
  /** Requests of one caller: in ten seconds, and in a day. */
  CALLER_REQUESTS: z.string().regex(/^\d+\/\d+$/),
};

/** The policies, parsed when they are first needed; a set that cannot be parsed permits nothing, ever. */
const objections = (): Objection => {
  let decide: Promise<ReturnType<typeof cedarRoles>> | undefined;
  const load = async () =>
    cedarRoles(await loadCedar(), { schema: asset('roles.cedarschema'), policies: asset('roles.cedar') });
  return async (caller, operation) => (await (decide ??= load()))(caller, operation);
};

/** What stands before every handler, over the tables of this environment. */
export const gateDeps = (client: DynamoDBDocumentClient, table: string, allowance: string): GateDeps => ({
  clock: systemClock,
  sha256,
  objection: objections(),
  idempotency: dynamodbIdempotency(client, table, systemClock),
  take: takeFrom(client, table, allowance),
});
