import TopNavigation, { type TopNavigationProps } from '@cloudscape-design/components/top-navigation';
import { useNavigate } from 'react-router-dom';
import { useApi, useLiveState } from '../api/api.tsx';
import type { LiveState } from '../api/live.ts';
import type { Theme } from './theme.ts';
import { chooseTheme, useTheme } from './theme.ts';

const LIVE_WORDS: Readonly<Record<LiveState, string>> = {
  live: 'Live',
  polling: 'Live (polling)',
  offline: 'Not connected',
};

const THEMES: readonly (readonly [Theme, string])[] = [
  ['system', "As the system's"],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

export const TopBar = () => {
  const navigate = useNavigate();
  const { config } = useApi();
  const state = useLiveState();
  const theme = useTheme();
  const words = LIVE_WORDS[state];
  return (
    <TopNavigation
      identity={{
        href: '/',
        title: `Kintsugi ${config.env}`,
        logo: { src: '/favicon.svg', alt: '' },
        onFollow: (event) => {
          event.preventDefault();
          void navigate('/');
        },
      }}
      utilities={[
        {
          type: 'button',
          text: words,
          ariaLabel: `Updates: ${words}. Reload the page`,
          iconName: state === 'offline' ? 'status-warning' : 'status-positive',
          onClick: () => location.reload(),
        },
        {
          type: 'menu-dropdown',
          iconName: 'settings',
          ariaLabel: 'Colours',
          title: 'Colours',
          items: THEMES.map(([id, text]) => ({
            id,
            text,
            itemType: 'checkbox' as const,
            checked: id === theme,
          })),
          onItemClick: ({ detail }) => chooseTheme(THEMES.find(([id]) => id === detail.id)?.[0] ?? 'system'),
        },
        useReaderMenu(),
      ]}
    />
  );
};

/** Who is signed in. The local cloud lets one be any role, to see what each may do. */
const useReaderMenu = (): TopNavigationProps.Utility => {
  const { session, store } = useApi();
  const reader = session.reader();
  const roles = reader?.roles.join(', ') || 'no role';
  const choices = session.choices.map((role) => ({ id: role, text: `Be ${role}` }));
  return {
    type: 'menu-dropdown',
    text: reader?.name ?? 'Not signed in',
    description: roles,
    iconName: 'user-profile',
    items: choices.length > 0 ? choices : [{ id: 'sign-out', text: 'Sign out' }],
    onItemClick: ({ detail }) => {
      if (detail.id === 'sign-out') return void session.signOut();
      void session.become(detail.id).then(() => store.clear());
    },
  };
};
