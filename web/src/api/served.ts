import type { RouteSpec } from '../../../core/contracts/api/route.ts';
import type { OperationId } from '../../../core/contracts/api/routes.ts';
import { ROUTES } from '../../../core/contracts/api/routes.ts';

/** Whether an operation is there: some have a settled shape and no backend yet, and what needs them is not shown. */
export const isServed = (operation: OperationId): boolean => {
  const route: RouteSpec = ROUTES[operation];
  return route.reserved !== true;
};
