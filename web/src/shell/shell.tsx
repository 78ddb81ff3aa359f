import AppLayout from '@cloudscape-design/components/app-layout';
import Box from '@cloudscape-design/components/box';
import SideNavigation from '@cloudscape-design/components/side-navigation';
import Spinner from '@cloudscape-design/components/spinner';
import { lazy, Suspense, useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from 'react';
import { useLocation, useNavigate } from 'react-router-dom';
import { useApi, useRead } from '../api/api.tsx';
import { ModeNotice } from './mode-notice.tsx';
import { PageBoundary } from './page-boundary.tsx';
import { PAGES } from './pages.ts';
import { TopBar } from './top-bar.tsx';

const CHAT = 'chat';
/** Loaded when it is first opened: the first page does not need it. */
const Chat = lazy(() => import('../chat/chat.tsx').then((m) => ({ default: m.Chat })));

const WIDE = matchMedia('(min-width: 912px)');
const onWidth = (tell: () => void): (() => void) => {
  WIDE.addEventListener('change', tell);
  return () => WIDE.removeEventListener('change', tell);
};

/** What is around every page: top bar, menu, notices. */
export const Shell = ({ children }: { readonly children: ReactNode }) => {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const isWide = useSyncExternalStore(onWidth, () => WIDE.matches);
  // Until somebody opens or closes the menu, the width of the window says whether it is open.
  const [menuChosen, chooseMenu] = useState<boolean | null>(null);
  const [drawer, setDrawer] = useState<string | null>(null);
  useFocusOnNewPage(pathname);
  return (
    <>
      <a className="k-skip" href="#k-main">
        Skip to the content
      </a>
      <div id="k-top">
        <TopBar />
      </div>
      <AppLayout
        headerSelector="#k-top"
        drawers={[
          {
            id: CHAT,
            trigger: { iconName: 'contact' },
            content: (
              <PageBoundary of={CHAT}>
                <Suspense fallback={<Waiting />}>
                  <Chat />
                </Suspense>
              </PageBoundary>
            ),
            ariaLabels: { drawerName: 'Chat', triggerButton: 'Open the chat', closeButton: 'Close the chat' },
            // What was said stays when it is closed.
            preserveInactiveContent: true,
            resizable: false,
            defaultSize: 380,
          },
        ]}
        activeDrawerId={drawer}
        onDrawerChange={({ detail }) => setDrawer(detail.activeDrawerId)}
        navigationOpen={menuChosen ?? isWide}
        onNavigationChange={({ detail }) => chooseMenu(detail.open)}
        ariaLabels={{
          navigation: 'Pages',
          navigationToggle: 'Open the menu',
          navigationClose: 'Close the menu',
          drawers: 'Tools',
        }}
        navigation={
          <Menu
            pathname={pathname}
            onGo={(path) => {
              if (!isWide) chooseMenu(false);
              void navigate(path);
            }}
          />
        }
        notifications={<ModeNotice />}
        content={
          <div id="k-main" tabIndex={-1}>
            <PageBoundary of={pathname}>
              <Suspense fallback={<Waiting />}>{children}</Suspense>
            </PageBoundary>
          </div>
        }
      />
    </>
  );
};

const Waiting = () => (
  <Box textAlign="center" padding="xxl">
    <Spinner size="large" />
    <span className="k-hidden">Loading the page</span>
  </Box>
);

const Menu = ({ pathname, onGo }: { readonly pathname: string; readonly onGo: (path: string) => void }) => {
  const { config } = useApi();
  const { data } = useRead('listApprovals', {});
  const waiting = data?.approvals.length ?? 0;
  const active = PAGES.findLast(({ path }) => (path === '/' ? pathname === '/' : pathname.startsWith(path)))?.path;
  return (
    <SideNavigation
      activeHref={active ?? ''}
      header={{ text: `Environment ${config.env}`, href: '/' }}
      onFollow={(event) => {
        if (event.detail.external === true) return;
        event.preventDefault();
        onGo(event.detail.href);
      }}
      items={PAGES.map(({ path, title }) => ({
        type: 'link' as const,
        href: path,
        text: title,
        ...(path === '/incidents' && waiting > 0 ? { info: <Waits count={waiting} /> } : {}),
      }))}
    />
  );
};

const Waits = ({ count }: { readonly count: number }) => (
  <Box variant="span" color="text-status-warning" fontWeight="bold">
    {count} to answer
  </Box>
);

/** After a change of page the focus goes to its content, as it would on a new document; not at the very first. */
const useFocusOnNewPage = (pathname: string): void => {
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    document.getElementById('k-main')?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [pathname]);
};
