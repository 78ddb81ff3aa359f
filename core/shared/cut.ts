/**
 * The beginning of a text, in whole characters. What is stored is UTF-8, which has no half characters: a record with one would
 * come back as another one, and fail its own proof.
 *
 * @param most - characters as JavaScript counts them, `end` included
 * @param end - what a text that was cut ends with
 */
export const cut = (text: string, most: number, end = ''): string => {
  const whole = text.replace(/\p{Surrogate}/gu, '\ufffd');
  if (whole.length <= most) return whole;
  return `${whole.slice(0, most - end.length).replace(/\p{Surrogate}$/u, '')}${end}`;
};
