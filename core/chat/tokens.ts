import { ENVIRONMENTS, FILLERS, LEMMAS, NUMBERS, PHRASES, PLAIN, UNITS } from './lexicon.ts';

/**
 * A message in the grammar's words: names, numbers and lengths of time are places (`W0`, `N1`, `DUR2`, `INC3`, `TASK4`,
 * `QUOTE5`, `SYM6`) whose values are kept beside it.
 */
export interface Reading {
  readonly text: string;
  readonly workloads: ReadonlyMap<string, readonly string[]>;
  readonly numbers: ReadonlyMap<string, number>;
  /** Minutes. */
  readonly durations: ReadonlyMap<string, number>;
  readonly incidents: ReadonlyMap<string, string>;
  readonly tasks: ReadonlyMap<string, string>;
  /** Environments that were named. */
  readonly environments: readonly string[];
  /** What was taken for what: `chekcout` for `checkout`. */
  readonly corrected: ReadonlyMap<string, string>;
  /** Words that mean nothing to the grammar. */
  readonly unknown: readonly string[];
  readonly priority: 'high' | 'normal' | 'low';
}

const TOKEN =
  /inc-\d{8}-\d{6}-[a-z][a-z0-9-]*-[0-9a-f]{6}|task-\d{8}-\d{6}-[0-9a-f]{8}|"[^"]*"|[a-z][a-z0-9]*(?:[-'][a-z0-9]+)*|\d+[a-z]+\b|\d+(?:[.,]\d+)+|\d+|[,;.?!]|[+-](?=\d)|\S/g;

const HIGH = /\b(urgent(ly)?|asap|with high priority|(at )?high priority)\b/g;
const LOW = /\b(when you have time|no rush|with low priority|(at )?low priority)\b/g;

/** Lower case, plain quotes, one spelling of what is written in several ways. */
export const normalise = (message: string): string => {
  const plain = message
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\u2018\u2019\u02bc]/g, "'")
    .replace(/[\u201c\u201d\u00ab\u00bb]/g, '"')
    .replace(/\s*\n+\s*/g, ' . ')
    .replace(/\s+/g, ' ')
    .trim();
  return PHRASES.reduce((text, [pattern, word]) => text.replace(pattern, word), plain);
};

/** Reads a message; `names` are the workloads that can be meant. */
export const read = (message: string, names: readonly string[]): Reading => {
  const said = normalise(message);
  const priority = HIGH.test(said) ? 'high' : LOW.test(said) ? 'low' : 'normal';
  HIGH.lastIndex = LOW.lastIndex = 0;
  const reader = new Reader(names);
  const tokens = said.replace(HIGH, ' ').replace(LOW, ' ').match(TOKEN) ?? [];
  for (let at = 0; at < tokens.length;) at += reader.take(tokens[at] ?? '', tokens[at + 1], tokens[at + 2]);
  return { ...reader.done(), priority };
};

class Reader {
  private readonly words: string[] = [];
  private readonly workloads = new Map<string, readonly string[]>();
  private readonly numbers = new Map<string, number>();
  private readonly durations = new Map<string, number>();
  private readonly incidents = new Map<string, string>();
  private readonly tasks = new Map<string, string>();
  private readonly environments: string[] = [];
  private readonly corrected = new Map<string, string>();
  private readonly unknown: string[] = [];
  private readonly names: readonly string[];

  constructor(names: readonly string[]) {
    this.names = names;
  }

  /** Takes one token, or several that are one thing; says how many. */
  take(token: string, next: string | undefined, afterNext: string | undefined): number {
    if (token.startsWith('inc-') && /-[0-9a-f]{6}$/.test(token)) return this.place('INC', this.incidents, token);
    if (/^task-\d{8}-/.test(token)) return this.place('TASK', this.tasks, token);
    if (token.startsWith('"') && token.length > 1) return this.quoted(token.slice(1, -1));
    const three = this.nameOf([token, next, afterNext]);
    if (three !== null) return this.workload(three, 3);
    const two = this.nameOf([token, next]);
    if (two !== null) return this.workload(two, 2);
    const one = this.nameOf([token]);
    if (one !== null) return this.workload(one, 1);
    return this.number(token, next) ?? this.word(token);
  }

  done(): Omit<Reading, 'priority'> {
    return {
      text: this.listed(this.words.join(' ')),
      workloads: this.workloads,
      numbers: this.numbers,
      durations: this.durations,
      incidents: this.incidents,
      tasks: this.tasks,
      environments: this.environments,
      corrected: this.corrected,
      unknown: this.unknown,
    };
  }

