import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { Mode } from '../../../../core/contracts/limits.ts';
import { useMay, useSend } from '../../api/api.tsx';
import { isServed } from '../../api/served.ts';
import { Trouble } from '../../parts/trouble.tsx';
import { useTask } from '../../parts/use-task.ts';

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
  const [reason, setReason] = useState('');
  const send = useSend();
  const task = useTask(async () => {
    const touches = ['/mode', '/incidents?'];
    if (OPERATION === 'stopEverything') await send(OPERATION, { body: { reason: reason.trim() } }, { touches });
    else await send(OPERATION, { body: { mode: 'off' } }, { ifMatch: etag, touches });
    onClose();
  });
  return (
    <Modal
      visible
      onDismiss={onClose}
      header="Stop every automatic action?"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button
              variant="primary"
              disabled={reason.trim() === ''}
              disabledReason="Say why first."
              loading={task.isRunning}
              onClick={() => void task.run()}
            >
              Stop everything
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <div>
          <strong>What happens:</strong>
          <ul>
            <li>From the next check on, no action is started in this environment, in any mode.</li>
            <li>What has already been applied stays as it is; it is not undone.</li>
            <li>Incidents go on being recorded, and are handed to people.</li>
            <li>It stays off until somebody changes the mode.</li>
          </ul>
        </div>
        <FormField label="Reason" description="Whoever looks next wants to know.">
          <Input value={reason} onChange={({ detail }) => setReason(detail.value.slice(0, 500))} />
        </FormField>
        {task.error === null ? null : <Trouble error={task.error} />}
      </SpaceBetween>
    </Modal>
  );
};
