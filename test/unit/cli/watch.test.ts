import { setTimeout as sleep } from 'node:timers/promises';
import { aChain, anIncident, isoAt } from '../../support/builders.ts';
import { HEALED } from '../../support/healed.ts';
import type { World } from './fake-kintsugi.ts';
import { aWorld, run } from './fake-kintsugi.ts';

const records = aChain(HEALED);
const open = anIncident({ status: 'open' });
const id = open.incidentId;
/** Over at the very moment at which the command begins. */
const over = anIncident({
  status: 'recovered',
  closedAt: isoAt(30),
  attempts: 1,
  explanation: 'It was restarted and it recovered.',
});

const openWorld = (): World => aWorld({ incidents: [open], journals: { [id]: records.slice(0, 4) } });
/** Long enough for a first look; for a second one it takes two seconds. */
const FIRST_LOOK_MS = 100;
const SECOND_LOOK_MS = 2_200;

test('tells what has happened in an open incident, then each phase once, then the end', async () => {
  const world = openWorld();
  const { code, out } = await run(world, ['watch', '--json'], {
    untilInterrupted: async () => {
      await sleep(FIRST_LOOK_MS);
      world.incidents = [over];
      world.journals = { [id]: records };
      await sleep(SECOND_LOOK_MS);
    },
  });
  const events = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; phase: string | null; state: string });
  expect(code).toBe(0);
  expect(events.map(({ event, phase, state }) => phase ?? `${event} ${state}`)).toEqual([
    'opened open',
    'Sense',
    'Validate',
    'Decide',
    'Enforce',
    'Observe',
    'Explain',
    'ended recovered',
  ]);
});

test('elsewhere than on a terminal it is a line for each event, without colours', async () => {
  const { out } = await run(openWorld(), ['watch'], { untilInterrupted: () => sleep(FIRST_LOOK_MS) });
  const lines = out.trim().split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toContain(`${id}  opened     payments: `);
  expect(lines[3]).toMatch(/Decide +/);
  expect(out).not.toContain('\u001b');
});

test('on a terminal it paints the open incident with its phases, and gives the cursor back', async () => {
  const world = openWorld();
  const { out } = await run(world, ['watch'], { isTTY: true, untilInterrupted: () => sleep(FIRST_LOOK_MS) });
  expect(out).toContain('kintsugi dev, mode auto');
  expect(out).toContain(id);
  expect(out.endsWith('\u001b[?25h')).toBe(true);
});

test('says nothing of what was over before', async () => {
  const { out } = await run(
    aWorld({ incidents: [{ ...over, closedAt: isoAt(12) }], journals: { [id]: records } }),
    ['watch'],
    { untilInterrupted: () => sleep(FIRST_LOOK_MS) },
  );
  expect(out).toBe('');
});

test('refuses a time that is none', async () => {
  const { code, err } = await run(openWorld(), ['watch', '--for', 'ever']);
  expect(code).toBe(1);
  expect(err).toContain('It must be a number of seconds above 0');
});
