import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Role } from '../../../core/contracts/api/route.ts';
import { RoleSchema } from '../../../core/contracts/api/route.ts';
import type { ServedOperation } from '../../../core/contracts/api/routes.ts';
import { ROUTES } from '../../../core/contracts/api/routes.ts';
import { epochMs } from '../../../core/shared/units.ts';
import { cedarRoles } from '../../../lambdas/adapters/cedar-roles.ts';
import type { Begun, GateDeps, Handlers } from '../../../lambdas/api/gate.ts';
import { answer } from '../../../lambdas/api/gate.ts';
import type { HttpEvent, HttpResponse } from '../../../lambdas/api/http.ts';
import { respondWith } from '../../../lambdas/api/router.ts';
import { anEventDetail } from '../../support/events.ts';
import { cedar } from '../../support/policies.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const NOW = 1_763_700_000_000;
const policyFile = (name: string): string => readFileSync(join(process.cwd(), 'policies', 'api', name), 'utf8');
const roleFiles = { schema: policyFile('roles.cedarschema'), policies: policyFile('roles.cedar') };
const decide = cedarRoles(cedar, roleFiles);

/** Answers by key, as the table keeps them. */
const memoryAnswers = (): GateDeps['idempotency'] => {
  const kept = new Map<string, { requestHash: string; answer: HttpResponse | null }>();
  return {
    begin: (key, requestHash) => {
      const stored = kept.get(key);
      if (stored === undefined) kept.set(key, { requestHash, answer: null });
      const begun: Begun =
        stored === undefined
          ? { status: 'begun' }
          : stored.answer === null
            ? { status: 'running', requestHash: stored.requestHash }
            : { status: 'answered', requestHash: stored.requestHash, answer: stored.answer };
      return Promise.resolve(begun);
    },
    finish: (key, given) => {
      const stored = kept.get(key);
      if (stored !== undefined) stored.answer = given;
      return Promise.resolve();
    },
    abandon: (key) => {
      kept.delete(key);
      return Promise.resolve();
    },
  };
};

const depsWith = (over: Partial<GateDeps> = {}): GateDeps => ({
  clock: { now: () => epochMs(NOW), sleep: () => Promise.resolve() },
  sha256,
  objection: (caller, operation) => Promise.resolve(decide(caller, operation)),
  take: () => Promise.resolve({ retryAfterSeconds: null }),
  idempotency: memoryAnswers(),
  ...over,
});

const eventWith = (over: Partial<HttpEvent> & { readonly role?: Role; readonly claims?: object } = {}): HttpEvent => ({
  routeKey: '',
  rawQueryString: '',
  headers: {},
  isBase64Encoded: false,
  requestContext: {
    http: { method: 'GET', path: '/', sourceIp: '192.0.2.1' },
    authorizer: {
      jwt: {
        claims: {
          sub: 's',
          email: 'sre@example.com',
          exp: String(NOW / 1_000 + 60),
          'cognito:groups': `[${over.role ?? 'admin'}]`,
          ...over.claims,
        },
      },
    },
  },
  ...over,
});

const listTasks: Handlers<'listTasks'>['listTasks'] = () => Promise.resolve({ tasks: [], nextCursor: null });
const status = async (given: Promise<HttpResponse>): Promise<number> =>
  given.then(
    ({ statusCode }) => statusCode,
    (error: { problem?: { status: number } }) => error.problem?.status ?? 500,
  );

describe('who may ask', () => {
  test.each(Object.entries(ROUTES))('%s: the policies say what the document says', (operation, route) => {
    const { role: needed } = route;
    if (needed === null) return;
    for (const [index, role] of RoleSchema.options.entries()) {
      const isAllowed = decide({ subject: role, roles: [role] }, operation as ServedOperation) === null;
      expect([role, isAllowed]).toEqual([role, index >= RoleSchema.options.indexOf(needed)]);
    }
    expect(decide({ subject: 'x', roles: [] }, operation as ServedOperation)).toContain('has no role');
    expect(decide({ subject: 'x', roles: ['root'] }, operation as ServedOperation)).toContain('has no role');
  });

  test('the policies are valid by their schema, which has an action for each route and no other', () => {
    const validated = cedar.validate({
      validationSettings: { mode: 'strict' },
      schema: roleFiles.schema,
      policies: { staticPolicies: roleFiles.policies },
    });
    expect(validated).toMatchObject({ type: 'success', validationErrors: [], validationWarnings: [] });
    const actions = [...roleFiles.schema.matchAll(/"(\w+)"/g)].map(([, name]) => name);
    const groups = ['read', 'operate', 'approve', 'administer'];
    const guarded = Object.entries(ROUTES).flatMap(([operation, { role }]) => (role === null ? [] : [operation]));
    expect([...new Set(actions)].sort()).toEqual([...guarded, ...groups].sort());
  });

  test('a policy that forbids wins, and one that cannot be parsed permits nothing', () => {
    const forbidden = `${roleFiles.policies}\nforbid (principal, action == Action::"setMode", resource);`;
    const strict = cedarRoles(cedar, { ...roleFiles, policies: forbidden });
    expect(strict({ subject: 'a', roles: ['admin'] }, 'setMode')).not.toBeNull();
    expect(strict({ subject: 'a', roles: ['admin'] }, 'showMode')).toBeNull();
    expect(() => cedarRoles(cedar, { ...roleFiles, policies: 'permit (' })).toThrow(/the policies cannot be parsed/);
  });

  test('nobody without a subject, or whose token has expired', async () => {
    const ask = (claims: object) => status(answer('listTasks', listTasks, eventWith({ claims }), depsWith()));
    expect(await ask({})).toBe(200);
    expect(await ask({ sub: '' })).toBe(401);
    expect(await ask({ exp: String(NOW / 1_000) })).toBe(401);
    expect(await ask({ exp: 'soon' })).toBe(401);
    expect(await ask({ 'cognito:groups': '[]' })).toBe(403);
    expect(await ask({ 'cognito:groups': ['viewer'] })).toBe(200);
  });

  test('a stranger who sends OPTIONS that are no preflight finds nothing', async () => {
    const respond = respondWith<'listTasks'>({ listTasks }, depsWith());
    const http = { method: 'OPTIONS', path: '/tasks', sourceIp: '192.0.2.1' };
    const event = eventWith({ routeKey: 'OPTIONS /{proxy+}', requestContext: { http } });
    expect(await respond(event, {} as never)).toMatchObject({ statusCode: 404, body: '' });
  });

  test('nobody who asks too often', async () => {
    const deps = depsWith({ take: () => Promise.resolve({ retryAfterSeconds: 7 }) });
    await expect(answer('listTasks', listTasks, eventWith(), deps)).rejects.toMatchObject({
      problem: { status: 429 },
      headers: { 'retry-after': '7' },
    });
  });
});

