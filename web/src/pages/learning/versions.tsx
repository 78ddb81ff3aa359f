import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import type { AnswerOf } from '../../../../core/contracts/api/routes.ts';
import { useMay, useRead, useSend } from '../../api/api.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { Instant } from '../../parts/time.tsx';
import { Loaded, Nothing } from '../../parts/trouble.tsx';
import { percent } from '../../../../core/shared/units.ts';

interface Props {
  readonly shown: string;
  readonly tier: string | null;
  readonly onShow: (version: string) => void;
}

type Model = AnswerOf<'listModels'>['models'][number];

const TYPES: Readonly<Record<Model['status'], StatusIndicatorProps.Type>> = {
  deciding: 'success',
  trial: 'in-progress',
  learning: 'info',
  frozen: 'stopped',
  unsound: 'error',
};

/** Why a version cannot be tried; empty where nothing is in the way. */
const obstacleOf = ({ status, passed }: Model): string => {
  if (status === 'unsound') return 'It was changed after it was frozen.';
  if (passed === null) return 'It is judged once a day, and was not yet.';
  return passed ? '' : 'It failed a test.';
};

/** Versions of what was learned: look at one, see what it would change, begin its trial. */
export const Versions = ({ shown, tier, onShow }: Props) => {
  const read = useRead('listModels', {}, { everyMs: 30_000 });
  const [candidate, setCandidate] = useState<string | null>(null);
  const { may, why } = useMay()('promoteModel');
  return (
    <Loaded read={read} what="the versions">
      {({ models }) => (
        <>
          <Table
            variant="container"
            wrapLines
            items={models}
            trackBy="version"
            ariaLabels={{ tableLabel: 'Versions' }}
            header={
              <Header variant="h2" counter={`(${models.length})`}>
                Versions
              </Header>
            }
            empty={<Nothing title="No version yet">What was learned is frozen into one once a day.</Nothing>}
            columnDefinitions={[
              {
                id: 'version',
                header: 'Version',
                isRowHeader: true,
                minWidth: 290,
                cell: ({ version }) => <span className="k-mono">{version}</span>,
              },
              {
                id: 'status',
                header: 'Status',
                minWidth: 130,
                cell: ({ status }) => <StatusIndicator type={TYPES[status]}>{status}</StatusIndicator>,
              },
              { id: 'created', header: 'Created', minWidth: 150, cell: ({ createdAt }) => <Instant iso={createdAt} /> },
              { id: 'note', header: 'Note', minWidth: 200, cell: ({ note }) => note },
              {
                id: 'actions',
                header: 'Actions',
                minWidth: 120,
                cell: (model) => (
                  <SpaceBetween direction="horizontal" size="xs">
                    <Button
                      variant="inline-link"
                      disabled={model.version === shown}
                      disabledReason="It is shown above."
                      ariaLabel={`Show version ${model.version}`}
                      onClick={() => onShow(model.version)}
                    >
                      Show
                    </Button>
                    {['frozen', 'unsound'].includes(model.status) ? (
                      <Button
                        variant="inline-link"
                        disabled={!may || obstacleOf(model) !== ''}
                        disabledReason={may ? obstacleOf(model) : why}
                        ariaLabel={`Try version ${model.version}`}
                        onClick={() => setCandidate(model.version)}
                      >
                        Try
                      </Button>
                    ) : null}
                  </SpaceBetween>
                ),
              },
            ]}
          />
          {candidate === null ? null : (
            <TrialDialog version={candidate} tier={tier} onClose={() => setCandidate(null)} />
          )}
        </>
      )}
    </Loaded>
  );
};

interface DialogProps {
  readonly version: string;
  readonly tier: string | null;
  readonly onClose: () => void;
}

const TrialDialog = ({ version, tier, onClose }: DialogProps) => {
  const [result, setResult] = useState<AnswerOf<'promoteModel'> | null>(null);
  const send = useSend();
  const diff = useRead('compareModels', tier === null ? null : { params: { version }, query: { tier } }, {
    everyMs: Infinity,
  });
  const promote = async (reason: string): Promise<void> => {
    const answer = await send('promoteModel', { params: { version }, body: { reason } }, { touches: ['/models'] });
    if (answer.result === 'started') onClose();
    else setResult(answer);
  };
  return (
    <ReasonDialog
      header={`Begin the trial of ${version}?`}
      verb="Begin"
      result={result === null ? null : <Box color="text-status-error">Refused: {result.reasons.join('; ')}</Box>}
      onConfirm={promote}
      onClose={onClose}
    >
      <Box>
        It decides a tenth of the incidents, then half, then all of them; it goes back by itself when it does worse than
        it promised.
      </Box>
      <Loaded read={diff} what="the differences">
        {({ cells }) => (
          <ul>
            {cells.slice(0, 12).map(({ hypothesis, actionId, before, after }) => (
              <li key={`${hypothesis}/${actionId}`}>
                {actionId} against {hypothesis}: {before === null ? '-' : percent(before)} to{' '}
                {after === null ? '-' : percent(after)}
              </li>
            ))}
            {cells.length > 12 ? <li>and {cells.length - 12} more</li> : null}
            {cells.length === 0 ? <li>It believes what the live table believes.</li> : null}
          </ul>
        )}
      </Loaded>
    </ReasonDialog>
  );
};
