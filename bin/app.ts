import { dirname } from 'node:path';
import { App } from 'aws-cdk-lib';
import { InvalidInputError } from '../core/shared/errors.ts';
import { compose } from '../lib/compose.ts';

try {
  compose(new App(), { projectDir: dirname(import.meta.dirname) });
} catch (error) {
  if (!(error instanceof InvalidInputError)) throw error;
  // What somebody wrote into the context is theirs to mend: where it was noticed would only hide the message.
  process.stderr.write(`${error.message}\n`);
  process.exit(1); // at once, or the app synthesises what was composed until here
}
