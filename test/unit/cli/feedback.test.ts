import { anIncident, isoAt } from '../../support/builders.ts';
import { aWorld, run } from './fake-kintsugi.ts';

const healed = anIncident({ status: 'recovered', closedAt: isoAt(12) });
const given = ['--resolved', 'yes', '--rating', 'too-slow', '--comment', ' ten minutes! '];

test('a rating is handed to the API, in its words', async () => {
  const world = aWorld({ incidents: [healed] });
  const { code, out } = await run(world, ['feedback', 'latest', ...given]);
  expect(code).toBe(0);
  expect(out).toContain(`${healed.incidentId} was too-slow, resolved, says ada`);
  expect(world.ratings).toMatchObject([
    { incidentId: healed.incidentId, resolved: true, rating: 'too_slow', comment: 'ten minutes!' },
  ]);
});

test.each([
  ['a wrong incident', ['feedback', 'zzzzzz', ...given], "no incident in dev begins or ends with 'zzzzzz'"],
  ['no answer', ['feedback', 'latest', '--rating', 'wrong'], "required option '--resolved <answer>' not specified"],
  [
    'a garbled answer',
    ['feedback', 'latest', '--resolved', 'maybe', '--rating', 'wrong'],
    'Allowed choices are yes, no',
  ],
  ['a garbled rating', ['feedback', 'latest', '--resolved', 'no', '--rating', 'bad'], 'helpful, too-slow, wrong'],
  [
    'a novel',
    ['feedback', 'latest', ...given.slice(0, 4), '--comment', 'x'.repeat(1_001)],
    'at most 1000 characters; got 1001',
  ],
] as const)('refuses %s, and says what is allowed', async (_, line, message) => {
  const world = aWorld({ incidents: [healed] });
  const { code, err } = await run(world, line);
  expect(code).toBe(1);
  expect(err).toContain(message);
  expect(world.ratings).toEqual([]);
});

test('refuses an incident that is not over', async () => {
  const world = aWorld({ incidents: [anIncident({ status: 'open' })] });
  const { code, err } = await run(world, ['feedback', 'latest', ...given]);
  expect(code).toBe(1);
  expect(err).toContain('is not over');
});
