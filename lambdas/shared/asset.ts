import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file that lies beside the function's code; read when it is first asked for. */
export const asset = (name: string): string => readFileSync(join(__dirname, name), 'utf8');
