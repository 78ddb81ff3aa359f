import I18nProvider from '@cloudscape-design/components/i18n';
import messages from '@cloudscape-design/components/i18n/messages/all.en';
import { BrowserRouter, Route, Routes } from 'react-router-dom';
import type { Api } from '../api/api.tsx';
import { ApiProvider } from '../api/api.tsx';
import { NotFound } from './not-found.tsx';
import { IncidentPage, PAGES } from './pages.ts';
import { Shell } from './shell.tsx';

export const App = ({ api }: { readonly api: Api }) => (
  <I18nProvider locale="en" messages={[messages]}>
    <ApiProvider value={api}>
      <BrowserRouter>
        <Shell>
          <Routes>
            {PAGES.map(({ path, Component }) => (
              <Route key={path} path={path} element={<Component />} />
            ))}
            <Route path="/incidents/:id" element={<IncidentPage />} />
            <Route path="*" element={<NotFound />} />
          </Routes>
        </Shell>
      </BrowserRouter>
    </ApiProvider>
  </I18nProvider>
);
