import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router-dom';
import { IncidentPathSchema, type IncidentDetail } from '../../../../core/contracts/api/incidents.ts';
import { useApi, useLiveState, useRead } from '../../api/api.tsx';
import { Page } from '../../parts/page.tsx';
import { RouteLink } from '../../parts/route-link.tsx';
import { IncidentStatusBadge, isOpen } from '../../parts/status.tsx';
import { Instant, spanText, useNow } from '../../parts/time.tsx';
import { Loaded, Nothing } from '../../parts/trouble.tsx';
import { AnswerDialog, type Asked } from './answer-dialog.tsx';
import { ApprovalPanel } from './approval-panel.tsx';
import { Decisions } from './decisions.tsx';
import { EvidenceTab } from './evidence-tab.tsx';
import { Feedback } from './feedback.tsx';
import { Guards } from './guards.tsx';
import { Journal } from './journal.tsx';
import { Proof } from './proof.tsx';
import { Timeline } from './timeline.tsx';

/** How often an open incident is asked for: what comes over the live updates is read at once. */
const OPEN_MS = { live: 5_000, polling: 2_000, offline: 2_000 } as const;

export const IncidentPage = () => {
  const { id = '' } = useParams();
  const known = IncidentPathSchema.safeParse({ id });
  if (!known.success) {
    return (
      <Page title="There is no such incident">
        <Nothing title={`'${id}' is not the id of an incident`}>
          It would look like inc-20261121-053000-payments-1a2b3c. <RouteLink href="/incidents">All incidents</RouteLink>
        </Nothing>
      </Page>
    );
  }
  return <KnownIncident key={known.data.id} id={known.data.id} />;
};

const KnownIncident = ({ id }: { readonly id: IncidentDetail['incident']['incidentId'] }) => {
  const { store } = useApi();
  const live = useLiveState();
  const before = store.known<IncidentDetail>(`/incidents/${id}`).data;
  const everyMs = before === undefined || isOpen(before.incident.status) ? OPEN_MS[live] : 15_000;
  const read = useRead('showIncident', { params: { id } }, { everyMs });
  return (
    <Page
      title={read.data === undefined ? 'Incident' : `${read.data.incident.workloadId}: incident`}
      description={<span className="k-mono">{id}</span>}
    >
      <Loaded read={read} what="the incident">
        {(detail) => <Detail detail={detail} />}
      </Loaded>
    </Page>
  );
};

const Detail = ({ detail }: { readonly detail: IncidentDetail }) => {
  const { incident, approval } = detail;
  // Here and not in the panel, which goes with its question: what somebody is writing stays.
  const [asked, setAsked] = useState<Asked | null>(null);
  return (
    <SpaceBetween size="l">
      {approval === null ? null : <ApprovalPanel approval={approval} onAnswer={setAsked} />}
      {asked === null ? null : <AnswerDialog asked={asked} detail={detail} onClose={() => setAsked(null)} />}
      <Summary detail={detail} />
      <Container header={<Header variant="h2">Timeline</Header>}>
        <Timeline attempts={detail.attempts} />
      </Container>
      <Container header={<Header variant="h2">Explanation</Header>}>
        {incident.explanation === null ? (
          <p className="k-quiet">It is written when the attempt ends.</p>
        ) : (
          <p className="k-account">{incident.explanation}</p>
        )}
      </Container>
      <Details detail={detail} />
      <Feedback detail={detail} />
    </SpaceBetween>
  );
};

const Summary = ({ detail: { incident } }: { readonly detail: IncidentDetail }) => {
  const now = useNow(1_000, incident.closedAt === null);
  const until = incident.closedAt === null ? now : Date.parse(incident.closedAt);
  return (
    <Container
      header={
        <Header variant="h2">
          <span className="k-sentence">{incident.summary}</span>
        </Header>
      }
    >
      <KeyValuePairs
        columns={4}
        items={[
          { label: 'Status', value: <IncidentStatusBadge status={incident.status} /> },
          { label: 'Opened', value: <Instant iso={incident.openedAt} /> },
          {
            label: incident.closedAt === null ? 'Open for' : 'Took',
            value: spanText(Math.floor((until - Date.parse(incident.openedAt)) / 100) * 100),
          },
          { label: 'Last action', value: incident.lastAction ?? 'none yet' },
        ]}
      />
    </Container>
  );
};

const TABS = ['evidence', 'decision', 'guards', 'journal', 'proof'] as const;
type TabId = (typeof TABS)[number];

/** The tab is in the address, so that a link shows the same. */
const Details = ({ detail }: { readonly detail: IncidentDetail }) => {
  const [params, setParams] = useSearchParams();
  const wanted = params.get('tab');
  const active: TabId = TABS.find((id) => id === wanted) ?? 'evidence';
  return (
    <Tabs
      variant="container"
      ariaLabel="Details of the incident"
      activeTabId={active}
      onChange={({ detail: { activeTabId } }) => setParams({ tab: activeTabId }, { replace: true })}
      tabs={[
        { id: 'evidence', label: 'Evidence', content: <EvidenceTab detail={detail} /> },
        { id: 'decision', label: 'Decision', content: <Decisions journal={detail.journal} /> },
        { id: 'guards', label: 'Guards', content: <Guards journal={detail.journal} /> },
        { id: 'journal', label: `Journal (${detail.journal.length})`, content: <Journal journal={detail.journal} /> },
        {
          id: 'proof',
          label: 'Proof',
          content: <Proof incidentId={detail.incident.incidentId} records={detail.journal.length} />,
        },
      ]}
    />
  );
};
