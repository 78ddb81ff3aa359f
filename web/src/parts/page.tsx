import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, type ReactNode } from 'react';
import { useApi } from '../api/api.tsx';

/** A page: its title in the window and as its heading, which gets the focus so that screen readers say where one is. */
export const Page = ({
  title,
  description,
  actions,
  children,
}: {
  readonly title: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) => {
  const { config } = useApi();
  useEffect(() => {
    document.title = `${title} - Kintsugi ${config.env}`;
  }, [title, config.env]);
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={description} actions={actions}>
          {title}
        </Header>
      }
    >
      <SpaceBetween size="l">{children}</SpaceBetween>
    </ContentLayout>
  );
};
