import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
  /** `PutEvents`, from the X-Amz-Target header or the Action field. */
  readonly operation: string;
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  /** An object is sent as JSON, a text as XML. */
  readonly body: object | string;
  readonly delayMs?: number;
  /** The line is cut instead: the answer is lost, whatever was done. */
  readonly lost?: boolean;
}

export interface AwsEndpoint {
  readonly calls: readonly Call[];
  /** What a client of the SDK needs to talk to this endpoint instead of AWS. */
  readonly settings: {
    readonly endpoint: string;
    readonly region: string;
    readonly maxAttempts: number;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  readonly close: () => Promise<void>;
}

/**
 * A real HTTP endpoint with scripted answers, for what neither the emulator nor the local ECS can be made to say:
 * throttling, partial failures, pages, denials. The SDK itself is the real one.
 */
export const startAwsEndpoint = async (answer: (call: Call, index: number) => Answer): Promise<AwsEndpoint> => {
  const calls: Call[] = [];
  const server: Server = createServer((request, response) => {
    void read(request).then(async (body) => {
      const target = String(request.headers['x-amz-target'] ?? '');
      const operation = target.split('.').at(-1) || (new URLSearchParams(body).get('Action') ?? '');
      const call = { operation, body };
      const { status = 200, body: content, delayMs = 0, lost = false } = answer(call, calls.push(call) - 1);
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      if (lost) return request.socket.destroy();
      const isText = typeof content === 'string';
      response.writeHead(status, { 'content-type': isText ? 'text/xml' : 'application/x-amz-json-1.1' });
      response.end(isText ? content : JSON.stringify(content));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    calls,
    settings: {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'eu-west-1',
      maxAttempts: 1,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};

const read = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};
