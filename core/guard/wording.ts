/** `1 incident`, `2 incidents`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** What a policy's `@reason` may quote: `{action}` and `{workload}` always, the others where the guard knows them. */
export const REASON_WORDS = [
  'action',
  'workload',
  'environment',
  'modeReason',
  'age',
  'remaining',
  'holder',
  'toTasks',
  'judged',
  'position',
  'dryRuns',
  'milder',
  'window',
] as const;
export type ReasonWord = (typeof REASON_WORDS)[number];

/** Names in braces. */
export const quotedIn = (reason: string): readonly string[] =>
  [...reason.matchAll(/(?<=\{)\w+(?=\})/g)].map(([name]) => name);

/** The reason with its words filled in; one that nobody knows stays as it is written. */
export const fillIn = (reason: string, words: Readonly<Record<string, string | undefined>>): string =>
  reason.replaceAll(/\{(\w+)\}/g, (braced, name: string) => words[name] ?? braced);
