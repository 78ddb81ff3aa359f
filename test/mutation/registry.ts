import { relative } from 'node:path';
import { expect } from 'expect';
import { bind } from 'jest-each';

export interface Test {
  /** Unique, and the same whenever the file is loaded. */
  readonly id: string;
  readonly title: string;
  readonly file: string;
  readonly run: () => unknown;
}

/** Jest's `describe`, `test` and `expect`, as far as the tests of the mutated code use them: any other is not defined. */
export class Registry {
  readonly #tests = new Map<string, readonly Test[]>();
  readonly #atEnd: (() => unknown)[] = [];
  #file = '';
  #path: string[] = [];
  #defined: Test[] = [];

  constructor() {
    const test = (name: string, run: () => unknown): void => this.#add(name, run);
    const describe = (name: string, body: () => void): void => {
      this.#path.push(name);
      body();
      this.#path.pop();
    };
    Object.assign(globalThis, {
      expect,
      test: Object.assign(test, { each: bind(test as never, false) }),
      describe: Object.assign(describe, { each: bind(describe as never, false) }),
      // The folders of a test file are used again for the next mutant.
      afterAll: (run: () => unknown) => void this.#atEnd.push(run),
    });
  }

  /** Takes the tests that `load` defines as those of the file; when it throws, the file keeps those that it had. */
  define(file: string, load: () => void): void {
    [this.#file, this.#path, this.#defined] = [file, [], []];
    load();
    this.#tests.set(file, this.#defined);
  }

  get all(): readonly Test[] {
    return [...this.#tests.values()].flat();
  }

  of(file: string): readonly Test[] {
    return this.#tests.get(file) ?? [];
  }

  async end(): Promise<void> {
    for (const run of this.#atEnd) await run();
  }

  #add(name: string, run: () => unknown): void {
    const title = [relative('', this.#file), ...this.#path, name].join(' > ');
    const count = this.#defined.filter((test) => test.title === title).length;
    const id = count === 0 ? title : `${title} (${count + 1})`;
    this.#defined.push({ id, title, file: this.#file, run });
  }
}
