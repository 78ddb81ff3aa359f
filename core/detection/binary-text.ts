/** Bytes as base64 text, so that numbers keep every bit through JSON at 4 characters per 3 bytes. */
export const toBase64 = (numbers: Float32Array | Uint16Array): string => {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  let text = '';
  // in pieces: an argument list as long as the state would overflow the stack
  for (let i = 0; i < bytes.length; i += 8_192) text += String.fromCharCode(...bytes.subarray(i, i + 8_192));
  return btoa(text);
};

/** @throws when the text is not base64 */
const toBytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

/** @throws RangeError when the number of bytes is not a multiple of 4 */
export const float32FromBase64 = (text: string): Float32Array => new Float32Array(toBytes(text).buffer);

/** @throws RangeError when the number of bytes is odd */
export const uint16FromBase64 = (text: string): Uint16Array => new Uint16Array(toBytes(text).buffer);
