import { Spectral } from '@stoplight/spectral-core';
import { oas } from '@stoplight/spectral-rulesets';
import { openApiDocument } from '../../../core/api/openapi.ts';
import { ROUTES, SERVED } from '../../../core/contracts/api/routes.ts';

const document = openApiDocument();

test('Spectral has nothing to say about it', async () => {
  const spectral = new Spectral();
  // Whom to ask and under which licence is not said by a private deployment's document.
  const rules = { 'info-contact': 'off', 'info-license': 'off', 'license-url': 'off' } as const;
  spectral.setRuleset({ extends: [[oas as never, 'all']], rules });
  const findings = await spectral.run(JSON.stringify(document));
  expect(findings.map(({ code, path, message }) => `${code} ${path.join('.')}: ${message}`)).toEqual([]);
});

test('every route that is served is in it, and no other', () => {
  const paths = document['paths'] as Readonly<Record<string, Readonly<Record<string, { operationId: string }>>>>;
  const documented = Object.values(paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId));
  expect(documented.sort()).toEqual(SERVED.map(([operation]) => operation).sort());
});

test('no two routes are the same, and parameters have schemas', () => {
  const keys = Object.values(ROUTES).map(({ method, path }) => `${method} ${path}`);
  expect(new Set(keys).size).toBe(keys.length);
  for (const route of Object.values(ROUTES)) {
    const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(Object.keys('params' in route ? route.params.shape : {})).toEqual(names);
  }
});
