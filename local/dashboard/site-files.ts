import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

export interface SiteFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly zipped: Buffer;
  /** Its name holds the hash of its content, so it never changes. */
  readonly isImmutable: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

const compress = promisify(gzip);

/** Every file of the built dashboard by its path, in memory: there are a few dozen, three megabytes in all. */
export const readSite = async (dir: string): Promise<ReadonlyMap<string, SiteFile>> => {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(
      files.map(async (file) => {
        const path = `/${relative(dir, file).split(sep).join('/')}`;
        const plain = await readFile(file);
        const type = TYPES[extname(file)] ?? 'application/octet-stream';
        return [
          path,
          { type, plain, zipped: await compress(plain), isImmutable: path.startsWith('/assets/') },
        ] as const;
      }),
    ),
  );
};
