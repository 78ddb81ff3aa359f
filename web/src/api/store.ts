import type { Answer } from '../../../core/api/client.ts';

/** Asks for what is newer than an entity tag; null when nothing is. */
export type Load = (etag: string | null) => Promise<Answer<unknown> | null>;

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
/** Least time between two requests for one path. */
const APART_MS = 500;

/** One path: asked again as often as the most eager of its readers wants, while there is one. */
class Resource {
  known: Known<unknown> = NOTHING;
  readonly readers = new Map<() => void, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isRunning = false;
  #startedAt = -Infinity;
  #again = false;
  #failures = 0;
  readonly #load: Load;

  constructor(load: Load) {
    this.#load = load;
  }

  /**
   * News that come while a request runs may be newer than its answer, so it is followed by another, but not at once: a storm
   * of news is asked about twice a second, and the API's limit is not used up by it.
   */
  refresh(): void {
    if (this.#isRunning) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    const wait = this.#startedAt + APART_MS - Date.now();
    if (wait > 0) {
      this.#timer = setTimeout(() => this.refresh(), wait);
      return;
    }
    this.#startedAt = Date.now();
    this.#isRunning = true;
    void this.#update().finally(() => {
      this.#isRunning = false;
      const again = this.#again;
      this.#again = false;
      if (again) this.refresh();
      else this.schedule();
    });
  }

  schedule(): void {
    clearTimeout(this.#timer);
    const every = Math.min(...this.readers.values());
    if (!Number.isFinite(every) || document.hidden) return;
    const pause = this.#failures === 0 ? every : Math.min(MAX_PAUSE_MS, Math.max(every, 1_000) * 2 ** this.#failures);
    this.#timer = setTimeout(() => this.refresh(), pause);
  }

  /** Shows nothing until a new answer comes; one that is on its way was meant for somebody else. */
  forget(): void {
    this.#startedAt = -Infinity;
    this.#tell(NOTHING);
    this.refresh();
  }

  async #update(): Promise<void> {
    const asked = this.known;
    try {
      const answer = await this.#load(asked.etag);
      if (this.known !== asked) return;
      this.#failures = 0;
      if (answer !== null) this.#tell({ data: answer.value, error: undefined, at: Date.now(), etag: answer.etag });
      else if (this.known.error !== undefined) this.#tell({ ...this.known, error: undefined });
    } catch (error) {
      if (this.known !== asked) return;
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

  constructor() {
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.refresh('/');
    });
  }

  /**
   * Reads a path until the returned function is called.
   *
   * @param everyMs - how often at least it is asked again; infinite: only when something tells that it changed
   */
  read(path: string, load: Load, everyMs: number, onChange: () => void): () => void {
    const resource = this.#resource(path, load);
    resource.readers.set(onChange, everyMs);
    if (resource.known.at === null || Date.now() - resource.known.at > Math.min(everyMs, 5_000)) resource.refresh();
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
      if (resource.readers.size > 0) resource.refresh();
      else this.#resources.delete(path);
    }
  }

  /** Forgets everything: somebody else is signed in. */
  clear(): void {
    for (const [path, resource] of this.#resources) {
      if (resource.readers.size === 0) this.#resources.delete(path);
      else resource.forget();
    }
  }

  #resource(path: string, load: Load): Resource {
    const found = this.#resources.get(path);
    if (found !== undefined) return found;
    const made = new Resource(load);
    this.#resources.set(path, made);
    return made;
  }
}
