import { parseCatalogue, type CatalogueInput } from '../../../core/learning/catalogue.ts';
import { defaultCatalogue } from '../../../core/learning/default-catalogue.ts';
import { restrictCatalogue, withoutCures } from '../../../core/learning/restrict.ts';

const edited = (edit: (file: CatalogueInput) => void): CatalogueInput => {
  const file = structuredClone(defaultCatalogue) as CatalogueInput;
  edit(file);
  return file;
};
const row = (file: CatalogueInput, id: string) =>
  file.hypotheses.find((hypothesis) => hypothesis.id === id) as CatalogueInput['hypotheses'][number];

test('the default catalogue survives JSON', () => {
  expect(parseCatalogue(JSON.parse(JSON.stringify(defaultCatalogue)))).toEqual(defaultCatalogue);
});

test('an unknown action is refused, naming row, field and what is allowed', () => {
  const file = edited((it) => (row(it, 'dbPool').cures = { reboot: 'likely' }));
  expect(() => parseCatalogue(file)).toThrow(
    /hypotheses row "dbPool", cures: "reboot" is not a action of this catalogue \(wait, restart,/,
  );
});

test('a wrong level is refused, naming the row', () => {
  const file = edited((it) => (row(it, 'blip').cures = { wait: 'maybe' as 'likely' }));
  expect(() => parseCatalogue(file)).toThrow(/hypotheses row "blip", cures\.wait: /);
});

test('all mistakes of a file are named at once', () => {
  const file = edited((it) => {
    row(it, 'blip').impact = 3;
    row(it, 'depDown').runbook = ['breaker', 'pray'];
    row(it, 'diskFull').symptoms = { smoke: 0.5 };
  });
  expect(() => parseCatalogue(file)).toThrow(
    /"blip", impact[^]*"depDown", runbook: "pray"|"depDown", runbook: "pray"[^]*/,
  );
});

test.each([
  ['the same row twice', (it: CatalogueInput) => it.hypotheses.push(row(it, 'blip')), /"blip" is there twice/],
  ['a row named unknown', (it: CatalogueInput) => (row(it, 'blip').id = 'unknown'), /"unknown" is built in/],
  [
    'an action named escalate',
    (it: CatalogueInput) => ((it.actions[0] as { id: string }).id = 'escalate'),
    /"escalate" is built in/,
  ],
  ['a certainty', (it: CatalogueInput) => (row(it, 'blip').symptoms = { errHigh: 1 }), /row "blip", symptoms\.errHigh/],
  ['a misspelt field', (it: CatalogueInput) => Object.assign(row(it, 'blip'), { impct: 1 }), /row "blip"/],
])('refuses %s', (_, edit, message) => {
  expect(() => parseCatalogue(edited((file) => void edit(file)))).toThrow(message);
});

test('something that is no catalogue is refused', () => {
  expect(() => parseCatalogue(null)).toThrow(/the catalogue is not valid/);
  expect(() => parseCatalogue({ hypotheses: 'many' })).toThrow(/hypotheses/);
});

test('a restricted catalogue is valid, and drops faults that nothing shows', () => {
  const small = restrictCatalogue(defaultCatalogue, {
    actions: ['wait', 'restart', 'escalate'],
    symptoms: ['errHigh', 'memHigh'],
  });
  expect(small.actions.map(({ id }) => id)).toEqual(['wait', 'restart']);
  expect(small.hypotheses.map(({ id }) => id)).toContain('memLeak');
  expect(small.hypotheses.map(({ id }) => id)).not.toContain('dlqBacklog');
  expect(() => parseCatalogue(small)).not.toThrow();
});

test('an action or symptom that nobody described gets a neutral row', () => {
  const strange = restrictCatalogue(defaultCatalogue, { actions: ['dance'], symptoms: ['errHigh', 'fullMoon'] });
  expect(strange.actions[0]).toMatchObject({ id: 'dance', requires: [] });
  expect(strange.symptoms[1]).toMatchObject({ id: 'fullMoon', background: 0.1 });
});

test('an action whose required symptom does not exist stays masked', () => {
  const small = restrictCatalogue(defaultCatalogue, { actions: ['freeDisk'], symptoms: ['errHigh'] });
  expect(small.actions[0]?.requires).toEqual(['diskHigh']);
});

test('without cures, every action may cure everything', () => {
  const flat = withoutCures(defaultCatalogue);
  expect(new Set(flat.hypotheses.flatMap(({ cures }) => Object.values(cures)))).toEqual(new Set(['possible']));
});
