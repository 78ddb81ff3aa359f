import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { IncidentDetail, PendingApproval } from '../../../../core/contracts/api/incidents.ts';
import { percent } from '../../../../core/shared/units.ts';
import { useMay } from '../../api/api.tsx';
import { spanText, useNow } from '../../parts/time.tsx';
import { AnswerDialog, ANSWERS, type Asked } from './answer-dialog.tsx';

type Offer = PendingApproval['proposal'];

/** The question of an incident that waits for a person: what would be done and why, what else could be, until when. */
export const ApprovalPanel = ({
  detail,
  approval,
}: {
  readonly detail: IncidentDetail;
  readonly approval: PendingApproval;
}) => {
  const [asked, setAsked] = useState<Asked | null>(null);
  const now = useNow(1_000);
  const left = Date.parse(approval.expiresAt) - now;
  const isOver = left <= 0;
  const { may, why } = useMay()('answerApproval');
  const button = (answer: Asked['answer'], offer: Offer, words: string, primary = false) => (
    <Button
      key={`${answer}-${offer.planHash}`}
      variant={primary ? 'primary' : 'normal'}
      disabled={!may || isOver}
      disabledReason={may ? 'The question has expired.' : why}
      ariaLabel={`${words}: ${offer.summary}`}
      onClick={() => setAsked({ answer, offer })}
    >
      {words}
    </Button>
  );
  const { proposal, alternatives, consents } = approval;
  return (
    <Alert type="warning" header={`To be answered: ${approval.summary}`}>
      <SpaceBetween size="s">
        <div className="k-sentence">
          {approval.reason}. {describe(proposal)}. A person is asked because {approval.askedBecause.join('; ')}.
        </div>
        <Box>
          {isOver
            ? 'Nobody answered in time, which is a no.'
            : `Nothing is done until somebody answers. Without an answer in ${spanText(Math.ceil(left / 1_000) * 1_000)} it is a no.`}
          {approval.question.approvals === 1
            ? ''
            : ` Two people have to approve; ${consents.map(({ approver }) => approver).join(', ') || 'nobody'} did.`}
        </Box>
        <SpaceBetween direction="horizontal" size="xs">
          {button('approve', proposal, ANSWERS.approve.button, true)}
          {button('decline', proposal, ANSWERS.decline.button)}
          {button('takeover', proposal, ANSWERS.takeover.button)}
        </SpaceBetween>
        {alternatives.length === 0 ? null : (
          <section aria-label="Alternatives">
            <Box variant="strong">Or instead:</Box>
            <ul className="k-offers">
              {alternatives.map((offer) => (
                <li key={offer.planHash}>
                  {button('approve', offer, 'Approve this')}
                  <span>
                    <strong>{offer.summary}</strong>: {describe(offer)}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        )}
      </SpaceBetween>
      {asked === null ? null : (
        <AnswerDialog asked={asked} detail={detail} approval={approval} onClose={() => setAsked(null)} />
      )}
    </Alert>
  );
};

const describe = ({ recoverProbability, expectedMinutes, risk, reversible }: Offer): string =>
  [
    recoverProbability === null
      ? ''
      : `${percent(recoverProbability.mean)} (${percent(recoverProbability.low)} to ${percent(recoverProbability.high)}) to recover`,
    expectedMinutes === null ? '' : `${expectedMinutes.toFixed(1)} minutes of impact expected`,
    `risk ${risk}`,
    reversible ? 'can be undone' : 'cannot be undone',
  ]
    .filter((part) => part !== '')
    .join(', ');
