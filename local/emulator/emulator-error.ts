/** The local cloud cannot start; the message says what is missing and how to get it. */
export class EmulatorError extends Error {
  override readonly name = 'EmulatorError';

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
