import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultCatalogue } from '../../core/learning/default-catalogue.ts';
import { catalogueIn } from '../../lambdas/shared/catalogue.ts';
import { resolveEnvironments } from '../../lib/config/overrides.ts';
import { resourcesOf, synthesise, type StackTemplate } from '../support/synth.ts';

/** An environment may bring its own expert catalogue: checked at synthesis, put beside the functions that decide and learn. */

const folder = mkdtempSync(join(tmpdir(), 'catalogue-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fileWith = (name: string, catalogue: unknown): string => {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(catalogue));
  return file;
};
const withOwn = (template: StackTemplate): unknown[] =>
  resourcesOf(template, 'AWS::Lambda::Function').flatMap(([, { Properties }]) => {
    const { Variables } = Properties.Environment as { readonly Variables: Readonly<Record<string, unknown>> };
    return Variables.CATALOGUE_FILE === undefined
      ? []
      : [[Variables.POWERTOOLS_SERVICE_NAME, Variables.CATALOGUE_FILE]];
  });

test('the functions of that environment that decide, learn, judge, show and talk get it, and nobody else', () => {
  const catalogueFile = fileWith('own.json', { ...defaultCatalogue, version: 'ours' });
  const templates = synthesise({ stage: { catalogueFile } });
  const healing = (environment: string) => templates.get(`Kintsugi-${environment}-Healing`) as StackTemplate;
  expect(withOwn(healing('stage'))).toEqual([
    ['decide', 'catalogue.json'],
    ['explain', 'catalogue.json'],
  ]);
  expect(withOwn(healing('dev'))).toEqual([]);
  const others = [...templates].filter(([name]) => !name.endsWith('-Healing')).sort(([a], [b]) => a.localeCompare(b));
  expect(others.flatMap(([name, template]) => withOwn(template).map((own) => [name, own]))).toEqual([
    ['Kintsugi-stage-Api', ['api-insight', 'catalogue.json']],
    ['Kintsugi-stage-Api', ['api-learning', 'catalogue.json']],
    ['Kintsugi-stage-Api', ['chat', 'catalogue.json']],
    ['Kintsugi-stage-Optimizer', ['trainer', 'catalogue.json']],
  ]);
});

test('a mistake in it stops the synthesis, and names file, row and what is allowed', () => {
  const [first, ...others] = defaultCatalogue.hypotheses;
  const wrong = { ...defaultCatalogue, hypotheses: [{ ...first, cures: { restrat: 'likely' } }, ...others] };
  const catalogueFile = fileWith('wrong.json', wrong);
  expect(() => synthesise({ dev: { catalogueFile } })).toThrow(
    /wrong\.json cannot be used[^]*hypotheses row "crashLoop", cures: "restrat" is not a action|wrong\.json cannot be used[^]*crashLoop[^]*restrat/,
  );
  expect(() => synthesise({ dev: { catalogueFile: join(folder, 'missing.json') } })).toThrow(
    /missing\.json cannot be used/,
  );
});

test('a function reads what was deployed, and the one that comes with Kintsugi without a file', () => {
  const file = fileWith('ours.json', { ...defaultCatalogue, version: 'ours' });
  expect(catalogueIn({ CATALOGUE_FILE: 'ours.json', LAMBDA_TASK_ROOT: folder }).version).toBe('ours');
  expect(catalogueIn({ LAMBDA_TASK_ROOT: folder })).toBe(defaultCatalogue);
  writeFileSync(file, readFileSync(file, 'utf8').replace('"likely"', '"perhaps"'));
  expect(() => catalogueIn({ CATALOGUE_FILE: file, LAMBDA_TASK_ROOT: '.' })).toThrow(/crashLoop/);
});

test('nothing may be drawn at random in prod', () => {
  const learning = { randomise: { rate: 0.2, among: 4 } };
  expect(() => resolveEnvironments({ prod: { limits: { learning } } })).toThrow(
    /kintsugi\.prod\.limits\.learning\.randomise = .* is not allowed: must be null/,
  );
  expect(resolveEnvironments({ stage: { limits: { learning } } }).stage.limits.learning.randomise?.rate).toBe(0.2);
});
