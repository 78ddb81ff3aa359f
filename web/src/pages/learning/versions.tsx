import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
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

/** Versions of what was learned: look at one, see what it would change, let it decide. */
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
            items={models}
            trackBy="version"
            ariaLabels={{ tableLabel: 'Versions' }}
            header={
              <Header variant="h2" counter={`(${models.length})`}>
                Versions
              </Header>
            }
            empty={<Nothing title="No version yet">A snapshot is taken before the first promotion.</Nothing>}
            columnDefinitions={[
              {
                id: 'version',
                header: 'Version',
                isRowHeader: true,
                minWidth: 180,
                cell: ({ version }) => <span className="k-mono">{version}</span>,
              },
              {
                id: 'status',
                header: 'Status',
                minWidth: 110,
                cell: ({ status }) => (
                  <StatusIndicator type={status === 'live' ? 'success' : 'stopped'}>{status}</StatusIndicator>
                ),
              },
              { id: 'created', header: 'Created', minWidth: 150, cell: ({ createdAt }) => <Instant iso={createdAt} /> },
              { id: 'note', header: 'Note', minWidth: 200, cell: ({ note }) => note ?? '-' },
              {
                id: 'actions',
                header: 'Actions',
                minWidth: 190,
                cell: ({ version, status }) => (
                  <SpaceBetween direction="horizontal" size="xs">
                    <Button
                      variant="inline-link"
                      disabled={version === shown}
                      ariaLabel={`Show version ${version}`}
                      onClick={() => onShow(version)}
                    >
                      Show
                    </Button>
                    {status === 'live' ? null : (
                      <Button
                        variant="inline-link"
                        disabled={!may}
                        disabledReason={why}
                        ariaLabel={`Promote version ${version}`}
                        onClick={() => setCandidate(version)}
                      >
                        Promote
                      </Button>
                    )}
                  </SpaceBetween>
                ),
              },
            ]}
          />
          {candidate === null ? null : (
            <PromoteDialog version={candidate} tier={tier} onClose={() => setCandidate(null)} />
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

const PromoteDialog = ({ version, tier, onClose }: DialogProps) => {
  const [result, setResult] = useState<AnswerOf<'promoteModel'> | null>(null);
  const send = useSend();
  const diff = useRead('compareModels', tier === null ? null : { params: { version }, query: { tier } }, {
    everyMs: Infinity,
  });
  const promote = async (reason: string): Promise<void> => {
    const answer = await send('promoteModel', { params: { version }, body: { reason } }, { touches: ['/models'] });
    if (answer.result === 'promoted') onClose();
    else setResult(answer);
  };
  return (
    <ReasonDialog
      header={`Let version ${version} decide?`}
      verb="Promote"
      result={result === null ? null : <Box color="text-status-error">Refused: {result.reasons.join('; ')}</Box>}
      onConfirm={promote}
      onClose={onClose}
    >
      <Box>It is promoted only if its evidence allows it; the version before it can be promoted again at any time.</Box>
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
            {cells.length === 0 ? <li>It decides as the live one does.</li> : null}
          </ul>
        )}
      </Loaded>
    </ReasonDialog>
  );
};
