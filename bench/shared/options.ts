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
