import { tableDifferences, type TableDifference, type Tables } from '../../core/learning/rebuild.ts';
import { tablesOf } from '../../core/model/snapshot.ts';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import type { ExperienceLog } from '../../core/shared/ports.ts';

export interface LearningCheckDeps {
  readonly log: ExperienceLog;
  /** The live table and every ledger, read consistently. */
  readonly tables: () => Promise<Tables>;
}

export interface LearningCheck {
  readonly experiences: number;
  readonly rows: number;
  readonly differences: readonly TableDifference[];
}

/** Incidents are rare and reading takes a second: two readings in a row without one in between are soon found. */
const READINGS = 5;

/**
 * Rebuilds the Q-table from the log of experiences and holds it against the stored one.
 *
 * The table is read before and after the log; what was learned in between would look like a difference, so only a table
 * that stood still is judged.
 *
 * @throws DependencyUnavailableError when the table never stood still
 */
export const checkLearning = async ({ log, tables }: LearningCheckDeps): Promise<LearningCheck> => {
  let before = await tables();
  for (let reading = 0; reading < READINGS; reading += 1) {
    const experiences = await log.all();
    const after = await tables();
    if (tableDifferences(before, after, 0).length === 0) {
      const rows = [...after.values()].reduce((sum, table) => sum + table.size, 0);
      return { experiences: experiences.length, rows, differences: tableDifferences(after, tablesOf(experiences)) };
    }
    before = after;
  }
  throw new DependencyUnavailableError(`the Q-table changed during each of ${READINGS} readings: try again`);
};
