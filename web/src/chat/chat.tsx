import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Drawer from '@cloudscape-design/components/drawer';
import PromptInput from '@cloudscape-design/components/prompt-input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useRef, useState } from 'react';
import type { AnswerOf } from '../../../core/contracts/api/routes.ts';
import { useMay, useSend } from '../api/api.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { useTask } from '../parts/use-task.ts';
import { Answer } from './answer.tsx';

type Turn = { readonly said: string } | { readonly answered: AnswerOf<'chat'> };

const EXAMPLES = ['what is broken?', 'what mode are you in?', 'what can you do?'];

/** A conversation: questions are answered from the records, requests show their plan and wait for a yes. */
export const Chat = () => {
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const [message, setMessage] = useState('');
  const conversation = useRef<string | null>(null);
  const send = useSend();
  const { may, why } = useMay()('chat');
  const task = useTask(async (text: string) => {
    setTurns((before) => [...before, { said: text }]);
    setMessage('');
    const answered = await send(
      'chat',
      { body: { message: text, conversationId: conversation.current } },
      { touches: ['/tasks', '/incidents?', '/mode', '/approvals'] },
    ).catch((error: unknown) => {
      setTurns((before) => before.slice(0, -1));
      setMessage(text);
      throw error;
    });
    conversation.current = answered.conversationId;
    setTurns((before) => [...before, { answered }]);
  });
  const say = (text: string): void => {
    if (text.trim() !== '' && !task.isRunning && may) void task.run(text.trim());
  };
  return (
    <Drawer header={<h2>Chat</h2>}>
      <SpaceBetween size="m">
        <Log turns={turns} isRunning={task.isRunning} say={say} />
        {turns.length > 0 || !may ? null : <Examples say={say} />}
        {task.error === null ? null : <Trouble error={task.error} />}
        <PromptInput
          value={message}
          placeholder="Ask, or say what shall be done"
          ariaLabel="Message"
          actionButtonIconName="send"
          actionButtonAriaLabel="Send"
          disabled={!may}
          disableActionButton={task.isRunning || message.trim() === ''}
          maxRows={5}
          onChange={({ detail }) => setMessage(detail.value.slice(0, 2_000))}
          onAction={({ detail }) => say(detail.value)}
        />
        {may ? null : <Box color="text-status-inactive">{why}</Box>}
      </SpaceBetween>
    </Drawer>
  );
};

interface LogProps {
  readonly turns: readonly Turn[];
  readonly isRunning: boolean;
  readonly say: (text: string) => void;
}

/** Read aloud as it grows. Only the newest plan can be answered: an older one no longer waits. */
const Log = ({ turns, isRunning, say }: LogProps) => {
  const end = useRef<HTMLLIElement>(null);
  // In braces: newer browsers answer with a promise, which React would take for a way to clean up.
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'nearest' });
  }, [turns.length]);
  return (
    <div role="log" aria-label="Conversation">
      <ol className="k-chat">
        {turns.map((turn, index) => (
          // Turns are only ever added at the end.
          <li key={index} className={'said' in turn ? 'k-said' : 'k-answered'}>
            {'said' in turn ? (
              <>
                <span className="k-hidden">You: </span>
                {turn.said}
              </>
            ) : (
              <Answer answer={turn.answered} isNewest={index === turns.length - 1 && !isRunning} say={say} />
            )}
          </li>
        ))}
        <li ref={end} aria-hidden={!isRunning}>
          {isRunning ? <Box color="text-status-inactive">Looking it up</Box> : null}
        </li>
      </ol>
    </div>
  );
};

const Examples = ({ say }: { readonly say: (text: string) => void }) => (
  <SpaceBetween size="xs">
    <Box color="text-body-secondary">
      Questions are answered from the records. What you ask for shows its plan first, and passes the guards like
      everything else.
    </Box>
    {EXAMPLES.map((example) => (
      <Button key={example} variant="inline-link" onClick={() => say(example)}>
        {example}
      </Button>
    ))}
  </SpaceBetween>
);
