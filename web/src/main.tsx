import * as z from 'zod';
import { createRoot } from 'react-dom/client';
import { apiClient, type Send } from '../../core/api/client.ts';
import { browserSend } from './api/http.ts';
import { cognitoSession } from './api/cognito-session.ts';
import { loadConfig } from './api/config.ts';
import { LiveUpdates } from './api/live.ts';
import { localSession } from './api/local-session.ts';
import { Store } from './api/store.ts';
import { App } from './shell/app.tsx';
import { StartFailed } from './shell/start-failed.tsx';
import { startTheme } from './shell/theme.ts';

// Zod compiles schemas by `new Function` where it may; the content security policy forbids that, rightly.
z.config({ jitless: true });
startTheme();

const element = document.getElementById('root');
if (element === null) throw new Error('index.html has no #root');
const root = createRoot(element);

const start = async (): Promise<void> => {
  const config = await loadConfig();
  const { auth } = config;
  const session =
    auth.kind === 'local'
      ? localSession(auth.sessionUrl, auth.roles)
      : await cognitoSession(auth.domain, auth.clientId);
  const send: Send = async (request) => {
    const answer = await browserSend(request);
    if (answer.status === 401) session.expire();
    return answer;
  };
  const client = apiClient({ baseUrl: config.apiUrl, send, token: session.token });
  await session.token();
  const store = new Store();
  const live = new LiveUpdates(client, store, config.liveUpdates);
  root.render(<App api={{ config, session, client, store, live }} />);
  void live.run();
};

start().catch((error: unknown) => root.render(<StartFailed error={error} />));
