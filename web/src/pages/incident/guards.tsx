import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import type { JournalRecord } from '../../../../core/contracts/journal.ts';
import type { GuardResult } from '../../../../core/contracts/verdict.ts';
import { Nothing } from '../../parts/trouble.tsx';
import type { RecordOf } from './facts.ts';

const LOOKS = {
  allow: ['success', 'Allows'],
  ask: ['pending', 'Asks a person'],
  deny: ['error', 'Denies'],
} as const;

/** What stands against it first. */
const ORDER = { deny: 0, ask: 1, allow: 2 } as const;

const COLUMNS: readonly TableProps.ColumnDefinition<GuardResult>[] = [
  { id: 'guard', header: 'Guard', isRowHeader: true, minWidth: 150, cell: ({ guard }) => guard },
  {
    id: 'result',
    header: 'Result',
    minWidth: 140,
    cell: ({ result }) => <StatusIndicator type={LOOKS[result][0]}>{LOOKS[result][1]}</StatusIndicator>,
  },
  { id: 'reason', header: 'Reason', minWidth: 240, cell: ({ reason }) => reason },
  { id: 'fact', header: 'Found', minWidth: 160, cell: ({ fact }) => fact },
  { id: 'limit', header: 'Limit', minWidth: 160, cell: ({ limit, limitSource }) => `${limit} (${limitSource})` },
];

/** What every guard found, the newest verdict first: the one that asked a person, and the one after the answer. */
export const Guards = ({ journal }: { readonly journal: readonly JournalRecord[] }) => {
  const verdicts = journal.filter((record): record is RecordOf<'verdict_given'> => record.kind === 'verdict_given');
  if (verdicts.length === 0)
    return <Nothing title="The guards have not been asked yet">They judge in the phase Enforce.</Nothing>;
  return (
    <SpaceBetween size="l">
      {verdicts.toReversed().map(({ seq, attempt, body: verdict }) => {
        const guards = [...verdict.guards].sort((a, b) => ORDER[a.result] - ORDER[b.result]);
        const isAfterAnswer = verdicts.some((other) => other.attempt === attempt && other.seq < seq);
        const title = `Attempt ${attempt}${isAfterAnswer ? ', after the answer' : ''}`;
        return (
          <Table
            key={seq}
            variant="embedded"
            wrapLines
            items={guards}
            trackBy="guard"
            columnDefinitions={COLUMNS}
            ariaLabels={{ tableLabel: `Guards: ${title}` }}
            header={
              <Header variant="h3" counter={`(${guards.length})`} description={VERDICTS[verdict.verdict]}>
                {title}
              </Header>
            }
          />
        );
      })}
    </SpaceBetween>
  );
};

const VERDICTS = {
  allow: 'All of them allowed it.',
  ask: 'At least one of them wants a person to decide.',
  deny: 'One denial denies.',
} as const;
