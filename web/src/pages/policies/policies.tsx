import Badge from '@cloudscape-design/components/badge';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import type { AnswerOf } from '../../../../core/contracts/api/routes.ts';
import { useMay, useRead, useSend } from '../../api/api.tsx';
import { Page } from '../../parts/page.tsx';
import { RouteLink } from '../../parts/route-link.tsx';
import { Loaded, Nothing, Trouble } from '../../parts/trouble.tsx';
import { useTask } from '../../parts/use-task.ts';

/** What Kintsugi may do: the deployed policies, and what another one would have changed. */
export const Policies = () => (
  <Page
    title="Policies"
    description="What may be done, in Cedar. Changed by a deployment only; here they are read and tried."
  >
    <Deployed />
    <Simulation />
  </Page>
);

const Deployed = () => {
  const read = useRead('listPolicies', {}, { everyMs: 300_000 });
  return (
    <Loaded read={read} what="the policies">
      {({ version, policies }) => (
        <Container
          header={
            <Header
              variant="h2"
              counter={`(${policies.length})`}
              description={<span className="k-mono">{version}</span>}
            >
              Deployed policies
            </Header>
          }
        >
          {policies.map(({ policyId, file, effect, description, text }) => (
            <ExpandableSection
              key={policyId}
              headerText={description ?? policyId}
              headerDescription={`${policyId}, ${file}`}
              headerInfo={<Badge color={effect === 'forbid' ? 'red' : 'green'}>{effect}</Badge>}
            >
              <pre className="k-record" tabIndex={0} aria-label={`Text of ${policyId}`}>
                {text}
              </pre>
            </ExpandableSection>
          ))}
        </Container>
      )}
    </Loaded>
  );
};

const EXAMPLE = `@id("no-rollback")
@reason("releases are rolled back by people")
forbid (principal, action == Action::"rollback", resource);`;

const Simulation = () => {
  const [text, setText] = useState(EXAMPLE);
  const [result, setResult] = useState<AnswerOf<'simulatePolicies'> | null>(null);
  const send = useSend();
  const { may, why } = useMay()('simulatePolicies');
  const task = useTask(async () => setResult(await send('simulatePolicies', { body: { policies: text } })));
  return (
    <Container
      header={
        <Header variant="h2" description="Past decisions are judged again with a policy added. Nothing is changed.">
          Try a policy
        </Header>
      }
    >
      <SpaceBetween size="m">
        <FormField label="Cedar text">
          <Textarea value={text} rows={6} spellcheck={false} onChange={({ detail }) => setText(detail.value)} />
        </FormField>
        <Button
          disabled={!may || text.trim() === ''}
          disabledReason={may ? 'There is no policy to try.' : why}
          loading={task.isRunning}
          onClick={() => void task.run()}
        >
          Simulate
        </Button>
        {task.error === null ? null : <Trouble error={task.error} />}
        <div role="status">{result === null ? null : <Changes result={result} />}</div>
      </SpaceBetween>
    </Container>
  );
};

/** What the result rests on; the page asks for the usual period, a week. */
const coverage = ({ checked, incidents, complete }: AnswerOf<'simulatePolicies'>): string =>
  `${checked} decisions of ${complete ? 'the' : 'only the newest'} ${incidents} incidents of the last seven days were judged again.`;

const Changes = ({ result }: { readonly result: AnswerOf<'simulatePolicies'> }) => (
  <Table
    variant="embedded"
    items={result.changed}
    trackBy={({ incidentId, attempt }) => `${incidentId}/${attempt}`}
    ariaLabels={{ tableLabel: 'Decisions that would have been different' }}
    header={
      <Header variant="h3" description={coverage(result)} counter={`(${result.changed.length})`}>
        Would have been different
      </Header>
    }
    empty={
      <Nothing title="No decision would have been different">
        The policy touches nothing that was decided in that time.
      </Nothing>
    }
    columnDefinitions={[
      {
        id: 'incident',
        header: 'Incident',
        isRowHeader: true,
        minWidth: 200,
        cell: ({ incidentId, attempt }) => (
          <>
            <RouteLink href={`/incidents/${incidentId}?tab=guards`}>{incidentId}</RouteLink>, attempt {attempt}
          </>
        ),
      },
      { id: 'action', header: 'Action', minWidth: 100, cell: ({ actionId }) => actionId },
      { id: 'before', header: 'Before', minWidth: 80, cell: ({ before }) => before },
      { id: 'after', header: 'After', minWidth: 80, cell: ({ after }) => after },
      { id: 'reasons', header: 'Because', minWidth: 220, cell: ({ reasons }) => reasons.join('; ') },
    ]}
  />
);
