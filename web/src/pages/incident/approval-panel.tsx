import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import type { IncidentDetail } from '../../../../core/contracts/api/incidents.ts';
import { useMay, useSend } from '../../api/api.tsx';
import { spanText, useNow } from '../../parts/time.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { useTask } from '../../parts/use-task.ts';

type Approval = NonNullable<IncidentDetail['approval']>;
type Answer = 'approve' | 'decline';

const QUESTIONS: Readonly<Record<Answer, { readonly title: string; readonly means: string; readonly button: string }>> =
  {
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
  };

/** The question of an incident that waits for a person, and the answers. */
export const ApprovalPanel = ({
  detail,
  approval,
}: {
  readonly detail: IncidentDetail;
  readonly approval: Approval;
}) => {
  const [asked, setAsked] = useState<Answer | null>(null);
  const now = useNow(1_000);
  const left = Date.parse(approval.expiresAt) - now;
  const { may, why } = useMay()('answerApproval');
  const isOver = left <= 0;
  return (
    <Alert
      type="warning"
      header={`To be answered: ${approval.summary}`}
      action={
        <SpaceBetween direction="horizontal" size="xs">
          {(['approve', 'decline'] as const).map((answer) => (
            <Button
              key={answer}
              variant={answer === 'approve' ? 'primary' : 'normal'}
              disabled={!may || isOver}
              disabledReason={may ? 'The question has expired.' : why}
              onClick={() => setAsked(answer)}
            >
              {QUESTIONS[answer].button}
            </Button>
          ))}
        </SpaceBetween>
      }
    >
      <Box variant="p">
        {isOver
          ? 'Nobody answered in time, which is a no.'
          : `Nothing is done until somebody answers. Without an answer in ${spanText(Math.ceil(left / 1_000) * 1_000)} it is a no.`}
      </Box>
      {asked === null ? null : (
        <AnswerDialog answer={asked} detail={detail} approval={approval} onClose={() => setAsked(null)} />
      )}
    </Alert>
  );
};

interface DialogProps {
  readonly answer: Answer;
  readonly detail: IncidentDetail;
  readonly approval: Approval;
  readonly onClose: () => void;
}

const AnswerDialog = ({ answer, detail: { incident }, approval, onClose }: DialogProps) => {
  const [reason, setReason] = useState('');
  const send = useSend();
  const task = useTask(async () => {
    const said = reason.trim() === '' ? null : reason.trim();
    await send(
      'answerApproval',
      { params: { id: incident.incidentId }, body: { answer, planHash: approval.planHash, reason: said } },
      { touches: [`/incidents/${incident.incidentId}`, '/incidents?', '/approvals'] },
    );
    onClose();
  });
  const { title, means, button } = QUESTIONS[answer];
  return (
    <Modal
      visible
      onDismiss={onClose}
      header={title}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={task.isRunning} onClick={() => void task.run()}>
              {button}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Box variant="p">
          <strong>{approval.summary}</strong> on {incident.workloadId}. {means}
        </Box>
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
