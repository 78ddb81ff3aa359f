/** Something the user can put right; the message says what. Printed without a stack trace. */
export class CliError extends Error {
  override readonly name = 'CliError';
}
