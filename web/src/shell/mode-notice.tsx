import Flashbar from '@cloudscape-design/components/flashbar';
import { useRead } from '../api/api.tsx';

const NOTICES = {
  manual: ['info', 'Manual mode', 'Nothing is done before a person approves it.'],
  shadow: ['info', 'Shadow mode', 'Everything is decided and recorded, nothing is done.'],
  off: ['warning', 'Healing is off', 'No action is taken, whatever breaks. Settings switches it on again.'],
} as const;

/** Any mode but auto is said on every page: otherwise somebody waits for a healing that does not come. */
export const ModeNotice = () => {
  const { data } = useRead('showMode', {});
  if (data === undefined || data.mode === 'auto') return null;
  const [type, header, content] = NOTICES[data.mode];
  return <Flashbar items={[{ id: 'mode', type, header, content: `${content} (${data.reason})` }]} />;
};
