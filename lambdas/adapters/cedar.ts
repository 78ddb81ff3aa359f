import { setFlagsFromString } from 'node:v8';
import type * as CedarModule from '@cedar-policy/cedar-wasm/nodejs';

export type Cedar = typeof CedarModule;

/**
 * The engine, safe to be called often. Its functions return objects from WebAssembly, and the V8 of Node 22 ends the whole
 * process when such a call was inlined into code that is deoptimised before the call returns (decision 0075).
 */
export const withoutInlining = <T>(cedar: T): T => {
  setFlagsFromString('--no-turbo-inline-js-wasm-calls');
  return cedar;
};

/** Loads the engine, 4 MB of WebAssembly that lie beside the function's own code. */
export const loadCedar = async (): Promise<Cedar> => withoutInlining(await import('@cedar-policy/cedar-wasm/nodejs'));
