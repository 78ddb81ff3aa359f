import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';

const PayloadSchema = z.object({
  text: z.string(),
  blocks: z.array(z.object({ type: z.string(), text: z.object({ text: z.string() }).optional() })),
});

/** What a webhook was sent, as its readers see it. */
export interface Received {
  readonly text: string;
  /** Every section, in order. */
  readonly sections: readonly string[];
  /** Addresses by the labels of links. */
  readonly links: Readonly<Record<string, string>>;
}

export interface WebhookReceiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** Counts everything that came until now as given. */
  forget(): void;
  /** The first message that is like this, and was not given before; waits for it. */
  next(pattern: RegExp, timeoutMs: number): Promise<Received>;
  close(): Promise<void>;
}

/** A chat's incoming webhook: takes what Slack takes. */
export const startWebhookReceiver = async (): Promise<WebhookReceiver> => {
  const received: Received[] = [];
  const given = new Set<Received>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const { text, blocks } = PayloadSchema.parse(JSON.parse(body));
      const sections = blocks.flatMap((block) => (block.text === undefined ? [] : [block.text.text]));
      const links = sections.flatMap((section) => {
        const [, url, label] = /^<(\S+?)\|(.*)>$/.exec(section) ?? [];
        return url === undefined || label === undefined ? [] : [[label, url] as const];
      });
      received.push({ text, sections, links: Object.fromEntries(links) });
      response.end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    forget: () => received.forEach((one) => given.add(one)),
    next: async (pattern, timeoutMs) => {
      for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(200)) {
        const found = received.find((one) => !given.has(one) && pattern.test(one.text));
        if (found !== undefined) {
          given.add(found);
          return found;
        }
      }
      const texts = received.map(({ text }) => text).join('\n  ');
      throw new Error(`nothing like ${String(pattern)} came within ${timeoutMs} ms; there came:\n  ${texts}`);
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};
