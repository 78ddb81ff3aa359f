import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../../../../core/contracts/api/routes.ts';
import type { Mode } from '../../../../core/contracts/limits.ts';
import { useRead, type Read } from '../../api/api.tsx';
import { Heartbeat, isHealer } from '../../parts/heartbeat.tsx';
import { MODE_WORDS } from '../../parts/mode-words.ts';
import { RouteLink } from '../../parts/route-link.tsx';
import { useHandedOver } from './use-handed-over.ts';

/** Only what heals by itself is well; the other modes need somebody to know of them. */
const MODE_TYPES: Readonly<Record<Mode, StatusIndicatorProps.Type>> = {
  auto: 'success',
  manual: 'info',
  shadow: 'info',
  off: 'stopped',
};

/** The state of the environment, each tile a link to what explains it. */
export const Tiles = () => {
  const mode = useRead('showMode', {});
  const workloads = useRead('listWorkloads', {});
  const agents = useRead('listAgents', {}, { everyMs: 30_000 });
  const handedOver = useHandedOver().data?.incidents.length ?? null;
  return (
    <ul className="k-tiles" aria-label="State of the environment">
      <Tile title="Healing" href="/settings" read={mode}>
        {({ mode: now }) => <StatusIndicator type={MODE_TYPES[now]}>{MODE_WORDS[now].name}</StatusIndicator>}
      </Tile>
      <Tile title="Workloads" href="/topology" read={workloads}>
        {({ workloads: all }) => <Workloads all={all} handedOver={handedOver} />}
      </Tile>
      <Tile title="Agents" href="/agents" read={agents}>
        {({ agents: all }) => {
          const healer = all
            .filter(isHealer)
            .toSorted((a, b) => since(a) - since(b))
            .at(-1);
          return healer === undefined ? (
            <StatusIndicator type="pending">no heartbeat yet</StatusIndicator>
          ) : (
            <>
              heartbeat <Heartbeat agent={healer} />
            </>
          );
        }}
      </Tile>
    </ul>
  );
};

const since = ({ lastHeartbeat }: AnswerOf<'listAgents'>['agents'][number]): number =>
  Date.parse(lastHeartbeat ?? '') || 0;

interface WorkloadsProps {
  readonly all: AnswerOf<'listWorkloads'>['workloads'];
  /** How many incidents were given up lately; null: not known. */
  readonly handedOver: number | null;
}

/** Whether a workload is well is not known here: only that nothing is being healed, and that nothing was given up. */
const Workloads = ({ all, handedOver }: WorkloadsProps) => {
  const unwell = all.filter(({ condition }) => condition !== 'well').length;
  if (all.length === 0) return <StatusIndicator type="pending">none registered</StatusIndicator>;
  if (unwell > 0) {
    return (
      <StatusIndicator type="warning">
        {unwell} of {all.length} broken
      </StatusIndicator>
    );
  }
  const type = handedOver === null ? 'info' : handedOver > 0 ? 'warning' : 'success';
  return (
    <StatusIndicator type={type}>
      {all.length}, none being healed
      {handedOver === null || handedOver === 0 ? '' : `, ${handedOver} handed to a person`}
    </StatusIndicator>
  );
};

interface TileProps<T> {
  readonly title: string;
  readonly href: string;
  readonly read: Read<T>;
  readonly children: (data: T) => ReactNode;
}

const Tile = <T,>({ title, href, read: { data, error }, children }: TileProps<T>) => (
  <li className="k-tile">
    <RouteLink href={href}>{title}</RouteLink>
    <div className="k-tile-value">
      {data !== undefined ? (
        children(data)
      ) : error === undefined ? (
        <StatusIndicator type="loading">Loading</StatusIndicator>
      ) : (
        <StatusIndicator type="warning">not known</StatusIndicator>
      )}
    </div>
  </li>
);
