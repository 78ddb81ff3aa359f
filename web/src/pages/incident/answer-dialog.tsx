import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import type { IncidentDetail, PendingApproval } from '../../../../core/contracts/api/incidents.ts';
import type { AnswerKind } from '../../../../core/contracts/verdict.ts';
import { useSend } from '../../api/api.tsx';
import { DialogFooter } from '../../parts/dialog-footer.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { useTask } from '../../parts/use-task.ts';

interface Words {
  readonly title: string;
  readonly means: string;
  readonly button: string;
}

export const ANSWERS: Readonly<Record<AnswerKind, Words>> = {
  approve: {
    title: 'Approve this action?',
    means: 'It is checked again and then done at once. Kintsugi watches whether it helps.',
    button: 'Approve',
  },
  decline: {
    title: 'Decline this action?',
    means: 'Nothing is done. The incident is handed to people, and your reason is kept in its record.',
    button: 'Decline',
  },
  takeover: {
    title: 'Take over this incident?',
    means: 'Kintsugi does nothing more about it and hands it to you. These are the steps by hand:',
    button: 'Take over',
  },
};

/** What is to be answered: the proposed action, or one of its alternatives. */
export interface Asked {
  readonly answer: AnswerKind;
  readonly offer: PendingApproval['proposal'];
}

interface Props {
  readonly asked: Asked;
  readonly detail: IncidentDetail;
  readonly approval: PendingApproval;
  readonly onClose: () => void;
}

/** Says what the answer means before it is given. */
export const AnswerDialog = ({ asked: { answer, offer }, detail: { incident }, approval, onClose }: Props) => {
  const [reason, setReason] = useState('');
  const send = useSend();
  const task = useTask(async () => {
    await send(
      'answerApproval',
      {
        params: { id: incident.incidentId },
        body: {
          answer,
          questionId: approval.question.questionId,
          planHash: offer.planHash,
          reason: reason.trim() === '' ? null : reason.trim(),
        },
      },
      { touches: [`/incidents/${incident.incidentId}`, '/incidents?', '/approvals'] },
    );
    onClose();
  });
  const { title, means, button } = ANSWERS[answer];
  return (
    <Modal
      visible
      onDismiss={onClose}
      header={title}
      footer={<DialogFooter verb={button} loading={task.isRunning} onConfirm={task.run} onClose={onClose} />}
    >
      <SpaceBetween size="m">
        <Box>
          <strong>{offer.summary}</strong> on {incident.workloadId}. {means}
        </Box>
        {answer === 'takeover' ? (
          <ol>
            {offer.steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        ) : null}
        <FormField
          label="Reason"
          description="Optional; it becomes part of the record."
          constraintText={`${reason.length} of 500 characters`}
        >
          <Textarea value={reason} rows={3} onChange={({ detail }) => setReason(detail.value.slice(0, 500))} />
        </FormField>
        {task.error === null ? null : <Trouble error={task.error} />}
      </SpaceBetween>
    </Modal>
  );
};