describe('in an emergency', () => {
  const stopped = { stopped: true, places: [] };
  const stop = (deps: GateDeps) =>
    answer(
      'stopEverything',
      () => Promise.resolve(stopped),
      eventWith({
        headers: { 'Idempotency-Key': 'a-key-of-mine', 'Content-Type': 'application/json' },
        body: '{"reason":"it does harm"}',
      }),
      deps,
    );

  test('everything is stopped while the table of answers is out of order', async () => {
    const broken = () => Promise.reject(new Error('the table does not answer'));
    const deps = depsWith({ idempotency: { begin: broken, finish: broken, abandon: broken } });
    expect(await stop(deps)).toMatchObject({ statusCode: 200, body: JSON.stringify(stopped) });
  });

  test('nobody who stops or answers asks too often, and still nobody without the role may', async () => {
    const deps = depsWith({ take: () => Promise.resolve({ retryAfterSeconds: 7 }) });
    expect(await status(stop(deps))).toBe(200);
    const approve = (role: Role) =>
      answer('answerApproval', () => Promise.reject(new Error('was run')), eventWith({ role, ...ANSWER }), deps);
    await expect(approve('approver')).rejects.toThrow('was run');
    expect(await status(approve('viewer'))).toBe(403);
  });

  const ANSWER = {
    headers: { 'Content-Type': 'application/json' },
    pathParameters: { id: 'inc-20261121-053000-payments-1a2b3c' },
    body: JSON.stringify({ answer: 'approve', questionId: '0123456789abcdef', planHash: 'a'.repeat(64) }),
  };
});

describe('an idempotency key', () => {
  const ask = (
    request: string,
    deps: GateDeps,
    handle: () => Promise<never> | Promise<unknown>,
    key = 'a-key-of-mine',
  ) =>
    answer(
      'acceptEvent',
      handle as Handlers<'acceptEvent'>['acceptEvent'],
      eventWith({
        headers: { 'Idempotency-Key': key, 'Content-Type': 'application/json' },
        body: JSON.stringify({ id: request, detail: DETAIL }),
      }),
      deps,
    );
  const DETAIL = anEventDetail();

  test('does it once, and gives the same answer again', async () => {
    const deps = depsWith();
    let done = 0;
    const handle = () => Promise.resolve({ id: String((done += 1)), status: 'queued' });
    const first = await ask('a', deps, handle);
    const second = await ask('a', deps, handle);
    expect([done, second.body, second.statusCode]).toEqual([1, first.body, 202]);
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(await status(ask('b', deps, handle))).toBe(422);
    expect(await status(ask('a', deps, handle, 'short'))).toBe(400);
  });

  test('is not free again when it was done and the answer could not be kept', async () => {
    const { idempotency } = depsWith();
    const deps = depsWith({
      idempotency: { ...idempotency, finish: () => Promise.reject(new Error('the table is away')) },
    });
    let done = 0;
    const handle = () => Promise.resolve({ id: String((done += 1)), status: 'queued' });
    expect((await ask('a', deps, handle)).statusCode).toBe(202);
    expect(await status(ask('a', deps, handle))).toBe(409);
    expect(done).toBe(1);
  });

  test('is free again when it failed, and refuses while it runs', async () => {
    const deps = depsWith();
    await expect(ask('a', deps, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    let release: (value: unknown) => void = () => undefined;
    const running = ask('a', deps, () => new Promise((resolve) => (release = resolve)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(await status(ask('a', deps, () => Promise.resolve({})))).toBe(409);
    release({ id: 'a', status: 'queued' });
    expect((await running).statusCode).toBe(202);
  });
});
