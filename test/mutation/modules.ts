import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { compileFunction } from 'node:vm';
import { transformSync } from '@swc/core';

interface Loaded {
  exports: unknown;
}
type Body = (module: Loaded, exports: unknown, require: (specifier: string) => unknown) => void;

/**
 * The sandbox's own files as CommonJS, as jest has them, in modules that can be forgotten one by one. Packages come from
 * Node's `require` and stay: loading zod and the policy engine takes longer than all of the tests that use them.
 */
export class Modules {
  readonly #bodies = new Map<string, Body>();
  readonly #loaded = new Map<string, Loaded>();
  readonly #importers = new Map<string, Set<string>>();

  load(file: string): unknown {
    const known = this.#loaded.get(file);
    if (known !== undefined) return known.exports;
    const module: Loaded = { exports: {} };
    // Before it is evaluated, so that a circle of imports ends.
    this.#loaded.set(file, module);
    try {
      this.#bodyOf(file)(module, module.exports, this.#requireFor(file));
    } catch (error) {
      this.#loaded.delete(file);
      throw error;
    }
    return module.exports;
  }

  isLoaded(file: string): boolean {
    return this.#loaded.has(file);
  }

  /** The file and whatever imports it, directly or not. */
  dependents(file: string): ReadonlySet<string> {
    const found = new Set([file]);
    // A set visits what is added to it meanwhile.
    for (const each of found) for (const importer of this.#importers.get(each) ?? []) found.add(importer);
    return found;
  }

  /** The next load evaluates these files anew. */
  forget(files: Iterable<string>): void {
    for (const file of files) this.#loaded.delete(file);
  }

  #requireFor(file: string) {
    const native = createRequire(file);
    return (specifier: string): unknown => {
      if (!specifier.startsWith('.') || !specifier.endsWith('.ts')) return native(specifier);
      const imported = resolve(dirname(file), specifier);
      this.#importers.set(imported, (this.#importers.get(imported) ?? new Set()).add(file));
      return this.load(imported);
    };
  }

  #bodyOf(file: string): Body {
    const known = this.#bodies.get(file);
    if (known !== undefined) return known;
    const { code } = transformSync(readFileSync(file, 'utf8'), {
      filename: file,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
      module: { type: 'commonjs' },
    });
    const body = compileFunction(code, ['module', 'exports', 'require'], { filename: file }) as Body;
    this.#bodies.set(file, body);
    return body;
  }
}
