import type { ParkedQueue } from '../../../cli/system/dead-letters.ts';
import { isoAt } from '../../support/builders.ts';
import { aWorld, run, type World } from './fake-kintsugi.ts';

const queue = (id: string, messages: number, to: string | null): ParkedQueue => ({
  id,
  name: `Kintsugi-dev-${id}`,
  url: `https://sqs/${id}`,
  arn: `arn:aws:sqs:e:1:${id}`,
  messages,
  destination: to === null ? null : { name: to, url: `https://sqs/${to}`, arn: `arn:aws:sqs:e:1:${to}` },
});

const world = (): World =>
  aWorld({
    parked: [
      queue('signals-dead-letters', 3, 'signals'),
      queue('events-unpublished', 2, null),
      queue('escalations-dead-letters', 0, 'escalations'),
    ],
    parkedMessages: [
      {
        messageId: 'm-1',
        sentAt: isoAt(-90),
        received: 6,
        source: 'arn:aws:sqs:e:1:signals',
        reason: null,
        body: '{"AlarmName":"payments-errors"}',
      },
    ],
  });

test('lists every queue with its messages and where they can go', async () => {
  const { out } = await run(world(), ['dlq', 'list']);
  expect(out).toMatch(/signals-dead-letters +3 {2}signals/);
  expect(out).toMatch(/events-unpublished +2 {2}by its runbook/);
  expect(JSON.parse((await run(world(), ['dlq', 'list', '--json'])).out)).toHaveLength(3);
});

test('shows age, source, reason and body of a message', async () => {
  const { out } = await run(world(), ['dlq', 'show', 'signals-dead-letters']);
  expect(out).toContain('m-1');
  expect(out).toMatch(/age +2 min \(/);
  expect(out).toMatch(/received +6 times/);
  expect(out).toMatch(/body +\{"AlarmName":"payments-errors"\}/);
});

test('a redrive without --yes moves nothing and says so', async () => {
  const before = world();
  const { out, code } = await run(before, ['dlq', 'redrive']);
  expect([code, before.redriven]).toEqual([0, []]);
  expect(out).toContain('3 of signals-dead-letters would go to signals');
  expect(out).not.toContain('events-unpublished');
  expect(out).toContain('Nothing was moved. Do it with --yes');
});

test('with --yes it moves, as many as were asked for', async () => {
  const before = world();
  const { out } = await run(before, ['dlq', 'redrive', '--queue', 'signals-dead-letters', '--max', '2', '--yes']);
  expect(before.redriven).toEqual([{ queue: 'signals-dead-letters', max: 2 }]);
  expect(out).toContain('2 of signals-dead-letters were moved to signals');
});

test('refuses what cannot be moved back, queues that there are not, and numbers that are none', async () => {
  const said = async (...line: string[]) => {
    const { code, err } = await run(world(), ['dlq', ...line]);
    return [code, err] as const;
  };
  expect(await said('redrive', '--queue', 'events-unpublished', '--yes')).toEqual([
    1,
    expect.stringContaining('cannot be redriven'),
  ]);
  expect(await said('show', 'payments')).toEqual([1, expect.stringMatching(/signals-dead-letters.*got 'payments'/s)]);
  expect(await said('redrive', '--max', '0')).toEqual([1, expect.stringContaining('--max 0 is not allowed')]);
});
