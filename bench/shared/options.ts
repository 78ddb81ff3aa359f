/** `--help` prints how a bench is used, and ends it. */
export const helpIfAsked = (usage: string): void => {
  if (!process.argv.includes('--help')) return;
  console.log(usage);
  process.exit(0);
};

/** What is wrong with an option or with the data is said in one line: whoever asked is no developer of the bench. */
export const orEnd = <T>(read: () => T): T => {
  try {
    return read();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
};

/**
 * An option that counts something.
 *
 * @throws RangeError that names the option, its value and what is allowed
 */
export const wholeNumber = (name: string, text: string, from = 1, to = 1_000_000): number => {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= from && value <= to) return value;
  throw new RangeError(`--${name} ${text} is not allowed: it must be a whole number from ${from} to ${to}`);
};
