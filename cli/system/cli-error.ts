/** Something the user can put right; the message says what. Printed without a stack trace. */
export class CliError extends Error {
  override readonly name = 'CliError';
}

/** Whether Node.js says that it was this: `ENOENT`. */
export const hasCode = (error: unknown, code: string): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === code;
