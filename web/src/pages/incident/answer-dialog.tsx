import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import type { ApprovalReceipt, IncidentDetail, PendingApproval } from '../../../../core/contracts/api/incidents.ts';
import type { AnswerKind } from '../../../../core/contracts/verdict.ts';
import { useApi, useSend } from '../../api/api.tsx';
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
    title: 'Approve this action',
    means: 'It is checked again and then done at once. Kintsugi watches whether it helps.',
    button: 'Approve',
  },
  decline: {
    title: 'Decline this action',
    means: 'Nothing is done. The incident is handed to people, and your reason is kept in its record.',
    button: 'Decline',
  },
  takeover: {
    title: 'Take over this incident',
    means: 'Kintsugi acts on it no more, watches for an hour whether it recovers, and closes it. The steps by hand:',
    button: 'Take over',
  },
};

/** What is to be answered: the proposed action or one of its alternatives, of the question as it was read. */
export interface Asked {
  readonly answer: AnswerKind;
  readonly offer: PendingApproval['proposal'];
  readonly approval: PendingApproval;
}

interface Props {
  readonly asked: Asked;
  readonly detail: IncidentDetail;
  readonly onClose: () => void;
}

/** Says what the answer means before it is given, and stays for what has to be read after it. */
export const AnswerDialog = ({ asked: { answer, offer, approval }, detail, onClose }: Props) => {
  const { incident } = detail;
  const { config } = useApi();
  const [reason, setReason] = useState('');
  const [takenOver, setTakenOver] = useState<ApprovalReceipt | null>(null);
  const send = useSend();
  const task = useTask(async () => {
    const receipt = await send(
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
    if (receipt.answer === 'takeover') setTakenOver(receipt);
    else onClose();
  });
  if (takenOver !== null) return <Steps receipt={takenOver} onClose={onClose} />;
  const { title, means, button } = ANSWERS[answer];
  const isGone = !task.isRunning && detail.approval?.question.questionId !== approval.question.questionId;
  return (
    <Modal
      visible
      onDismiss={onClose}
      header={`${title} in ${config.env}?`}
      footer={
        <DialogFooter
          verb={button}
          disabled={isGone}
          disabledReason="The question is not asked any more."
          loading={task.isRunning}
          onConfirm={task.run}
          onClose={onClose}
        />
      }
    >
      <SpaceBetween size="m">
        <Box>
          <strong>{offer.summary}</strong> on {incident.workloadId}.{' '}
          {answer === 'approve' && isFirstOfTwo(detail.approval ?? approval) ? FIRST_OF_TWO : means}
        </Box>
        {answer === 'takeover' ? <StepList steps={offer.steps} /> : null}
        <FormField
          label="Reason"
          description="Optional; it becomes part of the record."
          constraintText={`${reason.length} of 500 characters`}
        >
          <Textarea value={reason} rows={3} onChange={({ detail }) => setReason(detail.value.slice(0, 500))} />
        </FormField>
        {task.error === null ? null : <Trouble error={task.error} />}
        {isGone ? (
          <Alert type="warning" header="The question is not asked any more">
            Somebody answered meanwhile, or it expired. What you wrote has not been sent.
          </Alert>
        ) : null}
      </SpaceBetween>
    </Modal>
  );
};

const FIRST_OF_TWO = 'Your approval is kept. Nothing is done until a second person approves the same.';

const isFirstOfTwo = ({ question, consents }: PendingApproval): boolean => consents.length + 1 < question.approvals;

/** Whoever has taken over still needs the steps when the question is gone. */
const Steps = ({ receipt, onClose }: { readonly receipt: ApprovalReceipt; readonly onClose: () => void }) => (
  <Modal
    visible
    onDismiss={onClose}
    header="It is yours now"
    footer={
      <Box float="right">
        <Button variant="primary" onClick={onClose}>
          Close
        </Button>
      </Box>
    }
  >
    <Box>These are the steps by hand:</Box>
    <StepList steps={receipt.steps} />
  </Modal>
);

const StepList = ({ steps }: { readonly steps: readonly string[] }) => (
  <ol>
    {steps.map((step) => (
      <li key={step}>{step}</li>
    ))}
  </ol>
);
