import { alarmChecks } from './conformance/alarm-checks.ts';
import type { Check } from './conformance/check.ts';
import { dataChecks } from './conformance/data-checks.ts';
import { eventChecks } from './conformance/event-checks.ts';
import { openLab, type Lab } from './conformance/lab.ts';
import { workflowChecks } from './conformance/workflow-checks.ts';

/**
 * How an endpoint did on one check. `better than known`: it behaves as AWS does where it was known not to, so the known
 * difference can be struck out.
 */
export type ConformanceResult = 'ok' | 'differs, as known' | 'new difference' | 'better than known';

export interface ConformanceRow {
  readonly behaviour: string;
  readonly neededBy: string;
  readonly result: ConformanceResult;
  readonly note: string;
  readonly durationMs: number;
}

export const conformanceChecks: readonly Check[] = [...dataChecks, ...alarmChecks, ...workflowChecks, ...eventChecks];

/** Runs every check at once against an endpoint that holds the AWS behaviours the product relies on, or does not. */
export const runConformance = async (
  endpoint: string,
  checks: readonly Check[] = conformanceChecks,
): Promise<readonly ConformanceRow[]> => {
  const lab = await openLab(endpoint);
  try {
    return await Promise.all(checks.map((check) => runCheck(check, lab)));
  } finally {
    await lab.remove();
  }
};

const runCheck = async (check: Check, lab: Lab): Promise<ConformanceRow> => {
  const { behaviour, neededBy, knownDifference } = check;
  const startedAt = performance.now();
  const row = (result: ConformanceResult, note: string): ConformanceRow => ({
    behaviour,
    neededBy,
    result,
    note,
    durationMs: Math.round(performance.now() - startedAt),
  });
  try {
    await check.run(lab);
    return knownDifference === undefined ? row('ok', '') : row('better than known', `no longer: ${knownDifference}`);
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return knownDifference === undefined ? row('new difference', reason) : row('differs, as known', knownDifference);
  }
};

/** The rows as a Markdown table. */
export const conformanceTable = (rows: readonly ConformanceRow[]): string =>
  [
    '| Behaviour | Needed by | Result | Note |',
    '| --- | --- | --- | --- |',
    ...rows.map(({ behaviour, neededBy, result, note }) => {
      const cells = [behaviour, neededBy, result, note].map((cell) =>
        cell.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|'),
      );
      return `| ${cells.join(' | ')} |`;
    }),
  ].join('\n');
