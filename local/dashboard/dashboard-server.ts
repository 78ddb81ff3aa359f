import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import type { SignedIn } from '../../cli/system/sign-in.ts';
import { RoleSchema, type Role } from '../../core/contracts/api/route.ts';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import { parseJson } from '../../core/shared/parse-json.ts';
import { contentSecurityPolicy, PERMISSIONS_POLICY } from '../../lib/site/security-headers.ts';
import type { SiteFile } from './site-files.ts';
import { readSite } from './site-files.ts';

export interface DashboardOptions {
  /** Folder of the built dashboard. */
  readonly siteDir: string;
  readonly env: EnvironmentName;
  /** Base of the HTTP API; what comes below `/api` is handed on to it, so that all is of one origin. */
  readonly apiUrl: string;
  /** Origin of the WebSocket API; null: the dashboard polls. */
  readonly liveOrigin: string | null;
  /** Roles that one may be, the least first. */
  readonly roles: readonly Role[];
  readonly signIn: (role: Role) => Promise<SignedIn>;
}

export interface DashboardServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/**
 * Serves the dashboard on the loopback interface, as CloudFront would: same files, same policy. Only pages that it served
 * itself may ask it for a token: a request that names another host or comes from another origin gets nothing.
 */
export const serveDashboard = async (options: DashboardOptions): Promise<DashboardServer> => {
  const site = await readSite(options.siteDir);
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response, { ...options, site, host }).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      reply(response, 502, 'application/problem+json', problem(502, String(error)));
    });
  });
  return { url: `http://${host}/`, close: () => closeServer(server) };
};

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

interface Context extends DashboardOptions {
  readonly site: ReadonlyMap<string, SiteFile>;
  readonly host: string;
}

const answer = async (request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> => {
  const { pathname, search } = new URL(request.url ?? '/', `http://${context.host}`);
  // Another name for this address would be a page elsewhere that had its name resolved to here (DNS rebinding).
  if (request.headers.host !== context.host) return reply(response, 421, 'text/plain', 'ask for 127.0.0.1');
  if (pathname.startsWith('/api/')) return handOn(request, response, `${context.apiUrl}${pathname.slice(4)}${search}`);
  if (pathname === '/local/session') return session(request, response, context);
  if (request.method !== 'GET' && request.method !== 'HEAD') return reply(response, 405, 'text/plain', 'only GET');
  if (pathname === '/config.json') return reply(response, 200, 'application/json', siteConfig(context));
  serveFile(request, response, context, pathname);
};

const siteConfig = ({ env, liveOrigin, roles }: Context): string =>
  JSON.stringify({
    env,
    apiUrl: '/api',
    liveUpdates: liveOrigin !== null,
    auth: { kind: 'local', sessionUrl: '/local/session', roles },
  });

/** A path that is no file is a page: the dashboard itself finds out which. */
const serveFile = (
  { headers }: IncomingMessage,
  response: ServerResponse,
  { site, liveOrigin }: Context,
  pathname: string,
): void => {
  const file = site.get(pathname) ?? (pathname.startsWith('/assets/') ? undefined : site.get('/index.html'));
  if (file === undefined) return reply(response, 404, 'text/plain', 'there is no such file');
  const isZipped = /\bgzip\b/.test(String(headers['accept-encoding'] ?? ''));
  response.writeHead(200, {
    'content-type': file.type,
    'cache-control': file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    'content-security-policy': contentSecurityPolicy(liveOrigin === null ? [] : [liveOrigin]),
    'permissions-policy': PERMISSIONS_POLICY,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    ...(isZipped ? { 'content-encoding': 'gzip' } : {}),
  });
  response.end(isZipped ? file.zipped : file.plain);
};

const SessionBodySchema = z.object({ role: RoleSchema });

const session = async (request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> => {
  if (request.method !== 'POST' || request.headers.origin !== `http://${context.host}`) {
    return reply(response, 403, 'application/problem+json', problem(403, 'only the dashboard itself may sign in here'));
  }
  const body = SessionBodySchema.safeParse(await jsonOf(request));
  if (!body.success || !context.roles.includes(body.data.role)) {
    const detail = `role must be one of ${context.roles.join(', ')}`;
    return reply(response, 400, 'application/problem+json', problem(400, detail));
  }
  reply(response, 200, 'application/json', JSON.stringify(await context.signIn(body.data.role)));
};

const MAX_BODY_BYTES = 10_000;

const jsonOf = async (request: IncomingMessage): Promise<unknown> => {
  let text = '';
  for await (const chunk of request as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
    if (text.length > MAX_BODY_BYTES) return null;
  }
  return parseJson(text);
};

const problem = (status: number, detail: string): string =>
  JSON.stringify({ type: 'about:blank', title: 'Local dashboard', status, detail });

const reply = (response: ServerResponse, status: number, type: string, body: string): void => {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
};

/** Headers that the API reads; cookies and the rest stay here. */
const HANDED_ON = ['authorization', 'content-type', 'content-length', 'idempotency-key', 'if-match', 'if-none-match'];

/** Without keep-alive: the emulator closes connections after a GET without saying so. */
const handOn = (request: IncomingMessage, response: ServerResponse, url: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const headers = Object.fromEntries(
      HANDED_ON.flatMap((name) => (request.headers[name] === undefined ? [] : [[name, request.headers[name]]])),
    );
    const onward = httpRequest(url, { method: request.method, headers, agent: false }, (answered) => {
      const kept = ['content-type', 'etag', 'retry-after', 'cache-control'] as const;
      response.writeHead(
        answered.statusCode ?? 502,
        Object.fromEntries(
          kept.flatMap((name) => (answered.headers[name] === undefined ? [] : [[name, answered.headers[name]]])),
        ),
      );
      answered.pipe(response);
      answered.on('end', resolve);
    });
    onward.on('error', reject);
    request.pipe(onward);
  });
