import type { JournalRecord } from '../../core/contracts/journal.ts';
import type { RunResult } from '../matrix/run.ts';

/** One incident of the run, in the order in which they ended. */
export interface CorrectedIncident {
  readonly number: number;
  readonly hypothesis: string;
  /** What was chosen first, and how likely it was believed to cure. */
  readonly firstChoice: string;
  readonly recoverProbability: number | null;
  /** What the runbook, which follows the wrong row, would have chosen. */
  readonly runbook: string;
  readonly actions: readonly string[];
  readonly healed: boolean;
  readonly ending: string;
  /** Why the choice is not the runbook's, in the explanation's words; null while it is the runbook's. */
  readonly said: string | null;
}

export const incidentOf = (number: number, result: RunResult, records: readonly JournalRecord[]): CorrectedIncident => {
  const decision = records.find((record) => record.kind === 'action_decided')?.body;
  const explanation =
    records
      .flatMap((record) => (record.kind === 'attempt_explained' ? [record.body.explanation] : []))
      .find((text) => text.includes('The choice was')) ?? '';
  const chosen = decision?.candidates.find(({ actionId }) => actionId === decision.plan.actionId);
  return {
    number,
    hypothesis: `${decision?.belief[0]?.hypothesis} ${decision?.belief[0]?.probability.toFixed(2)}`,
    firstChoice: decision?.plan.actionId ?? 'none',
    recoverProbability: chosen?.recoverProbability?.mean ?? null,
    runbook: decision?.runbookAction ?? 'none',
    actions: result.actions,
    healed: result.passed,
    ending: result.dispositions.join(', '),
    said: /The runbook would have chosen .*?\.(?= [A-Z])/.exec(explanation)?.[0] ?? null,
  };
};

const HEADER = [
  'incident',
  'likeliest cause',
  'first choice',
  'believed to cure',
  'runbook',
  'what was done',
  'healed',
];

/** The run as a Markdown table, and what the explanation of the last incident says of the runbook. */
export const renderIncidents = (incidents: readonly CorrectedIncident[]): string => {
  const rows = incidents.map(({ number, hypothesis, firstChoice, recoverProbability, runbook, actions, healed }) => [
    String(number),
    hypothesis,
    firstChoice,
    recoverProbability === null ? '' : `${Math.round(recoverProbability * 100)} %`,
    runbook,
    actions.join(', '),
    healed ? 'yes' : 'no',
  ]);
  const corrected = incidents.findIndex((_, index) =>
    incidents.slice(index).every(({ firstChoice, runbook }) => firstChoice !== runbook),
  );
  const said = incidents.findLast((incident) => incident.said !== null)?.said;
  return [
    ...[HEADER, HEADER.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`),
    '',
    corrected < 0 ? 'The choice was not corrected.' : `Corrected for good from incident ${corrected + 1} on.`,
    ...(said == null ? [] : [`The explanation of the last one: ${said}`]),
  ].join('\n');
};
