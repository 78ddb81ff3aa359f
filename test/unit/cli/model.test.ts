import { LIVE } from '../../../core/contracts/model.ts';
import { tablesOf } from '../../../core/model/snapshot.ts';
import type { Experience } from '../../../core/shared/ports.ts';
import { epochMs } from '../../../core/shared/units.ts';
import { anIncident, at, isoAt } from '../../support/builders.ts';
import { aStep } from '../../support/experiences.ts';
import { A_LOCAL_CLOUD, aWorld, run } from './fake-kintsugi.ts';

const learned = (number: number, name = 'fixed.restart'): Experience => ({
  executionId: `inc-${number}`,
  kind: 'incident',
  tier: 'web',
  at: epochMs(at(number)),
  deltas: [{ hypothesis: 'deadlock', add: { [name]: 1, mix: 1 } }],
});
const world = () => aWorld({ experiences: [learned(1), learned(2), learned(3, 'handed.fixed.redeploy')] });

describe('a label', () => {
  const incident = anIncident({ status: 'recovered', closedAt: isoAt(12) });
  const tried = (): Experience => ({
    ...learned(1),
    executionId: incident.incidentId,
    trace: {
      origin: 'incident',
      label: null,
      model: LIVE,
      present: ['latHigh'],
      absent: [],
      steps: [aStep({ allowed: ['restart'], predicted: null })],
      personCost: null,
    },
  });

  test('moves what an incident taught to the cause that was injected, once', async () => {
    const place = aWorld({ incidents: [incident], experiences: [tried()] });
    const { code, out } = await run(place, ['learner', 'label', 'latest', 'memLeak']);
    expect(code).toBe(0);
    expect(out).toContain('(restart) is credited to memLeak');
    const after = tablesOf(place.experiences).get('web');
    expect(after?.get('memLeak')).toMatchObject({ 'fixed.restart': 1 });
    expect(after?.get('deadlock')?.['fixed.restart']).toBe(0);
    expect((await run(place, ['learner', 'label', 'latest', 'memLeak'])).out).toContain('was labelled before');
  });

  test('is refused for a cause that the catalogue does not have, and where nothing was tried', async () => {
    const place = aWorld({ incidents: [incident], experiences: [tried()] });
    expect((await run(place, ['learner', 'label', 'latest', 'memleak'])).err).toContain("Did you mean 'memLeak'?");
    const nothing = aWorld({ incidents: [incident] });
    expect((await run(nothing, ['learner', 'label', 'latest', 'memLeak'])).err).toContain('has taught nothing yet');
  });
});

describe('versions of the model', () => {
  test('training freezes what was learned and says which tests it fails', async () => {
    const place = world();
    const { code, out } = await run(place, ['train']);
    expect(code).toBe(0);
    expect(out).toMatch(/Frozen: model-dev-/);
    expect(out).toMatch(/FAIL {2}coupledReplay +needs 200 coupled replays, there are 0/);
    expect((await run(place, ['train'])).out).toContain('Nothing new to freeze');
  });

  test('show tells what was seen here and what was handed on', async () => {
    const place = world();
    await run(place, ['train']);
    const { out } = await run(place, ['model', 'show', 'latest']);
    expect(out).toContain('web: 1 hypotheses, 2.0 outcomes of its own, 1.0 handed on');
  });

  test('a version that fails a test is not promoted, and nothing changes', async () => {
    const place = world();
    await run(place, ['train']);
    const { code, out } = await run(place, ['model', 'promote', 'latest']);
    expect(code).toBe(2);
    expect(out).toContain('Not promoted');
    expect((await place.models.pointers.read()).revision).toBe(0);
  });

  test('diff names what the evidence has changed, by the catalogue in force', async () => {
    const place = world();
    place.experiences.push(...Array.from({ length: 12 }, (_, index) => learned(10 + index, 'failed.restart')));
    await run(place, ['train']);
    place.experiences.push(...Array.from({ length: 12 }, (_, index) => learned(30 + index, 'fixed.redeploy')));
    const { out } = await run(place, ['model', 'diff', 'latest', 'live']);
    expect(out).toContain('deadlock');
    expect(out).toContain('redeploy');
  });

  test.each([
    [['train', '--hand-on'], '--hand-on'],
    [['model', 'promote', 'latest', '--to', 'stage'], '--to'],
  ])('the local cloud hands nothing on to an account that nobody has named: %j', async (line, option) => {
    const place = { ...world(), local: A_LOCAL_CLOUD };
    await run(place, ['train']);
    place.opened = [];
    const { code, err } = await run(place, line);
    expect([code, place.opened]).toEqual([1, ['dev']]);
    expect(err).toContain(`${option}: this is the local cloud, and the next environment is in AWS`);
    await run({ ...place, local: null }, line);
    expect(place.opened).toEqual(['dev', 'dev', 'stage']);
  });

  test('there is nothing to take back before anything was promoted', async () => {
    const { code, err } = await run(world(), ['model', 'rollback']);
    expect(code).toBe(1);
    expect(err).toContain('the live table decides');
  });
});
