import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { samePerson } from '../../../../core/approval/answer.ts';
import type { PendingApproval } from '../../../../core/contracts/api/incidents.ts';
import { percent } from '../../../../core/shared/units.ts';
import { useMay, useRead } from '../../api/api.tsx';
import { spanText, useNow } from '../../parts/time.tsx';
import { ANSWERS, type Asked } from './answer-dialog.tsx';

type Offer = PendingApproval['proposal'];

/** The question of an incident that waits for a person: what would be done and why, what else could be, until when. */
export const ApprovalPanel = ({
  approval,
  onAnswer,
}: {
  readonly approval: PendingApproval;
  readonly onAnswer: (asked: Asked) => void;
}) => {
  const { proposal, alternatives, consents } = approval;
  const now = useNow(1_000);
  const left = Date.parse(approval.expiresAt) - now;
  const { may, why } = useMay()('answerApproval');
  const reader = useRead('showCaller', {}, { everyMs: 300_000 }).data?.caller;
  const hasApproved = reader !== undefined && consents.some(({ approver }) => samePerson(approver, reader));
  const button = (answer: Asked['answer'], offer: Offer, words: string, primary = false) => (
    <Button
      key={`${answer}-${offer.planHash}`}
      variant={primary ? 'primary' : 'normal'}
      disabled={!may || (answer === 'approve' && hasApproved)}
      disabledReason={may ? 'You have approved already: a second person has to.' : why}
      ariaLabel={`${words}: ${offer.summary}`}
      onClick={() => onAnswer({ answer, offer, approval })}
    >
      {words}
    </Button>
  );
  return (
    <Alert type="warning" header={`To be answered: ${approval.summary}`}>
      <SpaceBetween size="s">
        <div className="k-sentence">
          {approval.reason}. {describe(proposal)}. A person is asked because {approval.askedBecause.join('; ')}.
        </div>
        <Box>
          {left <= 0
            ? "By this computer's clock the question has expired, which is a no. If that clock is wrong, an answer still counts."
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
