/** What a text says as JSON; undefined, which no JSON text is, when it is none. The schema behind it names the fault. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};
