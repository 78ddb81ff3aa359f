import fc from 'fast-check';
import { LinkFormSchema } from '../../../core/contracts/api/links.ts';
import type { HttpEvent, HttpProblem } from '../../../lambdas/api/http.ts';
import { formOf, parsePart } from '../../../lambdas/api/http.ts';

const event = (body: string, over: Partial<HttpEvent> = {}): HttpEvent => ({
  routeKey: 'POST /links/{token}',
  rawQueryString: '',
  headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' },
  body,
  isBase64Encoded: false,
  requestContext: { http: { method: 'POST', path: '/links/a', sourceIp: '192.0.2.1' } },
  ...over,
});
const problem = (run: () => unknown): string => {
  try {
    run();
    return 'none';
  } catch (error) {
    return `${(error as HttpProblem).problem.status} ${(error as HttpProblem).message}`;
  }
};

test('a form is read as a browser sends it, encoded by the gateway or not', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.boolean(), (reason, isBase64Encoded) => {
      const text = new URLSearchParams({ reason, who: '' }).toString();
      const body = isBase64Encoded ? Buffer.from(text).toString('base64') : text;
      expect(formOf(event(body, { isBase64Encoded }))).toEqual({ reason });
    }),
  );
});

test('what is no form, too long, or says a thing twice is refused and named', () => {
  const json = { headers: { 'content-type': 'application/json' } };
  expect(problem(() => formOf(event('{}', json)))).toContain('415 header content-type: must be application/x-www-form');
  expect(problem(() => formOf(event('', { headers: {} })))).toContain('415');
  expect(problem(() => formOf(event(`reason=${'x'.repeat(300_000)}`)))).toContain('413');
  expect(problem(() => formOf(event('who=a&who=b')))).toBe('400 form.who: must be there once');
  expect(problem(() => parsePart(LinkFormSchema, formOf(event('rating=good')), 'form'))).toContain('400 form.rating');
  expect(problem(() => parsePart(LinkFormSchema, formOf(event('admin=yes')), 'form'))).toContain('400');
});
