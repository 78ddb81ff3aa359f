import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { ROUTES, type AnswerOf } from '../../../../core/contracts/api/routes.ts';
import { ModeSchema, type Mode } from '../../../../core/contracts/limits.ts';
import { useApi, useMay, useRead, useSend } from '../../api/api.tsx';
import { LEAVING_OFF, MODE_WORDS } from '../../parts/mode-words.ts';
import { Page } from '../../parts/page.tsx';
import { Loaded, Trouble } from '../../parts/trouble.tsx';
import { useTask } from '../../parts/use-task.ts';
import { KillSwitch } from './kill-switch.tsx';

export const Settings = () => {
  const mode = useRead('showMode', {}, { everyMs: 5_000 });
  return (
    <Page title="Settings" description="How much Kintsugi may do by itself.">
      <KillSwitch mode={mode.data?.mode} />
      <Container header={<Header variant="h2">Mode</Header>}>
        <Loaded read={mode} what="the mode">
          {(state) => <ModeForm state={state} etag={mode.etag} />}
        </Loaded>
      </Container>
      <Container header={<Header variant="h2">You</Header>}>
        <Caller />
      </Container>
    </Page>
  );
};

const ModeForm = ({ state, etag }: { readonly state: AnswerOf<'showMode'>; readonly etag: string | null }) => {
  /** Null: nothing was chosen since the mode was last set. */
  const [chosen, choose] = useState<Mode | null>(null);
  const wanted = chosen ?? state.mode;
  const send = useSend();
  const { may, why } = useMay()('setMode');
  const task = useTask(async () => {
    await send('setMode', { body: { mode: wanted } }, { ifMatch: etag, touches: ['/mode'] });
    choose(null);
  });
  return (
    <SpaceBetween size="m">
      <RadioGroup
        ariaLabel="Mode"
        value={wanted}
        onChange={({ detail }) => choose(ModeSchema.parse(detail.value))}
        items={ModeSchema.options.map((value) => ({
          value,
          label: MODE_WORDS[value].name + (value === state.mode ? ' (now)' : ''),
          description: MODE_WORDS[value].meaning,
          disabled: !may || state.mode === 'off',
        }))}
      />
      <div className="k-sentence k-quiet">{state.reason}</div>
      {task.error === null ? null : <Trouble error={task.error} />}
      <Button
        disabled={!may || wanted === state.mode}
        disabledReason={!may ? why : state.mode === 'off' ? LEAVING_OFF : 'This is the mode already.'}
        loading={task.isRunning}
        onClick={() => void task.run()}
      >
        Change the mode
      </Button>
    </SpaceBetween>
  );
};

/** What changes something, in the contract's own words; everybody may read. */
const summaryOf = (operation: string): readonly string[] => {
  const route = Object.entries(ROUTES).find(([id]) => id === operation)?.[1];
  return route === undefined || route.method === 'GET' ? [] : [route.summary];
};

const Caller = () => {
  const { config } = useApi();
  const read = useRead('showCaller', {}, { everyMs: 60_000 });
  return (
    <Loaded read={read} what="your roles">
      {({ caller, roles, operations }) => (
        <dl className="k-facts">
          <dt>Signed in as</dt>
          <dd>{caller}</dd>
          <dt>Roles</dt>
          <dd>{roles.join(', ') || 'none: an admin has to add you to a group'}</dd>
          <dt>Besides reading you may</dt>
          <dd>
            <ul>
              {operations.flatMap(summaryOf).map((summary) => (
                <li key={summary}>{summary}</li>
              ))}
            </ul>
          </dd>
          <dt>Environment</dt>
          <dd>{config.env}</dd>
        </dl>
      )}
    </Loaded>
  );
};
