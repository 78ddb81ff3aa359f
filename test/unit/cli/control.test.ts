import type { ActiveFault } from '../../../cli/system/control-api.ts';
import { breakLocally, clearLocally } from '../../../cli/system/control-client.ts';
import type { LocalState } from '../../../cli/system/local-state.ts';
import type { ControlEndpoint, FaultBench } from '../../../local/control.ts';
import { BadRequestError, openControl } from '../../../local/control.ts';

/** Remembers what would be broken; only `hang` exists. */
const aBench = (): FaultBench => {
  let active: ActiveFault[] = [];
  return {
    active: () => active,
    breakIt: (fault, service) => {
      if (fault !== 'hang') return Promise.reject(new BadRequestError(`fault must be one of hang; got '${fault}'.`));
      const broken: ActiveFault = {
        fault,
        service: service ?? 'payments',
        kind: 'fault',
        happens: 'It hangs.',
        since: '2026-11-21T05:30:00.000Z',
      };
      active = [...active, broken];
      return Promise.resolve(broken);
    },
    clear: () => {
      const taken = active;
      active = [];
      return Promise.resolve(taken);
    },
  };
};

let control: ControlEndpoint;
let bench: FaultBench;
beforeEach(async () => {
  bench = aBench();
  control = await openControl(bench);
});
afterEach(() => control.close());

const stateWith = (token: string): LocalState => ({
  pid: process.pid,
  env: 'dev',
  startedAt: '2026-11-21T05:30:00.000Z',
  endpoint: 'http://127.0.0.1:4566',
  ecsEndpoint: 'http://127.0.0.1:4567',
  region: 'us-east-1',
  control: { url: control.url, token },
  outputs: {},
});

test('breaks what it is told, and takes it away again', async () => {
  const state = stateWith(control.token);
  expect(await breakLocally(state, 'hang', null)).toMatchObject({ fault: 'hang', service: 'payments' });
  expect(bench.active()).toHaveLength(1);
  expect(await clearLocally(state)).toHaveLength(1);
  expect(bench.active()).toEqual([]);
});

test('refuses whoever does not know the token', async () => {
  await expect(breakLocally(stateWith('y'.repeat(48)), 'hang', null)).rejects.toThrow('token');
  expect(bench.active()).toEqual([]);
});

test('hands on what was wrong with the request', async () => {
  await expect(breakLocally(stateWith(control.token), 'hagn', null)).rejects.toThrow("must be one of hang; got 'hagn'");
});

test.each([
  ['POST', 'not json', 400],
  ['POST', '{"service":1}', 400],
  ['POST', JSON.stringify({ fault: 'x'.repeat(20_000) }), 400],
  ['PATCH', '{}', 404],
])('answers %s %.20s with %i', async (method, body, status) => {
  const headers = { authorization: `Bearer ${control.token}` };
  const response = await fetch(`${control.url}/faults`, { method, headers, body });
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({ detail: expect.any(String) as string });
});

test('says what to do when nobody answers', async () => {
  const state = stateWith(control.token);
  await control.close();
  await expect(clearLocally(state)).rejects.toThrow('Stop it and start it again');
});
