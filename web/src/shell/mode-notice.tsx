import Flashbar from '@cloudscape-design/components/flashbar';
import { useRead } from '../api/api.tsx';
import { LEAVING_OFF, MODE_WORDS } from '../parts/mode-words.ts';

/** Any mode but auto is said on every page: otherwise somebody waits for a healing that does not come. */
export const ModeNotice = () => {
  const { data } = useRead('showMode', {});
  if (data === undefined || data.mode === 'auto') return null;
  const { name, meaning } = MODE_WORDS[data.mode];
  const content = `${meaning} (${data.reason})`;
  const notice =
    data.mode === 'off'
      ? ({ type: 'warning', header: 'Healing is off', content: `${content} ${LEAVING_OFF}` } as const)
      : ({ type: 'info', header: `${name} mode`, content } as const);
  return <Flashbar items={[{ id: 'mode', ...notice }]} />;
};
