import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import type { AnswerOf } from '../../../../core/contracts/api/routes.ts';
import type { Mode } from '../../../../core/contracts/limits.ts';
import { useApi, useMay, useSend } from '../../api/api.tsx';
import { LEAVING_OFF, MODE_WORDS } from '../../parts/mode-words.ts';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';

/** Stops every automatic action, after saying what that means. What was closed in part can be closed again. */
export const KillSwitch = ({ mode }: { readonly mode: Mode | undefined }) => {
  const [isAsked, setAsked] = useState(false);
  const [report, setReport] = useState<AnswerOf<'stopEverything'> | null>(null);
  const { may, why } = useMay()('stopEverything');
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="For when healing itself does harm, or nobody knows what it does."
          actions={
            <Button iconName="status-stopped" disabled={!may} disabledReason={why} onClick={() => setAsked(true)}>
              Stop everything
            </Button>
          }
        >
          Kill switch
        </Header>
      }
    >
      <State mode={mode} />
      <div role="status">{report === null ? null : <Places report={report} />}</div>
      {isAsked ? <StopDialog onStopped={setReport} onClose={() => setAsked(false)} /> : null}
    </Container>
  );
};

const State = ({ mode }: { readonly mode: Mode | undefined }) => {
  if (mode === undefined) return <StatusIndicator type="warning">The mode is not known.</StatusIndicator>;
  const { name, meaning } = MODE_WORDS[mode];
  if (mode !== 'off') {
    return (
      <Box>
        The mode is {name}. {meaning}
      </Box>
    );
  }
  return (
    <Alert type="warning" header="Healing is off">
      {meaning} {LEAVING_OFF}
    </Alert>
  );
};

/** Each place by itself is enough; one that could not be closed is somebody's work. */
const Places = ({ report }: { readonly report: AnswerOf<'stopEverything'> }) => (
  <ul>
    {report.places.map(({ place, stopped, detail }) => (
      <li key={place}>
        <StatusIndicator type={stopped ? 'success' : 'error'}>
          {place}: {stopped ? detail : `not closed, ${detail}`}
        </StatusIndicator>
      </li>
    ))}
  </ul>
);

interface StopDialogProps {
  readonly onStopped: (report: AnswerOf<'stopEverything'>) => void;
  readonly onClose: () => void;
}

const StopDialog = ({ onStopped, onClose }: StopDialogProps) => {
  const { config } = useApi();
  const send = useSend();
  const stop = async (reason: string): Promise<void> => {
    const touches = ['/mode', '/incidents?'];
    onStopped(await send('stopEverything', { body: { reason } }, { touches }));
    onClose();
  };
  return (
    <ReasonDialog
      header={`Stop every automatic action in ${config.env}?`}
      verb="Stop everything"
      description="Whoever looks next wants to know."
      onConfirm={stop}
      onClose={onClose}
    >
      <div>
        <strong>What happens:</strong>
        <ul>
          <li>From the next check on, no action is started in this environment, in any mode.</li>
          <li>What has already been applied stays as it is; it is not undone.</li>
          <li>New signals wait in their queue: nothing is recorded until kintsugi resume.</li>
          <li>It stays off until somebody with access to the account runs kintsugi resume.</li>
        </ul>
      </div>
    </ReasonDialog>
  );
};
