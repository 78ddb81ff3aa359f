import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useState } from 'react';
import type { Mode } from '../../../../core/contracts/limits.ts';
import { useMay, useSend } from '../../api/api.tsx';
import { isServed } from '../../api/served.ts';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';

const OPERATION = isServed('stopEverything') ? 'stopEverything' : 'setMode';

/** Stops every automatic action, after saying what that means. */
export const KillSwitch = ({ mode, etag }: { readonly mode: Mode | undefined; readonly etag: string | null }) => {
  const [isAsked, setAsked] = useState(false);
  const { may, why } = useMay()(OPERATION);
  const isOff = mode === 'off';
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="For when healing itself does harm, or nobody knows what it does."
          actions={
            <Button
              iconName="status-stopped"
              disabled={!may || isOff}
              disabledReason={isOff ? 'Healing is off already.' : why}
              onClick={() => setAsked(true)}
            >
              Stop everything
            </Button>
          }
        >
          Kill switch
        </Header>
      }
    >
      {isOff ? (
        <Alert type="warning" header="Healing is off">
          No action is taken, whatever breaks. Choose another mode below to switch it on again.
        </Alert>
      ) : (
        <Box>Healing is on.</Box>
      )}
      {isAsked ? <StopDialog etag={etag} onClose={() => setAsked(false)} /> : null}
    </Container>
  );
};

const StopDialog = ({ etag, onClose }: { readonly etag: string | null; readonly onClose: () => void }) => {
  const send = useSend();
  const stop = async (reason: string): Promise<void> => {
    const touches = ['/mode', '/incidents?'];
    if (OPERATION === 'stopEverything') await send(OPERATION, { body: { reason } }, { touches });
    else await send(OPERATION, { body: { mode: 'off' } }, { ifMatch: etag, touches });
    onClose();
  };
  return (
    <ReasonDialog
      header="Stop every automatic action?"
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
          <li>Incidents go on being recorded, and are handed to people.</li>
          <li>It stays off until somebody changes the mode.</li>
        </ul>
      </div>
    </ReasonDialog>
  );
};
