import type * as z from 'zod';
import type { HealthSchema } from '../../core/contracts/api/agents.ts';
import type { EventReceiptSchema } from '../../core/contracts/api/events.ts';
import { ExternalEventSchema } from '../../core/contracts/api/events.ts';
import {
  ApprovalAnswerSchema,
  IncidentPathSchema,
  ListIncidentsQuerySchema,
} from '../../core/contracts/api/incidents.ts';
import type { Incident, IncidentStatus } from '../../core/contracts/incident.ts';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import { attemptsOf } from '../../core/explanation/timeline.ts';
import { receiptOf } from '../../core/approval/receipt.ts';
import type { Clock, Journal } from '../../core/shared/ports.ts';
import type { AnswerDeps } from '../shared/give-answer.ts';
import { giveAnswer } from '../shared/give-answer.ts';
import type { HttpEvent, HttpResponse } from './http.ts';
import { HttpProblem, bodyOf, callerOf, json, parsePart, problemResponse } from './http.ts';

export interface ApiDeps {
  readonly clock: Clock;
  readonly env: EnvironmentName;
  readonly journal: Pick<Journal, 'read'>;
  readonly incidents: {
    list(status: IncidentStatus | undefined, limit: number): Promise<readonly Incident[]>;
    get(incidentId: string): Promise<Incident | null>;
  };
  readonly approvals: AnswerDeps;
  readonly enqueue: (event: z.output<typeof ExternalEventSchema>) => Promise<void>;
}

type Route = (event: HttpEvent, deps: ApiDeps) => Promise<HttpResponse>;

/** Answers one request; whatever is wrong with it comes back as problem+json that names the field. */
export const route = async (event: HttpEvent, deps: ApiDeps): Promise<HttpResponse> => {
  try {
    const handle = ROUTES[event.routeKey];
    if (handle === undefined) throw new HttpProblem(404, 'Not found', `there is no ${event.routeKey}`);
    return await handle(event, deps);
  } catch (error) {
    if (error instanceof HttpProblem) return problemResponse(error);
    throw error;
  }
};

const listIncidents: Route = async (event, deps) => {
  const { status, limit } = parsePart(ListIncidentsQuerySchema, event.queryStringParameters ?? {}, 'query');
  return json(200, { incidents: await deps.incidents.list(status?.[0], limit), nextCursor: null });
};

const showIncident: Route = async (event, deps) => {
  const { id } = parsePart(IncidentPathSchema, event.pathParameters ?? {}, 'path');
  const [incident, journal] = await Promise.all([deps.incidents.get(id), deps.journal.read(id)]);
  if (incident === null) throw new HttpProblem(404, 'Not found', `there is no incident ${id} in ${deps.env}`);
  return json(200, { incident, attempts: attemptsOf(journal), journal, approval: null, feedback: [] });
};

const answerApproval: Route = async (event, deps) => {
  const approver = callerOf(event);
  const { id } = parsePart(IncidentPathSchema, event.pathParameters ?? {}, 'path');
  const body = parsePart(ApprovalAnswerSchema, bodyOf(event), 'body');
  const held = await giveAnswer(id, { ...body, approver }, deps.clock.now(), deps.approvals);
  if (!held.ok) throw new HttpProblem(409, 'Conflict', held.error);
  return json(200, receiptOf(held.value, { ...body, approver }));
};

const acceptEvent: Route = async (event, deps) => {
  callerOf(event);
  const external = parsePart(ExternalEventSchema, bodyOf(event), 'body');
  if (external.detail.env !== deps.env) {
    throw new HttpProblem(400, 'Invalid request', `body.detail.env: this is ${deps.env}, got ${external.detail.env}`);
  }
  await deps.enqueue(external);
  return json(202, { id: external.id, status: 'queued' } satisfies z.output<typeof EventReceiptSchema>);
};

const ROUTES: Readonly<Record<string, Route>> = {
  'GET /incidents': listIncidents,
  'GET /incidents/{id}': showIncident,
  'POST /incidents/{id}/approval': answerApproval,
  'POST /events': acceptEvent,
  'GET /health': (_event, deps) =>
    Promise.resolve(json(200, { status: 'ok', env: deps.env } satisfies z.output<typeof HealthSchema>)),
};
