/** Outcome of an operation that may be refused: plain data, so that it survives JSON. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

/** Wraps a value as a success. */
export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value });

/** Wraps a reason as a refusal. */
export const err = <E>(error: E): Result<never, E> => ({ ok: false, error });
