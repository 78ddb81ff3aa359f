import { readLink } from '../../../core/approval/link.ts';
import type { ApprovalRequest } from '../../../core/contracts/incident.ts';
import type { Conversation, Delivery, Notice, Recipient } from '../../../core/contracts/notice.ts';
import { ChainSchema } from '../../../core/contracts/notice.ts';
import { environments } from '../../../lib/config/environments.ts';
import type { Message } from '../../../core/notification/message.ts';
import { fromIso, minutes } from '../../../core/shared/units.ts';
import type { NotifyDeps } from '../../../lambdas/notify/notify.ts';
import { deliver, fanOut } from '../../../lambdas/notify/notify.ts';
import { postToWebhook } from '../../../lambdas/adapters/webhook.ts';
import { aRequest } from '../../support/approvals.ts';
import { isoAt } from '../../support/builders.ts';
import { aQuestionNotice, aRecipient, anEndNotice, testMac } from '../../support/links.ts';

const mac = testMac();
const CHAIN: readonly Recipient[] = [
  aRecipient({ name: 'mail', channel: 'email' }),
  aRecipient(),
  aRecipient({ name: 'on-call', afterMinutes: 5 }),
];

const world = ({
  request = aRequest(),
  chain = CHAIN,
}: { request?: ApprovalRequest | null; chain?: readonly Recipient[] } = {}) => {
  const state = { request, now: fromIso(isoAt(30)), by: null as string | null, fails: false };
  const sent: { readonly to: string; readonly message: Message }[] = [];
  const queue: { readonly delivery: Delivery; readonly delay: number }[] = [];
  const conversations = new Map<string, Conversation>();
  let nonces = 0;
  const deps: NotifyDeps = {
    clock: { now: () => state.now, sleep: () => Promise.resolve() },
    env: 'dev',
    chain,
    mac,
    nonce: () => (nonces += 1).toString(16).padStart(32, '0'),
    linksUrl: 'https://api.example.com',
    channelOf: ({ name }) =>
      Promise.resolve(
        name === 'chat' && state.fails
          ? () => Promise.reject(new Error('webhook chat answered 500'))
          : (message) => Promise.resolve(void sent.push({ to: name, message })),
      ),
    pending: () => Promise.resolve(state.request),
    lookedAfterBy: () => Promise.resolve(state.by),
    conversation: (name) => Promise.resolve(conversations.get(name) ?? { told: null, held: null }),
    write: ({ recipient }, { kind, key, at }) => {
      const before = conversations.get(recipient) ?? { told: null, held: null };
      return Promise.resolve(void conversations.set(recipient, { ...before, [kind]: { key, at } }));
    },
    later: (delivery, delay) => Promise.resolve(void queue.push({ delivery, delay })),
  };
  const tell = async (notice: Notice): Promise<string[]> => {
    await fanOut(notice, deps);
    return Promise.all(queue.splice(0).map(({ delivery }) => deliver(delivery, deps)));
  };
  return { state, sent, queue, deps, tell };
};

test('a question reaches the first in the chain at once, and the next waits', async () => {
  const { sent, queue, tell } = world();
  expect(await tell(aQuestionNotice())).toEqual(['sent', 'sent', expect.stringContaining('waits until')]);
  expect(sent.map(({ to }) => to)).toEqual(['mail', 'chat']);
  expect(queue).toMatchObject([{ delivery: { recipient: 'on-call' }, delay: minutes(5) - 10_000 }]);
});

test('each link is another one, is signed, and says what it does', async () => {
  const { sent, state, tell } = world();
  await tell(aQuestionNotice());
  const links = sent.flatMap(({ message }) => message.links);
  expect(links.map(({ label }) => label)).toHaveLength(8);
  const claims = await Promise.all(
    links.map(async ({ url }) => readLink(url.replace('https://api.example.com/links/', ''), 'dev', state.now, mac)),
  );
  const values = claims.map((one) => (one.ok ? one.value : null));
  expect(new Set(values.map((one) => one?.nonce)).size).toBe(8);
  expect(values).toContainEqual(
    expect.objectContaining({ kind: 'answer', answer: 'takeover', recipient: 'chat', expiresAt: aRequest().expiresAt }),
  );
});

