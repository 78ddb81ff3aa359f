import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import type { Role, RouteSpec } from '../../core/contracts/api/route.ts';
import { RoleSchema } from '../../core/contracts/api/route.ts';
import type { OperationId } from '../../core/contracts/api/routes.ts';
import { ROUTES, SERVED } from '../../core/contracts/api/routes.ts';
import type { Incident } from '../../core/contracts/incident.ts';
import type { Mode } from '../../core/contracts/limits.ts';
import * as recorded from './recorded-answers.ts';
import * as figures from './recorded-figures.ts';
import * as requests from './recorded-requests.ts';

export interface RecordedApi {
  readonly url: string;
  /** Operations that were asked for with something other than GET, with their bodies, in order. */
  readonly sent: readonly { readonly operation: OperationId; readonly body: unknown }[];
  /** From now on every request fails with this status; null: it answers again. */
  readonly failWith: (status: number | null) => void;
  readonly close: () => Promise<void>;
}

/** A token as the user pool would give it, unsigned: nothing but this API would take it. */
export const unsignedToken = (role: string): string => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  return `${part({ alg: 'none' })}.${part({ exp, email: `${role}@shop.example`, 'cognito:groups': [role] })}.`;
};

const ClaimsSchema = z.object({ email: z.string(), 'cognito:groups': z.array(RoleSchema) });

const callerOf = (request: IncomingMessage): { readonly name: string; readonly role: Role } | null => {
  const payload = /^Bearer [^.]+\.([^.]+)\.$/.exec(request.headers.authorization ?? '')?.[1];
  if (payload === undefined) return null;
  const claims = ClaimsSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
  return { name: claims.email, role: claims['cognito:groups'][0] ?? 'viewer' };
};

const may = (role: Role, route: RouteSpec): boolean =>
  route.role === null || RoleSchema.options.indexOf(role) >= RoleSchema.options.indexOf(route.role);

interface Asked {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly caller: { readonly name: string; readonly role: Role };
}

