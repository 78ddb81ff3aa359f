import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { AnswerOf } from '../../../../core/contracts/api/routes.ts';
import type { IncidentId } from '../../../../core/contracts/loop-state.ts';
import { useSend } from '../../api/api.tsx';
import { Instant } from '../../parts/time.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { useTask } from '../../parts/use-task.ts';

type Checked = AnswerOf<'verifyIncident'>;

/** Checks on demand whether any stored record was changed; the API reads them as they are stored. */
export const Proof = ({ incidentId, records }: { readonly incidentId: IncidentId; readonly records: number }) => {
  const send = useSend();
  const [checked, setChecked] = useState<Checked | null>(null);
  const check = useTask(async () => setChecked(await send('verifyIncident', { params: { id: incidentId } })));
  return (
    <SpaceBetween size="m">
      <Box variant="p">
        The {records} records form a chain: each holds the hash of the one before it. A record that was changed, left
        out or added later breaks the chain. In the terminal: <code>kintsugi proof verify {incidentId}</code>
      </Box>
      <Button onClick={() => void check.run()} loading={check.isRunning} loadingText="Checking">
        Verify the proof
      </Button>
      {check.error === null ? null : <Trouble error={check.error} />}
      <div role="status">{checked === null ? null : <Result checked={checked} />}</div>
    </SpaceBetween>
  );
};

const Result = ({ checked }: { readonly checked: Checked }) =>
  checked.sound ? (
    <Alert type="success" header={`All ${checked.records} records are as they were written`}>
      Checked at <Instant iso={checked.checkedAt} />. Newest hash: <span className="k-mono">{checked.head}</span>. Who
      keeps it can tell later whether anything before it was changed.
    </Alert>
  ) : (
    <Alert type="error" header="The chain is broken: do not trust this record">
      <ul>
        {checked.faults.map(({ seq, problem }) => (
          <li key={`${seq}-${problem}`}>
            Record {seq} {problem}
          </li>
        ))}
      </ul>
      The runbook is to keep the table as it is, export it, and compare with its point-in-time backups.
    </Alert>
  );