test.each<[string, ApprovalRequest | null]>([
  ['was answered', null],
  ['is another one by now', aRequest({}, { questionId: 'f'.repeat(16) })],
  ['has expired', aRequest({ expiresAt: isoAt(30) })],
])('nobody is asked what %s', async (_, request) => {
  const { sent, tell } = world({ request });
  await tell(aQuestionNotice());
  expect(sent).toEqual([]);
});

test('the last word before silence becomes a no reaches whoever was asked', async () => {
  const { sent, state, queue, tell } = world();
  await tell(aQuestionNotice());
  queue.splice(0);
  state.now = fromIso(isoAt(620));
  await tell({ ...aQuestionNotice({ at: isoAt(620) }), occasion: 'last_word' } as Notice);
  expect(sent.map(({ to, message }) => `${to}: ${message.subject.split(':')[0]}`).slice(2)).toEqual([
    'mail: [dev] No answer yet',
    'chat: [dev] No answer yet',
  ]);
});

test('the same notice once more, or an earlier one, says nothing', async () => {
  const { sent, tell } = world();
  await tell(anEndNotice());
  await tell(anEndNotice());
  await tell(aQuestionNotice());
  expect(sent).toHaveLength(2);
});

test('a channel that fails is tried again by its message, and holds up no other', async () => {
  const { deps, sent, state } = world();
  state.fails = true;
  const notice = anEndNotice();
  await expect(deliver({ recipient: 'chat', notice }, deps)).rejects.toThrow('webhook chat answered 500');
  expect(await deliver({ recipient: 'mail', notice }, deps)).toBe('sent');
  state.fails = false;
  expect(await deliver({ recipient: 'chat', notice }, deps)).toBe('sent');
  expect(sent.map(({ to }) => to)).toEqual(['mail', 'chat']);
});

test('nobody further is called once somebody looks after it', async () => {
  const { queue, deps, state, tell } = world();
  await tell(anEndNotice('escalated'));
  const waiting = queue.splice(0).map(({ delivery }) => delivery);
  expect(waiting.map(({ recipient }) => recipient)).toEqual(['on-call']);
  state.now = fromIso(isoAt(400));
  state.by = 'link:chat';
  expect(await deliver(waiting[0] as Delivery, deps)).toContain('looks after it');
  state.by = null;
  expect(await deliver(waiting[0] as Delivery, deps)).toBe('sent');
});

test('a channel without an address, and a recipient that is gone, are left out', async () => {
  const { deps, sent } = world();
  const none = { ...deps, channelOf: () => Promise.resolve(null) };
  expect(await deliver({ recipient: 'chat', notice: anEndNotice() }, none)).toContain('not set up');
  expect(await deliver({ recipient: 'gone', notice: anEndNotice() }, deps)).toContain('no such recipient');
  expect(sent).toEqual([]);
});

test('after the fact there are links to rate it and, where somebody is needed, to look after it', async () => {
  const { sent, tell } = world();
  await tell(anEndNotice('recovered'));
  await tell(anEndNotice('escalated', { at: isoAt(200) }));
  expect(sent.map(({ message }) => message.links.map(({ label }) => label))).toEqual([
    ['Rate it'],
    ['Rate it'],
    ['I look after it', 'Rate it'],
    ['I look after it', 'Rate it'],
  ]);
});

test('where a link does not suffice, no message holds one', async () => {
  const { sent, tell } = world({ chain: [aRecipient({ mayAnswer: false })] });
  await tell(aQuestionNotice());
  await tell(anEndNotice());
  expect(sent.flatMap(({ message }) => message.links)).toEqual([]);
});

test('the chains of all environments are chains, and production asks for more than a link', () => {
  for (const { notificationChain } of Object.values(environments)) ChainSchema.parse(notificationChain);
  expect(environments.prod.notificationChain.some(({ mayAnswer }) => mayAnswer)).toBe(false);
  expect(ChainSchema.safeParse([aRecipient(), aRecipient()]).error?.issues[0]?.message).toContain('each name once');
});

test.each(['ftp://example.com', 'http://example.com/hook', 'not an address', 'http://127.0.0.1.example.com/'])(
  'a webhook at %s gets nothing, and the error does not tell the address',
  async (address) => {
    const failure = postToWebhook('chat', address, {});
    await expect(failure).rejects.toThrow(/^webhook chat: its address must be one of https/);
    await expect(failure).rejects.not.toThrow(address);
  },
);
