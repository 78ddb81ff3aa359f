import { dirname } from 'node:path';
import { App } from 'aws-cdk-lib';
import { compose } from '../lib/compose.ts';

compose(new App(), { projectDir: dirname(import.meta.dirname) });
