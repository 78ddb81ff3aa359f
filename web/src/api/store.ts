import type * as z from 'zod';
import type { Ask } from './http.ts';
import { parseAnswer } from './http.ts';

/** What is known of one path of the API. `data` stays while a later request fails, so that a page never goes blank. */
export interface Known<T> {
  readonly data: T | undefined;
  readonly error: Error | undefined;
  /** Epoch milliseconds of the newest answer; null before the first. */
  readonly at: number | null;
  /** Version of `data`, which a change of it has to name. */
  readonly etag: string | null;
}

const NOTHING: Known<never> = { data: undefined, error: undefined, at: null, etag: null };
const MAX_PAUSE_MS = 30_000;

/** One path: asked again as often as the most eager of its readers wants, while there is one. */
class Resource {
  known: Known<unknown> = NOTHING;
  readonly readers = new Map<() => void, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | null = null;
  #again = false;
  #failures = 0;
  readonly #path: string;
  readonly #schema: z.ZodType;
  readonly #ask: Ask;

  constructor(path: string, schema: z.ZodType, ask: Ask) {
    this.#path = path;
    this.#schema = schema;
    this.#ask = ask;
  }

  /** News that come while a request runs may be newer than its answer, so it is followed by another. */
  refresh(): Promise<void> {
    if (this.#running !== null) {
      this.#again = true;
      return this.#running;
    }
    clearTimeout(this.#timer);
    this.#running = this.#load().finally(() => {
      this.#running = null;
      if (this.#again) {
        this.#again = false;
        void this.refresh();
      } else this.schedule();
    });
    return this.#running;
  }

  schedule(): void {
    clearTimeout(this.#timer);
    const every = Math.min(...this.readers.values());
    if (!Number.isFinite(every) || document.hidden) return;
    const pause = this.#failures === 0 ? every : Math.min(MAX_PAUSE_MS, Math.max(every, 1_000) * 2 ** this.#failures);
    this.#timer = setTimeout(() => void this.refresh(), pause);
  }

  async #load(): Promise<void> {
    try {
      const { body, etag } = await this.#ask(this.#path, { etag: this.known.etag });
      this.#failures = 0;
      if (body === null) {
        if (this.known.error !== undefined) this.#tell({ ...this.known, error: undefined });
        return;
      }
      const data = parseAnswer(this.#schema, body, this.#path);
      this.#tell({ data, error: undefined, at: Date.now(), etag });
    } catch (error) {
      this.#failures += 1;
      this.#tell({ ...this.known, error: error instanceof Error ? error : new Error(String(error)) });
    }
  }

  #tell(known: Known<unknown>): void {
    this.known = known;
    for (const reader of this.readers.keys()) reader();
  }
}

/** Everything that was read from the API, by path. */
export class Store {
  readonly #resources = new Map<string, Resource>();
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.refresh('/');
    });
  }

  /**
   * Reads a path until the returned function is called.
   *
   * @param everyMs - how often at least it is asked again; infinite: only when something tells that it changed
   */
  read(path: string, schema: z.ZodType, everyMs: number, onChange: () => void): () => void {
    const resource = this.#resource(path, schema);
    resource.readers.set(onChange, everyMs);
    if (resource.known.at === null || Date.now() - resource.known.at > Math.min(everyMs, 5_000))
      void resource.refresh();
    else resource.schedule();
    return () => {
      resource.readers.delete(onChange);
      resource.schedule();
    };
  }

  known<T>(path: string): Known<T> {
    return (this.#resources.get(path)?.known ?? NOTHING) as Known<T>;
  }

  /** Asks again for everything below a path that somebody looks at; the rest is forgotten. */
  refresh(prefix: string): void {
    for (const [path, resource] of this.#resources) {
      if (!path.startsWith(prefix)) continue;
      if (resource.readers.size > 0) void resource.refresh();
      else this.#resources.delete(path);
    }
  }

  /** Forgets everything: somebody else is signed in. */
  clear(): void {
    for (const [path, resource] of this.#resources) {
      if (resource.readers.size === 0) this.#resources.delete(path);
      else void resource.refresh();
    }
  }

  #resource(path: string, schema: z.ZodType): Resource {
    const found = this.#resources.get(path);
    if (found !== undefined) return found;
    const made = new Resource(path, schema, this.#ask);
    this.#resources.set(path, made);
    return made;
  }
}
