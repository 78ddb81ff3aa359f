import * as z from 'zod';
import type { RouteSpec } from '../contracts/api/route.ts';
import { ProblemSchema, TAGS } from '../contracts/api/route.ts';
import { SERVED } from '../contracts/api/routes.ts';
import { EventDetailSchema } from '../contracts/event.ts';
import { IncidentSchema } from '../contracts/incident.ts';
import { JournalRecordSchema } from '../contracts/journal.ts';
import { WorkloadSchema } from '../contracts/workload.ts';
import { FeedbackSchema, PendingApprovalSchema } from '../contracts/api/incidents.ts';
import { LiveEventSchema } from '../contracts/api/events.ts';
import { TaskSchema } from '../contracts/api/tasks.ts';
import type { ProblemStatus } from './problems.ts';
import { problemsOf, PROBLEMS } from './problems.ts';

type Json = Readonly<Record<string, unknown>>;

/** Answers that several routes share are written once. */
const COMPONENTS: Readonly<Record<string, z.ZodType>> = {
  Problem: ProblemSchema,
  Incident: IncidentSchema,
  JournalRecord: JournalRecordSchema,
  Workload: WorkloadSchema,
  EventDetail: EventDetailSchema,
  LiveEvent: LiveEventSchema,
  Feedback: FeedbackSchema,
  PendingApproval: PendingApprovalSchema,
  Task: TaskSchema,
};

const IDEMPOTENCY_KEY: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'The same key with the same request gets the first answer again, for a day; with another request, 422.',
  schema: { type: 'string', minLength: 8, maxLength: 128, pattern: '^[A-Za-z0-9_-]+$' },
};
const IF_NONE_MATCH: Json = {
  name: 'If-None-Match',
  in: 'header',
  description: 'ETag of an earlier answer: 304 when it is still the same.',
  schema: { type: 'string' },
};
const IF_MATCH: Json = {
  name: 'If-Match',
  in: 'header',
  description: 'ETag of the version that is to be changed. Without it: 428; with another one: 412.',
  schema: { type: 'string' },
};

/**
 * The OpenAPI 3.1 document of every route that is served.
 *
 * Its schemas are those that requests are parsed with, so that it cannot say anything else than the API does.
 */
export const openApiDocument = (): Json => {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(COMPONENTS)) registry.add(schema, { id });
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [operationId, route] of SERVED) {
    const operations = (paths[route.path] ??= {});
    operations[route.method.toLowerCase()] = operation(operationId, route, registry);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Kintsugi',
      version: '1',
      description:
        'Incidents, approvals, workloads, learning and control of one environment of Kintsugi, which heals AWS workloads. ' +
        'Every problem is answered as application/problem+json (RFC 9457) and names the fields that are wrong.',
    },
    servers: [{ url: '/', description: 'The environment that serves this document' }],
    tags: Object.entries(TAGS)
      .map(([name, description]) => ({ name, description }))
      .sort((a, b) => a.name.localeCompare(b.name)),
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'Token of a user of the Cognito user pool; groups are roles.',
        },
      },
      schemas: Object.fromEntries(
        Object.entries(COMPONENTS).map(([id, schema]) => [id, jsonSchema(schema, registry, id)]),
      ),
    },
  };
};

/** What API Gateway answers by itself, before any of our code: a token that it refuses, its own throttle, no integration. */
const BY_GATEWAY: ReadonlySet<ProblemStatus> = new Set([401, 403, 404, 413, 429, 503] as const);
const GATEWAY_MESSAGE: Json = { type: 'object', properties: { message: { type: ['string', 'null'] } } };

