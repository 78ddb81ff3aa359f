import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { setTimeout as sleep } from 'node:timers/promises';
import { restoreShop } from '../../bench/matrix/run.ts';
import type { Watcher } from '../../bench/matrix/watcher.ts';
import { watcherOf } from '../../bench/matrix/watcher.ts';
import { IncidentDetailSchema } from '../../core/contracts/api/incidents.ts';
import type { Incident } from '../../core/contracts/incident.ts';
import { inject } from '../../local/faults/faults.ts';
import type { Clear } from '../../local/faults/fault.ts';
import type { LocalCloud } from '../../local/local-cloud.ts';
import { startLocalCloud } from '../../local/local-cloud.ts';
import type { ApiClient } from '../integration/support/api-client.ts';
import { signIn } from '../integration/support/api-client.ts';
import type { Received, WebhookReceiver } from '../support/webhook-receiver.ts';
import { startWebhookReceiver } from '../support/webhook-receiver.ts';

/**
 * Manual mode in the deployed system: a real fault, the question at a real webhook, the answer by the signed link in it.
 */
const ASKED_MS = 60_000;
const ENDED_MS = 90_000;
/** Silence is announced after two thirds of it. */
const APPROVAL_SECONDS = 90;

let cloud: LocalCloud;
let watcher: Watcher;
let chat: WebhookReceiver;
let api: ApiClient;
let ssm: SSMClient;
let clear: Clear = () => Promise.resolve();

const put = (Name: string, Value: string, Type: 'String' | 'SecureString') =>
  ssm.send(new PutParameterCommand({ Name, Value, Type, Overwrite: true }));

beforeAll(async () => {
  chat = await startWebhookReceiver();
  cloud = await startLocalCloud({ dir: process.cwd(), limits: { approvalTtlSeconds: APPROVAL_SECONDS } });
  watcher = watcherOf(cloud);
  api = await signIn(cloud);
  ssm = new SSMClient({ endpoint: cloud.endpoint });
  await put('/kintsugi/dev/webhooks/chat', chat.url, 'SecureString');
}, 300_000);

afterAll(async () => {
  await cloud?.stop();
  await chat?.close();
}, 30_000);

beforeEach(async () => {
  // Whatever putting the shop back sets off heals by itself: only the fault of a test is a question.
  await put('/kintsugi/dev/mode', 'auto', 'String');
  await restoreShop(cloud.faultContext(), watcher);
  await watcher.forgetHistory(cloud.faultContext().shop.services);
  await put('/kintsugi/dev/mode', 'manual', 'String');
  chat.forget();
}, 180_000);
afterEach(() => clear());

/** Hangs a task of payments; the question about it, as the chat gets it. */
const ask = async (): Promise<Received & { readonly incidentId: string }> => {
  clear = await inject(cloud.faultContext(), 'hang');
  const question = await chat.next(/^\[dev\] Approval wanted: .* on payments \(/, ASKED_MS);
  return { ...question, incidentId: /\((inc-[^)]+)\)$/.exec(question.text)?.[1] ?? '' };
};

const incident = async (incidentId: string): Promise<Incident> =>
  IncidentDetailSchema.parse((await api.call('GET', `/incidents/${incidentId}`)).body).incident;

const ended = async (incidentId: string): Promise<Incident> => {
  for (const deadline = Date.now() + ENDED_MS; Date.now() < deadline; await sleep(500)) {
    const found = await incident(incidentId);
    if (found.closedAt !== null) return found;
  }
  throw new Error(`${incidentId} has not ended within ${ENDED_MS} ms: it is ${(await incident(incidentId)).status}`);
};

const kinds = async (incidentId: string): Promise<readonly string[]> =>
  (await watcher.journal(incidentId)).map(({ kind }) => kind);
const actions = async (incidentId: string): Promise<readonly string[]> =>
  (await watcher.journal(incidentId)).flatMap((record) =>
    record.kind === 'action_applied' ? [record.body.actionId] : [],
  );

interface Page {
  readonly status: number;
  readonly html: string;
}
const open = async (url: string | undefined): Promise<Page> => pageOf(await fetch(String(url)));
const press = async (url: string | undefined, fields: Readonly<Record<string, string>> = {}): Promise<Page> =>
  pageOf(await fetch(String(url), { method: 'POST', body: new URLSearchParams(fields) }));
const pageOf = async (response: Response): Promise<Page> => {
  expect(response.headers.get('content-type')).toContain('text/html');
  return { status: response.status, html: await response.text() };
};

