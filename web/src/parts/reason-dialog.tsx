import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';
import { useState } from 'react';
import { DialogFooter } from './dialog-footer.tsx';
import { Trouble } from './trouble.tsx';
import { useTask } from './use-task.ts';

interface Props {
  readonly header: string;
  /** What the button says that does it. */
  readonly verb: string;
  /** What happens then. */
  readonly children: ReactNode;
  readonly description?: string;
  /** What came of it, when the dialog stays open. */
  readonly result?: ReactNode;
  readonly onConfirm: (reason: string) => Promise<void>;
  readonly onClose: () => void;
}

/** Asks before something that others will want to know the reason of. */
export const ReasonDialog = ({ header, verb, children, description, result, onConfirm, onClose }: Props) => {
  const [reason, setReason] = useState('');
  const task = useTask(() => onConfirm(reason.trim()));
  return (
    <Modal
      visible
      onDismiss={onClose}
      header={header}
      footer={
        <DialogFooter
          verb={verb}
          disabled={reason.trim() === ''}
          disabledReason="Say why first."
          loading={task.isRunning}
          onConfirm={task.run}
          onClose={onClose}
        />
      }
    >
      <SpaceBetween size="m">
        {children}
        <FormField label="Reason" description={description}>
          <Input
            value={reason}
            onChange={({ detail }) => setReason(detail.value.slice(0, 500))}
            onKeyDown={({ detail }) => {
              if (detail.key === 'Enter' && reason.trim() !== '' && !task.isRunning) void task.run();
            }}
          />
        </FormField>
        {result}
        {task.error === null ? null : <Trouble error={task.error} />}
      </SpaceBetween>
    </Modal>
  );
};
