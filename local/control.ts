import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ActiveFault, InjectRequestSchema } from '../cli/system/control-api.ts';
import { notAllowed } from '../cli/terminal/words.ts';
import { parseJson } from '../core/shared/parse-json.ts';
import type { Clear, FaultContext, FaultName } from './faults/fault.ts';
import { faultNames, faults, inject } from './faults/faults.ts';

/** Breaks the shop on purpose, and remembers what was broken. */
export interface FaultBench {
  readonly active: () => readonly ActiveFault[];
  /** @throws BadRequestError naming what is allowed */
  readonly breakIt: (fault: string, service: string | null) => Promise<ActiveFault>;
  /** Takes every fault away; returns what was taken away. */
  readonly clear: () => Promise<readonly ActiveFault[]>;
}

/** What was asked for does not exist or is not possible; the message names what is. */
export class BadRequestError extends Error {
  override readonly name = 'BadRequestError';
}

const isFaultName = (name: string): name is FaultName => (faultNames as readonly string[]).includes(name);

export const faultBench = (context: FaultContext): FaultBench => {
  let broken: { readonly fault: ActiveFault; readonly clear: Clear }[] = [];
  return {
    active: () => broken.map(({ fault }) => fault),
    breakIt: async (name, service) => {
      if (!isFaultName(name)) throw new BadRequestError(notAllowed('fault', name, faultNames));
      const target = service ?? context.shop.nameOf(faults[name].defaultService);
      const allowed = faults[name].services.map(context.shop.nameOf);
      if (!allowed.includes(target)) throw new BadRequestError(notAllowed(`service for ${name}`, target, allowed));
      const clear = await inject(context, name, target);
      const { kind, happens } = faults[name];
      const fault = { fault: name, service: target, kind, happens, since: new Date().toISOString() };
      broken.push({ fault, clear });
      return fault;
    },
    clear: async () => {
      const taken = broken;
      broken = [];
      // The last one first: a release on top of a release is taken back before the one below it.
      for (const { clear } of taken.toReversed()) await clear();
      return taken.map(({ fault }) => fault);
    },
  };
};

export interface ControlEndpoint {
  readonly url: string;
  readonly token: string;
  readonly close: () => Promise<void>;
}

const MAX_BODY_BYTES = 10_000;

/**
 * Opens the control endpoint of the running local cloud on the loopback interface. Every request must carry the token,
 * which only the owner of `.kintsugi/local.json` can read: a web page that finds the port can do nothing.
 */
export const openControl = async (bench: FaultBench): Promise<ControlEndpoint> => {
  const token = randomBytes(24).toString('hex');
  const server = createServer((request, response) => void answer(request, response, token, bench));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, token, close: () => closeServer(server) };
};

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

const answer = async (
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
  bench: FaultBench,
): Promise<void> => {
  const reply = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  try {
    if (!isAuthorised(request, token)) return reply(401, { detail: 'the token is missing or wrong' });
    switch (`${request.method ?? ''} ${request.url ?? ''}`) {
      case 'GET /faults':
        return reply(200, { faults: bench.active() });
      case 'DELETE /faults':
        return reply(200, { faults: await bench.clear() });
      case 'POST /faults': {
        const wanted = InjectRequestSchema.safeParse(await bodyOf(request));
        if (!wanted.success) throw new BadRequestError('the body must be {"fault": name, "service": name or null}');
        return reply(201, await bench.breakIt(wanted.data.fault, wanted.data.service));
      }
      default:
        return reply(404, { detail: 'there is GET, POST and DELETE /faults' });
    }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    reply(error instanceof BadRequestError ? 400 : 500, { detail });
  }
};

const isAuthorised = (request: IncomingMessage, token: string): boolean => {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
};

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new BadRequestError(`the body is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  const body = parseJson(Buffer.concat(chunks).toString('utf8'));
  if (body === undefined) throw new BadRequestError('the body is not JSON');
  return body;
};
