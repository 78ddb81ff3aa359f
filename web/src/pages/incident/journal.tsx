import Box from '@cloudscape-design/components/box';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import { useState } from 'react';
import type { JournalRecord } from '../../../../core/contracts/journal.ts';
import { formatInstant } from '../../parts/time.tsx';

/** Every record as it was written. A record's content is drawn when it is opened: it can be long. */
export const Journal = ({ journal }: { readonly journal: readonly JournalRecord[] }) => (
  <>
    {journal.map((record) => (
      <OneRecord key={record.seq} record={record} />
    ))}
  </>
);

const OneRecord = ({ record }: { readonly record: JournalRecord }) => {
  const [open, setOpen] = useState(false);
  return (
    <ExpandableSection
      expanded={open}
      onChange={({ detail }) => setOpen(detail.expanded)}
      headerText={`${record.seq}. ${record.kind.replaceAll('_', ' ')}`}
      headerDescription={`${formatInstant(record.at)}, attempt ${record.attempt}, ${record.latencyMs} ms, ${record.agent.agent_state}`}
    >
      {open ? (
        <>
          <Box variant="small">
            hash <span className="k-mono">{record.hash}</span>
          </Box>
          <pre className="k-record" tabIndex={0} aria-label={`Content of record ${record.seq}`}>
            {JSON.stringify(record.body, null, 2)}
          </pre>
        </>
      ) : null}
    </ExpandableSection>
  );
};
