import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Header from '@cloudscape-design/components/header';
import { describePlan } from '../../../../core/action/plan.ts';
import type { ActionId } from '../../../../core/contracts/action.ts';
import type { Candidate, Decision } from '../../../../core/contracts/decision.ts';
import type { JournalRecord } from '../../../../core/contracts/journal.ts';
import { describeSymptom } from '../../../../core/explanation/wording.ts';
import { Nothing } from '../../parts/trouble.tsx';
import { BeliefList } from '../../parts/belief-list.tsx';
import { Interval } from '../../parts/bars.tsx';
import { newest, decidedAttempts } from './facts.ts';

const columnsFor = (chosen: ActionId): readonly TableProps.ColumnDefinition<Candidate>[] => [
  {
    id: 'action',
    header: 'Action',
    isRowHeader: true,
    minWidth: 150,
    cell: ({ actionId }) => (
      <>
        {actionId} {actionId === chosen ? <Badge color="blue">chosen</Badge> : null}
      </>
    ),
  },
  {
    id: 'minutes',
    header: 'Expected cost (min)',
    minWidth: 110,
    cell: ({ expectedMinutes }) => (expectedMinutes === null ? '-' : expectedMinutes.toFixed(1)),
  },
  {
    id: 'recover',
    header: 'Probability to recover (90 % interval)',
    minWidth: 220,
    cell: ({ recoverProbability }) => (recoverProbability === null ? '-' : <Interval {...recoverProbability} />),
  },
  {
    id: 'evidence',
    header: 'Outcomes known',
    minWidth: 100,
    cell: ({ evidenceCount }) => Number(evidenceCount.toFixed(1)),
  },
  { id: 'masked', header: 'Ruled out because', minWidth: 220, cell: ({ masked }) => masked ?? '-' },
];

/** What each attempt believed and weighed, the newest first. */
export const Decisions = ({ journal }: { readonly journal: readonly JournalRecord[] }) => {
  const attempts = decidedAttempts(journal);
  if (attempts.length === 0)
    return <Nothing title="Nothing is decided yet">Candidates show up after the phase Decide.</Nothing>;
  return (
    <SpaceBetween size="l">
      {attempts.toReversed().map((attempt) => {
        const record = newest(journal, 'action_decided', attempt);
        return record === undefined ? null : <OneDecision key={attempt} attempt={attempt} decision={record.body} />;
      })}
    </SpaceBetween>
  );
};

const OneDecision = ({ attempt, decision }: { readonly attempt: number; readonly decision: Decision }) => {
  const { counterfactual } = decision;
  const chosen = decision.plan.actionId;
  const ranked = [...decision.candidates].sort(
    (a, b) => (a.expectedMinutes ?? Infinity) - (b.expectedMinutes ?? Infinity),
  );
  return (
    <SpaceBetween size="m">
      <Box>
        <Box variant="h3">
          Attempt {attempt}: {describePlan(decision.plan)}
        </Box>
        <p className="k-sentence">
          {decision.reason}. Risk {decision.risk}, {decision.reversible ? 'can be undone' : 'cannot be undone'}; the
          runbook says {decision.runbookAction}. Model {decision.modelVersion}.
          {counterfactual === null
            ? ''
            : ` Without ${describeSymptom(counterfactual.symptom)} it would have been ${counterfactual.action}.`}
        </p>
      </Box>
      <section aria-label="Belief">
        <Box variant="h4">What is believed to be wrong</Box>
        <BeliefList belief={decision.belief.filter(({ probability }) => probability >= 0.005).slice(0, 6)} />
      </section>
      <Table
        variant="embedded"
        items={ranked}
        columnDefinitions={columnsFor(chosen)}
        trackBy="actionId"
        wrapLines
        ariaLabels={{ tableLabel: `Candidates of attempt ${attempt}` }}
        header={<Header variant="h3">Candidates</Header>}
      />
    </SpaceBetween>
  );
};
