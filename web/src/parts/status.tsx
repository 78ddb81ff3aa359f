import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { IncidentStatus } from '../../../core/contracts/incident.ts';

type Look = readonly [StatusIndicatorProps.Type, string];

/** One wording of an incident's status for every page. */
export const INCIDENT_LOOKS: Readonly<Record<IncidentStatus, Look>> = {
  open: ['in-progress', 'Healing'],
  awaiting_approval: ['pending', 'Waits for a person'],
  recovered: ['success', 'Recovered'],
  escalated: ['error', 'Handed to a person'],
  dismissed: ['stopped', 'Dismissed'],
};

export const IncidentStatusBadge = ({ status }: { readonly status: IncidentStatus }) => {
  const [type, words] = INCIDENT_LOOKS[status];
  return (
    <span className="k-words">
      <StatusIndicator type={type}>{words}</StatusIndicator>
    </span>
  );
};

const DEPLOYMENT_LOOKS: Readonly<Record<string, Look>> = {
  in_progress: ['in-progress', 'Rolling out'],
  completed: ['success', 'Completed'],
  failed: ['error', 'Failed'],
};

/** How a deployment is doing, in the words of the service that reports it where it says something else. */
export const DeploymentStatusBadge = ({ status }: { readonly status: string }) => {
  const [type, words] = DEPLOYMENT_LOOKS[status] ?? ['info', status.replaceAll('_', ' ')];
  return <StatusIndicator type={type}>{words}</StatusIndicator>;
};

export const isOpen = (status: IncidentStatus): boolean => status === 'open' || status === 'awaiting_approval';