const operation = (operationId: string, route: RouteSpec, registry: Registry): Json => {
  const parameters = [
    ...parametersOf(route.params, 'path'),
    ...parametersOf(route.query, 'query'),
    ...(route.ifMatch === true ? [IF_MATCH] : []),
    ...(route.page === true ? [] : [route.method === 'GET' ? IF_NONE_MATCH : IDEMPOTENCY_KEY]),
  ];
  const description = [
    `${route.summary}.`,
    route.description,
    route.role === null ? 'Needs no token.' : `For the role ${route.role} and those above it.`,
  ].filter((part) => part !== undefined);
  return {
    operationId,
    tags: [route.tag],
    summary: route.summary,
    description: description.join(' '),
    ...(route.role === null ? { security: [] } : {}),
    parameters,
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: { [requestType(route)]: { schema: inputSchema(route.body) } } } }),
    responses: {
      [route.status]: {
        description: 'Success',
        ...(route.page === true ? {} : { headers: { ETag: { schema: { type: 'string' } } } }),
        content: { [answerType(route)]: { schema: jsonSchema(route.response, registry) } },
      },
      ...(route.method === 'GET' && route.page !== true
        ? { 304: { description: 'Unchanged since the given ETag' } }
        : {}),
      ...Object.fromEntries(
        problemsOf(route).map((status) => [
          status,
          {
            description: PROBLEMS[status],
            content: {
              ...(route.page === true
                ? { 'text/html': { schema: { type: 'string' } } }
                : { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }),
              ...(BY_GATEWAY.has(status) ? { 'application/json': { schema: GATEWAY_MESSAGE } } : {}),
            },
          },
        ]),
      ),
    },
  };
};

const requestType = ({ page }: RouteSpec): string =>
  page === true ? 'application/x-www-form-urlencoded' : 'application/json';
const answerType = ({ page }: RouteSpec): string => (page === true ? 'text/html' : 'application/json');

const parametersOf = (schema: z.ZodObject | undefined, place: 'path' | 'query'): Json[] => {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = inputSchema(schema) as {
    readonly properties?: Readonly<Record<string, Json>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    description: PARAMETERS[name] ?? name,
    ...(place === 'path' || required.includes(name) ? { required: true } : {}),
    ...(property['type'] === 'array' ? { style: 'form', explode: false } : {}),
    schema: property,
  }));
};

/** What parameters mean; a name means the same wherever it is used. */
const PARAMETERS: Readonly<Record<string, string>> = {
  id: 'Id, as the list of the same path gives it',
  version: 'Version of the model; `live` is the one that decides now',
  tier: 'Tier of workloads that share what was learned about them',
  status: 'Only those with one of these statuses',
  workload: 'Only of this workload',
  since: 'Beginning of the period, included',
  until: 'End of the period, not included',
  text: 'Only those with this text in them; capitals do not matter',
  limit: 'The most items of the answer',
  cursor: '`nextCursor` of the page before',
  token: 'What a link allows, signed; messages hold it',
  block: 'Incidents in each point of the curve',
  after: 'Id of the last event that was received; without it, the newest events',
  events: 'Only events with one of these names',
  incident: 'Only of this incident',
};

type Registry = z.core.$ZodRegistry<{ id: string }>;

/** What is taken: fields with a default may be left out. */
const inputSchema = (schema: z.ZodType): Json => clean(z.toJSONSchema(schema, { io: 'input' }));

/** What is given: further fields may come with a later version, so a reader must not mind them. */
const jsonSchema = (schema: z.ZodType, registry: Registry, self?: string): Json => {
  const metadata = self === undefined ? registry : without(registry, self, schema);
  const converted = z.toJSONSchema(schema, {
    io: 'output',
    metadata,
    override: ({ jsonSchema: node }) => {
      if (node.additionalProperties === false) delete node.additionalProperties;
    },
  });
  return clean(converted);
};

/** A component refers to the others, and not to itself. */
const without = (_registry: Registry, self: string, schema: z.ZodType): Registry => {
  const others = z.registry<{ id: string }>();
  for (const [id, other] of Object.entries(COMPONENTS)) {
    if (id !== self && other !== schema) others.add(other, { id });
  }
  return others;
};

/** References lead to the document's components instead of a schema's own definitions. */
const clean = (schema: object): Json => {
  const {
    $schema: _,
    $defs: __,
    ...rest
  } = JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as Record<string, unknown>;
  return rest;
};
