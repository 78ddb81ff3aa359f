import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { RatingSchema, type Feedback as Given, type IncidentDetail } from '../../../../core/contracts/api/incidents.ts';
import { useApi, useMay, useSend } from '../../api/api.tsx';
import { Instant } from '../../parts/time.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { useTask } from '../../parts/use-task.ts';
import { isOpen } from '../../parts/status.tsx';

type Rating = Given['rating'];
const RATINGS: Readonly<Record<Rating, string>> = { helpful: 'Helpful', too_slow: 'Too slow', wrong: 'Wrong' };

/** How people judge what was done; it is evidence for the learner. */
export const Feedback = ({ detail }: { readonly detail: IncidentDetail }) => {
  const { session } = useApi();
  const { incident, feedback } = detail;
  if (isOpen(incident.status)) return null;
  const mine = feedback.some(({ person }) => person === session.reader()?.name);
  return (
    <Container header={<Header variant="h2">Feedback</Header>}>
      <SpaceBetween size="m">
        {feedback.map((one) => (
          <Box key={one.person}>
            <strong>{one.person}</strong>: {RATINGS[one.rating]}, {one.resolved ? 'resolved' : 'not resolved'} (
            <Instant iso={one.at} />){one.comment === null ? '' : `: ${one.comment}`}
          </Box>
        ))}
        {mine ? null : <FeedbackForm incident={incident} />}
      </SpaceBetween>
    </Container>
  );
};

const FeedbackForm = ({ incident }: { readonly incident: IncidentDetail['incident'] }) => {
  const [resolved, setResolved] = useState(incident.status === 'recovered');
  const [rating, setRating] = useState<Rating>('helpful');
  const [comment, setComment] = useState('');
  const send = useSend();
  const { may, why } = useMay()('giveFeedback');
  const task = useTask(() =>
    send(
      'giveFeedback',
      {
        params: { id: incident.incidentId },
        body: { resolved, rating, comment: comment.trim() === '' ? null : comment.trim() },
      },
      { touches: [`/incidents/${incident.incidentId}`, '/agents'] },
    ),
  );
  return (
    <SpaceBetween size="m">
      <Checkbox checked={resolved} onChange={({ detail }) => setResolved(detail.checked)}>
        The fault was really gone
      </Checkbox>
      <FormField label="How was it handled?">
        <RadioGroup
          value={rating}
          onChange={({ detail }) => setRating(RatingSchema.parse(detail.value))}
          items={RatingSchema.options.map((value) => ({ value, label: RATINGS[value] }))}
        />
      </FormField>
      <FormField label="Comment" description="Optional.">
        <Textarea value={comment} rows={2} onChange={({ detail }) => setComment(detail.value.slice(0, 1_000))} />
      </FormField>
      {task.error === null ? null : <Trouble error={task.error} />}
      <Button loading={task.isRunning} disabled={!may} disabledReason={why} onClick={() => void task.run()}>
        Send feedback
      </Button>
    </SpaceBetween>
  );
};
