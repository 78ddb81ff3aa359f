import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { AnswerOf } from '../../../core/contracts/api/routes.ts';
import type { Task, TaskStatus } from '../../../core/contracts/api/tasks.ts';
import { useApi, useRead } from '../api/api.tsx';
import { RouteLink } from '../parts/route-link.tsx';

interface AnswerProps {
  readonly answer: AnswerOf<'chat'>;
  readonly isNewest: boolean;
  readonly say: (text: string) => void;
}

/** One answer: its words, what it rests on, and what can be said to it. */
export const Answer = ({ answer, isNewest, say }: AnswerProps) => {
  const links = answer.links.flatMap(({ title, path }) => {
    const page = pageOf(path);
    return page === null ? [] : [{ title, page }];
  });
  return (
    <SpaceBetween size="xs">
      {answer.tasks.length === 0 ? <p className="k-lines">{answer.text}</p> : null}
      {answer.plan.length === 0 ? null : (
        <ul className="k-plan" aria-label="Plan">
          {answer.plan.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ul>
      )}
      {answer.kind === 'plan' && isNewest ? (
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="primary" onClick={() => say('yes')}>
            Confirm
          </Button>
          <Button onClick={() => say('no')}>Cancel</Button>
        </SpaceBetween>
      ) : null}
      {isNewest
        ? answer.options.map((option) => (
            <Button key={option} variant="inline-link" onClick={() => say(option)}>
              {option}
            </Button>
          ))
        : null}
      {answer.tasks.map((task) => (
        <TaskLine key={task.taskId} asked={task} />
      ))}
      {links.map(({ title, page }) => (
        <RouteLink key={`${title} ${page}`} href={page}>
          {title}
        </RouteLink>
      ))}
    </SpaceBetween>
  );
};

/** The page that shows what a route of the API answers; null where there is none. */
const pageOf = (path: string): string | null => {
  if (path === '/mode') return '/settings';
  if (path === '/approvals') return '/incidents?status=awaiting_approval';
  return /^\/(incidents|agents|topology)(\/|$)/.test(path) ? path : null;
};

const TYPES: Readonly<Record<TaskStatus, StatusIndicatorProps.Type>> = {
  queued: 'pending',
  running: 'in-progress',
  planned: 'warning',
  done: 'success',
  refused: 'stopped',
  failed: 'error',
  cancelled: 'stopped',
};

const isOver = ({ status }: Task): boolean => ['done', 'refused', 'failed', 'cancelled'].includes(status);

/** A task that was asked for, as it goes on; one that is over stays as it is. */
const TaskLine = ({ asked }: { readonly asked: Task }) => {
  const { store } = useApi();
  const before = store.known<Task>(`/tasks/${asked.taskId}`).data ?? asked;
  const everyMs = isOver(before) ? Infinity : 2_000;
  const read = useRead('showTask', isOver(asked) ? null : { params: { id: asked.taskId } }, { everyMs });
  const task = read.data ?? asked;
  return (
    <div>
      <StatusIndicator type={TYPES[task.status]}>
        {task.request}: {task.status}
      </StatusIndicator>
      {task.status === 'planned' && task.plan !== null ? (
        <Box>The plan is to {task.plan}. Whoever may approve has to confirm it.</Box>
      ) : null}
      {isOver(task) && task.result !== null ? <Box color="text-body-secondary">{task.result}</Box> : null}
      {task.incidentId === null ? null : <RouteLink href={`/incidents/${task.incidentId}`}>Plan and proof</RouteLink>}
    </div>
  );
};
