const CONTEXT = 2;

/** One line of a difference: kept, taken away, or added. */
type Line = readonly [mark: ' ' | '-' | '+', text: string];

/** What changes between two texts, line by line, with two lines around each change. */
export const diffLines = (before: string, after: string): string[] => {
  const lines = aligned(before.split('\n'), after.split('\n'));
  const isNear = (index: number): boolean =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(([mark]) => mark !== ' ');
  return lines.flatMap(([mark, text], index) => {
    if (isNear(index)) return [`${mark} ${text}`.trimEnd()];
    return index > 0 && isNear(index - 1) ? ['  ...'] : [];
  });
};

/** By the longest common subsequence. */
const aligned = (old: readonly string[], now: readonly string[]): Line[] => {
  const common: number[][] = Array.from({ length: old.length + 1 }, () => new Array<number>(now.length + 1).fill(0));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const row = common[i];
      if (row !== undefined) row[j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push([' ', old[i] ?? '']);
      i += 1;
      j += 1;
    } else if (i < old.length && (j === now.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(['-', old[i] ?? '']);
      i += 1;
    } else {
      lines.push(['+', now[j] ?? '']);
      j += 1;
    }
  }
  return lines;
};
