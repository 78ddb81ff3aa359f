import { useLocation } from 'react-router-dom';
import { Page } from '../parts/page.tsx';
import { RouteLink } from '../parts/route-link.tsx';

export const NotFound = () => {
  const { pathname } = useLocation();
  return (
    <Page title="There is no such page">
      <p>
        Nothing is at {pathname}. <RouteLink href="/">Go to the overview</RouteLink>
      </p>
    </Page>
  );
};