  private place<T>(prefix: string, values: Map<string, T>, value: T): 1 {
    const key = `${prefix}${values.size}`;
    values.set(key, value);
    this.words.push(key);
    return 1;
  }

  private workload(name: string, tokens: number): number {
    this.place('W', this.workloads, [name]);
    return tokens;
  }

  /** What is quoted was said by somebody else, unless it is a name. */
  private quoted(content: string): 1 {
    if (this.names.includes(content)) return this.place('W', this.workloads, [content]);
    this.words.push('QUOTE');
    this.unknown.push(`"${content}"`);
    return 1;
  }

  /** `check out`, `check-out` and `search api` are names without their hyphens. */
  private nameOf(tokens: readonly (string | undefined)[]): string | null {
    if (tokens.some((token) => token === undefined || !/^[a-z][a-z0-9-]*$/.test(token))) return null;
    const joined = tokens.join('').replaceAll('-', '');
    return this.names.find((name) => name.replaceAll('-', '') === joined) ?? null;
  }

  private number(token: string, next: string | undefined): number | null {
    const value = /^\d+$/.test(token) ? Number(token) : NUMBERS.get(token);
    if (value !== undefined) {
      const unit = next === undefined ? undefined : UNITS.get(next);
      if (unit === undefined) return this.place('N', this.numbers, value);
      this.place('DUR', this.durations, value * unit);
      return 2;
    }
    const [, digits = '', unit = ''] = /^(\d+)([a-z]+)$/.exec(token) ?? [];
    const minutes = UNITS.get(unit);
    return minutes === undefined ? null : this.place('DUR', this.durations, Number(digits) * minutes);
  }

  private word(token: string): 1 {
    if (token === '+' || token === '-') this.words.push(token === '+' ? 'plus' : 'minus');
    else if (/^[,;.?!]$/.test(token)) this.words.push(token);
    else if (!/^[a-z]/.test(token)) {
      this.words.push('SYM');
      this.unknown.push(token);
    } else this.known(token);
    return 1;
  }

  private known(token: string): void {
    const environment = ENVIRONMENTS.get(token);
    if (environment !== undefined) {
      this.environments.push(environment);
      this.words.push('ENV');
      return;
    }
    if (FILLERS.has(token)) return;
    const lemma = LEMMAS.get(token);
    if (lemma !== undefined || PLAIN.has(token)) {
      this.words.push(lemma ?? token);
      return;
    }
    const meant = this.meantBy(token);
    if (meant === null) {
      this.words.push(token);
      this.unknown.push(token);
      return;
    }
    this.corrected.set(token, meant);
    if (this.names.includes(meant)) this.place('W', this.workloads, [meant]);
    else if (!FILLERS.has(meant)) this.words.push(LEMMAS.get(meant) ?? meant);
  }

  /** The one word or name that a slip of the finger has made this of; null if it could be two. */
  private meantBy(token: string): string | null {
    const allowed = token.length >= 8 ? 2 : token.length >= 5 ? 1 : 0;
    if (allowed === 0) return null;
    const near = [...new Set([...this.names, ...LEMMAS.keys(), ...PLAIN])].filter(
      (word) => word.length >= 4 && Math.abs(word.length - token.length) <= allowed && distance(token, word) <= allowed,
    );
    const name = near.filter((word) => this.names.includes(word));
    const meanings = new Set(near.map((word) => LEMMAS.get(word) ?? word));
    if (name.length === 1 && meanings.size === 1) return name[0] ?? null;
    return meanings.size === 1 ? (near[0] ?? null) : null;
  }

  /** `W0 and W1` is a list: one place with both. */
  private listed(text: string): string {
    return text.replace(/W\d+(?: ,)?(?: (?:and|,)(?: ,)? W\d+)+(?! (?:should|to|need|by))/g, (list) => {
      const keys = list.match(/W\d+/g) ?? [];
      const [first = ''] = keys;
      this.workloads.set(first, [...new Set(keys.flatMap((key) => this.workloads.get(key) ?? []))]);
      return first;
    });
  }
}

/** Letters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
export const distance = (a: string, b: string): number => {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (rows[i - 1]?.[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (rows[i - 2]?.[j - 2] ?? 0) + 1 : Infinity;
      row.push(Math.min(replaced, swapped, (rows[i - 1]?.[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] ?? 0;
};
