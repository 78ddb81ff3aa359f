import type { StopOperation } from '../../core/contracts/api/routes.ts';
import type { Handlers } from '../api/gate.ts';
import type { StoppedPlace } from '../shared/stopped-place.ts';

/** Closes every place and says of each whether it is; one is enough to stop everything. */
export const stopHandlers = (stop: (reason: string) => Promise<readonly StoppedPlace[]>): Handlers<StopOperation> => ({
  stopEverything: async ({ body }, { caller }) => {
    const reports = await stop(`${caller.name}: ${body.reason}`);
    const places = reports.map(({ place, ok, detail }) => ({ place, stopped: ok, detail }));
    return { stopped: places.some(({ stopped }) => stopped), places };
  },
});