/** An API that answers from records. Every answer is parsed by the contract, so that it cannot say what the real one would not. */
export const startRecordedApi = async (oldIncidents = 0): Promise<RecordedApi> => {
  const sent: { operation: OperationId; body: unknown }[] = [];
  const incidents: Incident[] = [...recorded.theIncidents(), ...recorded.oldIncidents(oldIncidents)];
  let mode: Mode = 'auto';
  let failure: number | null = null;

  const answers: Partial<Record<OperationId, (asked: Asked) => unknown>> = {
    listIncidents: ({ query }) => pageOf(incidents, query),
    showIncident: ({ params }) => {
      const incident = incidents.find(({ incidentId }) => incidentId === params['id']);
      return incident === undefined ? null : recorded.detailOf(incident);
    },
    verifyIncident: ({ params }) => ({
      incidentId: params['id'],
      sound: true,
      records: 9,
      head: 'a'.repeat(64),
      faults: [],
      checkedAt: new Date().toISOString(),
    }),
    listApprovals: () => ({
      approvals: incidents
        .filter(({ status }) => status === 'awaiting_approval')
        .map((incident) => ({ incident, approval: recorded.theApproval() })),
    }),
    answerApproval: ({ params, body, caller }) => {
      const index = incidents.findIndex(({ incidentId }) => incidentId === params['id']);
      const { answer } = body as { readonly answer: string };
      const incident = incidents[index];
      if (incident !== undefined)
        incidents[index] = { ...incident, status: answer === 'approve' ? 'open' : 'escalated' };
      return {
        incidentId: params['id'],
        answer,
        approver: caller.name,
        actionId: 'rollback',
        status: 'done',
        steps: answer === 'takeover' ? recorded.theApproval().proposal.steps : [],
      };
    },
    giveFeedback: ({ params, body, caller }) => ({
      ...(body as object),
      incidentId: params['id'],
      person: caller.name,
      at: new Date().toISOString(),
    }),
    listWorkloads: recorded.theWorkloads,
    showTopology: recorded.theTopology,
    showSeries: ({ params, query }) => figures.theSeries(params['id'] ?? '', query),
    listDeployments: ({ params }) => recorded.theDeployments(params['id'] ?? ''),
    listAgents: recorded.theAgents,
    showCatalogue: recorded.theCatalogue,
    showModelTable: ({ params, query }) => recorded.theModel(params['version'] ?? '', query.get('tier') ?? ''),
    listModels: requests.theVersions,
    compareModels: ({ params, query }) => requests.theDifferences(params['version'] ?? '', query.get('tier') ?? ''),
    promoteModel: ({ params }) => requests.theTrial(params['version'] ?? ''),
    listPolicies: requests.thePolicies,
    simulatePolicies: requests.theSimulation,
    summariseMetrics: figures.theSummary,
    showHeatMap: figures.theHeatMap,
    showLearningCurve: figures.theCurve,
    showMode: () => ({ mode, reason: 'set in the mode parameter' }),
    setMode: ({ body }) => {
      mode = (body as { readonly mode: Mode }).mode;
      return { mode, reason: 'set in the mode parameter' };
    },
    stopEverything: () => {
      mode = 'off';
      return requests.theStopReport();
    },
    chat: ({ body }) => requests.theChatAnswer((body as { readonly message: string }).message),
    showTask: ({ params }) => requests.theTask(params['id'] ?? ''),
    pollEvents: () => ({ events: [], lastEventId: null, gap: false }),
    showCaller: ({ caller }) => ({
      caller: caller.name,
      roles: [caller.role],
      operations: SERVED.filter(([, route]) => may(caller.role, route)).map(([operation]) => operation),
    }),
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const reply = (status: number, body: unknown): void => {
      const type = status < 400 ? 'application/json' : 'application/problem+json';
      response.writeHead(status, { 'content-type': type, etag: '"recorded"' });
      response.end(JSON.stringify(body));
    };
    const problem = (status: number, detail: string): void =>
      reply(status, { type: 'about:blank', title: 'Refused', status, detail });
    if (failure !== null) return problem(failure, 'failed on purpose');
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://recorded');
    const found = findRoute(request.method ?? 'GET', pathname);
    const caller = callerOf(request);
    if (found === null) return problem(404, `there is no ${pathname}`);
    if (caller === null) return problem(401, 'there is no token');
    const [operation, params] = found;
    const route: RouteSpec = ROUTES[operation];
    if (!may(caller.role, route))
      return problem(403, `${operation} needs the role ${route.role}; you are ${caller.role}`);
    const body = route.method === 'GET' ? undefined : await jsonOf(request);
    if (route.method !== 'GET') sent.push({ operation, body: route.body?.parse(body) });
    const answer = answers[operation]?.({ params, query, body, caller });
    if (answer === undefined || answer === null) return problem(404, `there is nothing recorded for ${operation}`);
    reply(route.status, route.response.parse(answer));
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent,
    failWith: (status) => (failure = status),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const findRoute = (
  method: string,
  pathname: string,
): readonly [OperationId, Readonly<Record<string, string>>] | null => {
  for (const [operation, route] of SERVED) {
    if (route.method !== method) continue;
    const pattern = new RegExp(`^${route.path.replaceAll('.', '\\.').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
    const match = pattern.exec(pathname);
    if (match !== null) return [operation, { ...match.groups }];
  }
  return null;
};

const jsonOf = async (request: IncomingMessage): Promise<unknown> => {
  let text = '';
  for await (const chunk of request as AsyncIterable<Buffer>) text += chunk.toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
};

/** Filters and pages as the contract says: a cursor stands for the place where the next page begins. */
const pageOf = (incidents: readonly Incident[], query: URLSearchParams) => {
  const status = query.get('status')?.split(',');
  const text = query.get('text')?.toLowerCase();
  const workload = query.get('workload');
  const since = query.get('since') ?? '';
  const matching = incidents.filter(
    (incident) =>
      (status === undefined || status.includes(incident.status)) &&
      (workload === null || incident.workloadId === workload) &&
      incident.openedAt >= since &&
      (text === undefined || JSON.stringify(incident).toLowerCase().includes(text)),
  );
  const limit = Number(query.get('limit') ?? 25);
  const from = Number(query.get('cursor')?.slice('from'.length) ?? 0);
  const next = from + limit;
  return { incidents: matching.slice(from, next), nextCursor: next < matching.length ? `from${next}` : null };
};
