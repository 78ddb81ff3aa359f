import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { chatCompletions } from '../../../lambdas/adapters/chat-completions.ts';

interface Asked {
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

let server: Server;
let asked: Asked[];
let answer: { readonly status: number; readonly body: string };

beforeEach(async () => {
  asked = [];
  answer = { status: 200, body: JSON.stringify({ choices: [{ message: { content: '{"choice": 2}' } }] }) };
  server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push({ path: request.url, authorization: request.headers.authorization, body: JSON.parse(body) });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const model = () => ({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`, model: 'small' });

test("asks OpenAI's chat completions, with the key as a bearer token", async () => {
  const complete = chatCompletions(model(), () => Promise.resolve('secret'));
  expect(await complete('you choose', 'restart it')).toBe('{"choice": 2}');
  expect(asked).toEqual([
    {
      path: '/v1/chat/completions',
      authorization: 'Bearer secret',
      body: {
        model: 'small',
        temperature: 0,
        max_tokens: 50,
        messages: [
          { role: 'system', content: 'you choose' },
          { role: 'user', content: 'restart it' },
        ],
      },
    },
  ]);
});

test('asks without a token where there is no key', async () => {
  await chatCompletions(model(), () => Promise.resolve(null))('you choose', 'restart it');
  expect(asked[0]?.authorization).toBeUndefined();
});

test.each([
  ['a refusal', { status: 429, body: '{}' }, /answered 429/],
  ['what is no JSON', { status: 200, body: 'hello' }, /JSON/],
  ['an answer of another shape', { status: 200, body: '{"choices": []}' }, /choices/],
])('%s is an error, for whoever asked to go on without it', async (_, wrong, message) => {
  answer = wrong;
  await expect(chatCompletions(model(), () => Promise.resolve(null))('you choose', 'it')).rejects.toThrow(message);
});