/** The same link with another signature. */
const forged = (url: string | undefined): string =>
  String(url).replace(/\.(\w|-)([^.]*)$/, (_, first: string, rest: string) => `.${first === 'A' ? 'B' : 'A'}${rest}`);

const linkLike = ({ links }: Received, pattern: RegExp): string | undefined =>
  Object.entries(links).find(([label]) => pattern.test(label))?.[1];

test('a question is answered by its link: opening acts on nothing, the button acts, and only once', async () => {
  const question = await ask();
  const approve = linkLike(question, /^Approve: restart/);
  for (let scan = 0; scan < 3; scan += 1) {
    const page = await open(approve);
    expect(page).toMatchObject({ status: 200, html: expect.stringContaining('Approve: restart 1 sick task') });
  }
  expect((await incident(question.incidentId)).status).toBe('awaiting_approval');
  expect(await press(`${approve}x`)).toMatchObject({ status: 404 });
  expect(await press(forged(approve))).toMatchObject({ status: 404 });
  expect((await incident(question.incidentId)).status).toBe('awaiting_approval');

  const [first, second] = await Promise.all([press(approve), press(approve)]);
  expect([first.status, second.status].sort()).toEqual([200, 409]);
  expect(await press(linkLike(question, /^Decline/))).toMatchObject({ status: 409 });
  expect(await chat.next(/^Answered: payments/, ASKED_MS)).toBeDefined();
  expect(await ended(question.incidentId)).toMatchObject({ status: 'recovered' });
  expect(await actions(question.incidentId)).toEqual(['restart']);
  expect(await press(approve)).toMatchObject({ status: 409, html: expect.stringContaining('used before') });

  const news = await chat.next(/^\[dev\] Recovered: payments/, ASKED_MS);
  expect(news.sections.filter((section) => /^\*(What happened|How it was resolved|Why)\*/.test(section))).toHaveLength(
    3,
  );
  expect(await press(linkLike(news, /^Rate it/), {})).toMatchObject({ status: 400 });
  const rated = await press(linkLike(news, /^Rate it/), { resolved: 'yes', rating: 'helpful', comment: 'quick' });
  expect(rated).toMatchObject({ status: 200 });
  const { feedback } = IncidentDetailSchema.parse((await api.call('GET', `/incidents/${question.incidentId}`)).body);
  expect(feedback).toMatchObject([{ person: 'link:chat', resolved: true, rating: 'helpful', comment: 'quick' }]);
}, 240_000);

test('an alternative is approved instead, and is what is done', async () => {
  const question = await ask();
  const [label = ''] = Object.keys(question.links).filter((one) => one.startsWith('Approve instead: '));
  expect(await press(question.links[label])).toMatchObject({ status: 200 });
  await ended(question.incidentId);
  const [done] = await actions(question.incidentId);
  expect(done).toBe('redeploy');
}, 240_000);

test('who takes over is shown the steps; Kintsugi changes nothing, watches and closes the incident', async () => {
  const question = await ask();
  const page = await press(linkLike(question, /^Take over/));
  expect(page).toMatchObject({ status: 200, html: expect.stringContaining('aws ecs stop-task') });
  await clear();
  const closed = await ended(question.incidentId);
  expect(closed).toMatchObject({ status: 'recovered' });
  expect(closed.explanation).toContain('link:chat took it over by hand');
  expect(await kinds(question.incidentId)).not.toContain('action_intended');
}, 240_000);

test('silence is announced before it falls, and a no with its reason is what the record says', async () => {
  const question = await ask();
  const last = await chat.next(/^No answer yet: /, APPROVAL_SECONDS * 1_000);
  expect(last.text).toContain(question.incidentId);
  expect(await press(linkLike(last, /^Decline/), { reason: 'we debug it' })).toMatchObject({ status: 200 });
  const closed = await ended(question.incidentId);
  expect(closed).toMatchObject({ status: 'escalated' });
  expect(closed.explanation).toContain('link:chat declined it (we debug it)');
  expect(await kinds(question.incidentId)).not.toContain('action_intended');
  expect(await press(linkLike(question, /^Approve:/))).toMatchObject({ status: 409 });

  const call = await chat.next(/^\[dev\] Needs a person: payments/, ASKED_MS);
  expect(await press(linkLike(call, /^I look after it/))).toMatchObject({ status: 200 });
}, 240_000);
