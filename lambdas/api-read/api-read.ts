import type { ReadOperation, ServedOperation } from '../../core/contracts/api/routes.ts';
import { SERVED } from '../../core/contracts/api/routes.ts';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import type { ModeSource } from '../../core/shared/ports.ts';
import type { Handlers, Objection } from '../api/gate.ts';
import type { EventReads } from './events.ts';
import { eventHandlers } from './events.ts';
import type { IncidentReads } from './incidents.ts';
import { incidentHandlers } from './incidents.ts';
import type { TaskReads } from './tasks.ts';
import { taskHandlers } from './tasks.ts';
import type { WorkloadReads } from './workloads.ts';
import { workloadHandlers } from './workloads.ts';

export interface ReadDeps extends IncidentReads, WorkloadReads, EventReads, TaskReads {
  readonly env: EnvironmentName;
  readonly mode: ModeSource;
  readonly objection: Objection;
  /** The OpenAPI document, as text. */
  readonly document: () => string;
}

/** What every reading route answers that only looks something up. */
export const readHandlers = (deps: ReadDeps): Handlers<ReadOperation> => ({
  ...incidentHandlers(deps),
  ...workloadHandlers(deps),
  ...eventHandlers(deps),
  ...taskHandlers(deps),
  showHealth: () => Promise.resolve({ status: 'ok', env: deps.env }),
  showOpenApi: () => Promise.resolve(JSON.parse(deps.document()) as { openapi: string }),
  showMode: () => deps.mode.read(),
  showCaller: async (_request, { caller }) => {
    const operations = SERVED.flatMap(([operation, { role }]) => (role === null ? [] : [operation as ServedOperation]));
    const allowed = await Promise.all(
      operations.map((operation: ServedOperation) => deps.objection(caller, operation)),
    );
    return {
      caller: caller.name,
      roles: [...caller.roles],
      operations: operations.filter((_, index) => allowed[index] === null),
    };
  },
});
