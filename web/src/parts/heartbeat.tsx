import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { AnswerOf } from '../../../core/contracts/api/routes.ts';
import { useApi } from '../api/api.tsx';
import { Ago, useNow } from './time.tsx';

type Agent = AnswerOf<'listAgents'>['agents'][number];

/** So many heartbeats may be missed before it is said that they are: one can be late. */
const MISSED = 3;
const MINUTE_MS = 60_000;

/** The one that heals; the others are heard of only when they have something to do. */
export const isHealer = ({ name }: Agent): boolean => name === 'auto-healer';

/** When an agent was last heard of, and for the one that has a heartbeat whether that is too long ago. */
export const Heartbeat = ({ agent }: { readonly agent: Agent }) => {
  const { config } = useApi();
  const now = useNow(10_000);
  if (agent.lastHeartbeat === null) return <>none yet</>;
  const ago = <Ago iso={agent.lastHeartbeat} />;
  const longestMs = MISSED * config.heartbeatMinutes * MINUTE_MS;
  const isMissed = longestMs > 0 && isHealer(agent) && now - Date.parse(agent.lastHeartbeat) > longestMs;
  return isMissed ? <StatusIndicator type="error">silent, last {ago}</StatusIndicator> : ago;
};
