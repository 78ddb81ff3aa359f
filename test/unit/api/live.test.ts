import { epochMs } from '../../../core/shared/units.ts';
import type { LiveDeps } from '../../../lambdas/live/live.ts';
import { onLive } from '../../../lambdas/live/live.ts';
import { logger } from '../../../lambdas/shared/telemetry.ts';

const deps: LiveDeps = {
  clock: { now: () => epochMs(0), sleep: () => Promise.resolve() },
  sha256: (text) => text,
  takeTicket: (hash) => Promise.resolve(hash === 'good' ? 'somebody' : null),
  addConnection: () => Promise.resolve(),
  setFilter: () => Promise.resolve(true),
  removeConnection: () => Promise.resolve(),
  recentEvents: () => Promise.resolve([]),
  send: () => Promise.resolve(true),
};
const from = { connectionId: 'c=', sourceIp: '192.0.2.1' };

describe('the log of live connections, which the gateway does not keep', () => {
  test.each([
    [{ kind: 'connect', ticket: 'good' }, 200],
    [{ kind: 'connect', ticket: 'used' }, 401],
    [{ kind: 'connect', ticket: undefined }, 401],
    [{ kind: 'message', text: '{"action":"ping"}' }, 200],
    [{ kind: 'disconnect' }, 200],
  ] as const)('%j is answered with %d, and that is told', async (occasion, status) => {
    const logged = jest.spyOn(logger, 'info').mockImplementation(() => undefined);
    expect(await onLive({ ...from, ...occasion }, deps)).toBe(status);
    expect(logged.mock.calls).toEqual([['connection answered', { ...from, event: occasion.kind, status }]]);
  });
});
