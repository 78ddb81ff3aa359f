import { memoryStores } from '../../support/memory-stores.ts';
import { coordinationSuite } from '../../support/suites/coordination-suite.ts';
import { incidentStoreSuite } from '../../support/suites/incident-store-suite.ts';
import { journalSuite } from '../../support/suites/journal-suite.ts';

/** The same suites run over DynamoDB in `test/integration/dynamodb-stores.test.ts`, so that the fake cannot lie. */
const stores = memoryStores();

describe('journal in memory', () => journalSuite(() => stores));
describe('coordination in memory', () => coordinationSuite(() => stores));
describe('incidents in memory', () => incidentStoreSuite(() => stores));
