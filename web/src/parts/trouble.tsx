import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import type { ReactNode } from 'react';
import { ApiProblemError } from '../../../core/api/client.ts';
import { UnreachableError } from '../api/http.ts';
import type { Read } from '../api/api.tsx';

const UNKNOWN = 'Whether it was done is not known: look before you repeat it.';

/**
 * What an error means for the reader, and what to do about it.
 *
 * @param isRead - a read is tried again by itself; what a person has asked for is not
 */
export const adviceFor = (error: Error, isRead: boolean): { readonly title: string; readonly advice: string } => {
  if (error instanceof UnreachableError) {
    return {
      title: 'The API does not answer',
      advice: `Check your connection. On a laptop: does npm start still run? ${isRead ? 'It is tried again by itself.' : UNKNOWN}`,
    };
  }
  if (!(error instanceof ApiProblemError)) return { title: 'Something went wrong', advice: error.message };
  const { status, title, detail } = error.problem;
  switch (status) {
    case 200:
    case 201:
    case 202:
      return {
        title: 'Dashboard and API are of different versions',
        advice: `Reload the page; if that does not help, deploy both again. ${detail}.`,
      };
    case 401:
      return { title: 'You are not signed in any more', advice: 'The next request signs in again.' };
    case 403:
      return { title: 'Your role does not allow this', advice: `${detail}. An admin can add you to the group.` };
    case 404:
      return { title, advice: detail };
    case 429:
      return {
        title: 'Too many requests',
        advice: isRead ? 'It is tried again by itself, more slowly.' : `Nothing was done: ${detail}.`,
      };
    default:
      return { title, advice: isRead || status < 500 ? detail : `${detail}. ${UNKNOWN}` };
  }
};

/** With `onRetry` it is a read that failed, which goes on by itself; without, something that a person has asked for. */
export const Trouble = ({ error, onRetry }: { readonly error: Error; readonly onRetry?: () => void }) => {
  const { title, advice } = adviceFor(error, onRetry !== undefined);
  return (
    <div role="alert">
      <Alert
        type="error"
        header={title}
        action={onRetry === undefined ? undefined : <Button onClick={onRetry}>Try again</Button>}
      >
        {advice}
      </Alert>
    </div>
  );
};

/** What was read; until then a spinner, after a failure what to do. Old data stays in sight below the failure. */
export const Loaded = <T,>({
  read,
  what,
  children,
}: {
  readonly read: Read<T>;
  readonly what: string;
  readonly children: (data: T) => ReactNode;
}) => (
  <SpaceBetween size="l">
    {read.error === undefined ? null : <Trouble error={read.error} onRetry={read.reload} />}
    {read.data !== undefined ? children(read.data) : null}
    {read.data === undefined && read.error === undefined ? (
      <Box textAlign="center" padding="l" color="text-status-inactive">
        <Spinner /> Loading {what}
      </Box>
    ) : null}
  </SpaceBetween>
);

/** Nothing there: why, and what would change that. */
export const Nothing = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <Box textAlign="center" padding="l" color="text-status-inactive">
    <Box variant="strong" color="inherit">
      {title}
    </Box>
    <Box variant="p" color="inherit">
      {children}
    </Box>
  </Box>
);
