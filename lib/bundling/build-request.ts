/** What `build-functions.ts` is asked for, as JSON in its first argument; all paths are absolute. */
export interface BuildRequest {
  /** File of each function's handler, by the function's name. */
  readonly entries: Readonly<Record<string, string>>;
  /** Module that gives functions their credentials. */
  readonly credentialsModule: string;
  /** Folder for `lambdas/<name>/index.js`, `source-maps/<name>.js.map` and `bundle-sizes.json`. */
  readonly outDir: string;
}
