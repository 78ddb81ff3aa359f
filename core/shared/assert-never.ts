/**
 * Closes a switch over a union: the compiler fails when a variant is not handled.
 *
 * @throws Error at run time, when data that no schema checked slipped through
 */
export const assertNever = (value: never): never => {
  throw new Error(`unhandled variant: ${JSON.stringify(value)}`);
};
