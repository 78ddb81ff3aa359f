/** The SDK's number for a document: JSON as it is. */
const DOCUMENT = '15';

/**
 * Describes as a document each shape inside requests and answers that is JSON as it is: strings, numbers, booleans, and
 * lists, maps, structures and unions of them. The SDK has nothing to convert there, so the same values go in and come out.
 *
 * Shapes with a timestamp, a blob or a trait (but *sensitive*, which only a client with a logger reads) anywhere below them stay, and so do requests, answers and
 * operations themselves. Not for protocols other than JSON: XML and forms need every name.
 *
 * @param source - `schemas_0.js` of a client; without shapes that read as expected it comes back as it is
 */
export const plainShapesAsDocuments = (source: string): string => {
  const shapes = new Map([...source.matchAll(SHAPE)].map(([text, name]) => [String(name), text]));
  const plain = plainNames(shapes);
  return source.replace(SHAPE, (text) =>
    text.replace(REFERENCE, (whole, withTraits?: string, alone?: string) =>
      plain.has(withTraits ?? alone ?? '') ? DOCUMENT : whole,
    ),
  );
};

/** `var Tags = [1, n0, _T, 0, () => Tag$];` and `export var Tag$ = [3, n0, _Ta, 0, [_k], [0]];`: 0 string, 1 list, 2 map, 3 structure, 4 union. */
const SHAPE = /^(?:export )?var ([\w$]+) = \[[0-4], [^;]*;$/gm;
/** A shape by its name, alone or with an empty set of traits. */
const REFERENCE = /\[\(\) => ([\w$]+), 0\]|\(\) => ([\w$]+)/g;

const plainNames = (shapes: ReadonlyMap<string, string>): ReadonlySet<string> => {
  const candidates = new Map(
    [...shapes].flatMap(([name, text]) => {
      const members = plainMembers(text);
      return members === null ? [] : [[name, members] as const];
    }),
  );
  // What holds a shape that is not plain is not plain either; recursion alone does no harm.
  for (let before = -1; before !== candidates.size;) {
    before = candidates.size;
    for (const [name, members] of candidates) {
      if (!members.every((member) => candidates.has(member))) candidates.delete(name);
    }
  }
  return new Set(candidates.keys());
};

/** Names of the shapes that a shape refers to; null when its own members are more than plain JSON. */
const plainMembers = (text: string): readonly string[] | null => {
  const members = /^[^[]*\[[0-4], \w+, \w+,\s+[08],\s+(?:\[[\w, ]*\],\s+)?([^;]*?)(?:\], \d+\s+)?\];$/.exec(text)?.[1];
  if (members === undefined) return null;
  const names = [...members.matchAll(REFERENCE)].map(([, withTraits, alone]) => withTraits ?? String(alone));
  // What remains are types: 0 string, 1 number, 2 boolean, 15 document; 64 marks a list and 128 a map of them.
  const isPlain = /^[\s,[\]]*(?:(?:(?:64|128) \| )?(?:[012]|15)\b[\s,[\]]*)*$/.test(members.replace(REFERENCE, ''));
  return isPlain ? names : null;
};
