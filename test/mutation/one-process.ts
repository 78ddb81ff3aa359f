import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { MutantCoverage, StrykerOptions } from '@stryker-mutator/api/core';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import {
  determineHitLimitReached,
  DryRunStatus,
  MutantRunStatus,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import type {
  DryRunResult,
  MutantRunOptions,
  MutantRunResult,
  TestResult,
  TestRunner,
} from '@stryker-mutator/api/test-runner';
import fc from 'fast-check';
import { Modules } from './modules.ts';
import { Registry } from './registry.ts';
import type { Test } from './registry.ts';

/** What Stryker's instrumented code reads and writes; it keeps the object, so nobody may replace it. */
interface Namespace {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: MutantCoverage;
}

interface Options extends StrykerOptions {
  readonly oneProcess: { readonly testFolders: readonly string[]; readonly notThese: readonly string[] };
}

/** How long each test took in the first run; a runner that replaces one that hung reads it. */
const TIMES_FILE = '.one-process-times.json';

/**
 * Runs all mutants in one process: jest's way, a run for each, takes five seconds to load the tests again, and they take
 * milliseconds. What a mutant costs here is the tests that reach it, those that killed its neighbours and then the
 * cheapest first, until one fails.
 */
class OneProcessRunner implements TestRunner {
  static readonly inject = tokens(commonTokens.options);
  readonly #modules = new Modules();
  readonly #registry = new Registry();
  readonly #files: readonly string[];
  readonly #namespace: Namespace = ((globalThis as { __stryker__?: Namespace }).__stryker__ ??= {});
  /** By mutated file and test: which killed a mutant last. Mutants that stand beside each other die by the same test. */
  readonly #lastKills = new Map<string, number>();
  #killCount = 0;
  #times: Readonly<Record<string, number>> = {};

  constructor(options: StrykerOptions) {
    const { testFolders, notThese } = (options as Options).oneProcess;
    this.#files = testFolders
      .flatMap((folder) => readdirSync(folder).map((name) => resolve(folder, name)))
      .filter((file) => file.endsWith('.test.ts') && !notThese.some((name) => file.endsWith(name)));
    // The same cases for each mutant; that one fails is enough, nobody reads the smallest.
    fc.configureGlobal({ seed: 1, endOnFailure: true });
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async dryRun(): Promise<DryRunResult> {
    this.#start();
    const tests: TestResult[] = [];
    for (const test of this.#registry.all) tests.push(await this.#run(test));
    this.#times = Object.fromEntries(tests.map(({ id, timeSpentMs }) => [id, timeSpentMs]));
    writeFileSync(TIMES_FILE, JSON.stringify(this.#times));
    const { mutantCoverage } = this.#namespace;
    return { status: DryRunStatus.Complete, tests, ...(mutantCoverage === undefined ? {} : { mutantCoverage }) };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { mutantActivation, sandboxFileName, hitLimit } = options;
    this.#start();
    const dependents = this.#modules.dependents(sandboxFileName);
    const isFresh = mutantActivation === 'static' || keepsState(sandboxFileName);
    if (isFresh) this.#modules.forget(dependents);
    Object.assign(this.#namespace, { hitLimit, hitCount: hitLimit === undefined ? undefined : 0 });
    try {
      const tests = await this.#runUntilKilled(options, dependents);
      return (
        this.#overLimit(options) ?? toMutantRunResult({ status: DryRunStatus.Complete, tests }, options.disableBail)
      );
    } finally {
      this.#namespace.activeMutant = undefined;
      if (isFresh) this.#modules.forget(dependents);
    }
  }

  async dispose(): Promise<void> {
    await this.#registry.end();
  }

  /** A test file that does not import the mutated one cannot see it. */
  async #runUntilKilled(options: MutantRunOptions, dependents: ReadonlySet<string>): Promise<TestResult[]> {
    const { activeMutant, mutantActivation, sandboxFileName, testFilter, disableBail } = options;
    const wanted = testFilter === undefined ? null : new Set(testFilter);
    const testsOf = (file: string) => this.#registry.of(file).filter(({ id }) => wanted?.has(id) ?? true);
    const keyOf = (id: string) => `${sandboxFileName} ${id}`;
    const lastKill = ({ id }: Test) => this.#lastKills.get(keyOf(id)) ?? 0;
    const queue = this.#files
      .filter((file) => dependents.has(file))
      .flatMap(testsOf)
      .toSorted((a, b) => lastKill(b) - lastKill(a) || this.#timeOf(a) - this.#timeOf(b));
    const results: TestResult[] = [];
    for (const planned of queue) {
      const { id, file } = planned;
      const isNew = !this.#modules.isLoaded(file);
      this.#namespace.activeMutant = mutantActivation === 'static' ? activeMutant.id : undefined;
      const failure = this.#failureToLoad(planned);
      this.#namespace.activeMutant = activeMutant.id;
      // The mutant may have given tests other names.
      if (isNew) queue.push(...testsOf(file).filter((test) => !queue.some((other) => other.id === test.id)));
      const test = this.#registry.of(file).find((other) => other.id === id);
      if (test === undefined) continue;
      const result = failure ?? (await this.#run(test));
      results.push(result);
      if (result.status !== TestStatus.Failed) continue;
      this.#lastKills.set(keyOf(id), (this.#killCount += 1));
      if (!disableBail) break;
    }
    return results;
  }

  #timeOf({ id }: Test): number {
    return this.#times[id] ?? 0;
  }

  /** Under a mutant a test file may be one that cannot be loaded; then its tests have failed. */
  #failureToLoad({ id, file }: Test): TestResult | null {
    try {
      this.#load(file);
      return null;
    } catch (error) {
      return { id, name: id, timeSpentMs: 0, status: TestStatus.Failed, failureMessage: `cannot be loaded: ${error}` };
    }
  }

  /** Once: a file that a mutant has made anew is loaded again when its tests are next wanted. */
  #start(): void {
    if (this.#registry.all.length > 0) return;
    for (const file of this.#files) this.#load(file);
    if (existsSync(TIMES_FILE)) this.#times = JSON.parse(readFileSync(TIMES_FILE, 'utf8')) as Record<string, number>;
  }

  #load(file: string): void {
    if (this.#modules.isLoaded(file)) return;
    this.#registry.define(file, () => this.#modules.load(file));
  }

  async #run({ id, file, run }: Test): Promise<TestResult> {
    const started = performance.now();
    this.#namespace.currentTestId = id;
    const shared = { id, name: id, fileName: file };
    try {
      await run();
      return { ...shared, status: TestStatus.Success, timeSpentMs: performance.now() - started };
    } catch (error) {
      const failureMessage = error instanceof Error ? error.message : String(error);
      return { ...shared, status: TestStatus.Failed, failureMessage, timeSpentMs: performance.now() - started };
    } finally {
      this.#namespace.currentTestId = undefined;
    }
  }

  #overLimit({ hitLimit }: MutantRunOptions): MutantRunResult | null {
    const limit = determineHitLimitReached(this.#namespace.hitCount, hitLimit);
    return limit === undefined ? null : { ...limit, status: MutantRunStatus.Timeout };
  }
}

/** What a module remembers between calls would carry one mutant's answers into the next. */
const keepsState = (file: string): boolean =>
  /^(?:let|const \w+ = new (?:Weak)?Map)\b/m.test(readFileSync(file, 'utf8'));

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'one-process', OneProcessRunner)];

export const strykerValidationSchema = {
  properties: {
    oneProcess: {
      type: 'object',
      required: ['testFolders', 'notThese'],
      additionalProperties: false,
      properties: {
        testFolders: { type: 'array', items: { type: 'string' } },
        notThese: { type: 'array', items: { type: 'string' } },
      },
    },
  },
};
