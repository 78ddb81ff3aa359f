const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/**
 * Base64url without padding of a text of Latin-1 letters, one byte each.
 *
 * @see RFC 4648, section 5
 */
export const toBase64url = (text: string): string => {
  const bytes = [...text].map((letter) => letter.charCodeAt(0) & 0xff);
  let encoded = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const [a = 0, b = 0, c = 0] = bytes.slice(index, index + 3);
    const bits = (a << 16) | (b << 8) | c;
    const letters = Math.min(3, bytes.length - index) + 1;
    for (let letter = 0; letter < letters; letter += 1) encoded += ALPHABET[(bits >> (18 - 6 * letter)) & 63] ?? '';
  }
  return encoded;
};

/** The text that was encoded; null when a letter is not of the alphabet. Bits behind the last whole byte are not looked at. */
export const fromBase64url = (encoded: string): string | null => {
  let bits = 0;
  let count = 0;
  let text = '';
  for (const letter of encoded) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) return null;
    bits = ((bits << 6) | value) & 0xffffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    text += String.fromCharCode((bits >> count) & 0xff);
  }
  return text;
};
