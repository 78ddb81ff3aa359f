import ExpandableSection from '@cloudscape-design/components/expandable-section';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { IncidentDetail } from '../../../../core/contracts/api/incidents.ts';
import { inSeconds } from '../../../../core/shared/units.ts';
import { spanText, useNow } from '../../parts/time.tsx';

type Attempt = IncidentDetail['attempts'][number];
type Phase = Attempt['phases'][number];

const STATE_WORDS: Readonly<Record<Phase['state'], string>> = {
  done: 'done',
  running: 'runs now',
  waiting_for_person: 'waits for a person',
  pending: 'not yet',
  skipped: 'skipped',
  failed: 'failed',
};

const lookOf = ({ state, tone }: Phase): StatusIndicatorProps.Type => {
  switch (state) {
    case 'done':
      return tone === 'bad' ? 'warning' : 'success';
    case 'running':
      return 'loading';
    case 'waiting_for_person':
    case 'pending':
      return 'pending';
    case 'skipped':
      return 'stopped';
    case 'failed':
      return 'error';
  }
};

/** From here on tenths of seconds say nothing. */
const LONG_MS = 100_000;

/** The seven phases of each attempt, as they happen; earlier attempts are folded away. */
export const Timeline = ({ attempts }: { readonly attempts: readonly Attempt[] }) => {
  const last = attempts.at(-1);
  if (last === undefined) return <p className="k-quiet">The first record is not written yet.</p>;
  return (
    <>
      {attempts.slice(0, -1).map((attempt) => (
        <ExpandableSection key={attempt.attempt} headerText={`Attempt ${attempt.attempt}`}>
          <Phases attempt={attempt} />
        </ExpandableSection>
      ))}
      {attempts.length > 1 ? <h3>Attempt {last.attempt}</h3> : null}
      <Phases attempt={last} />
    </>
  );
};

const Phases = ({ attempt }: { readonly attempt: Attempt }) => {
  const isRunning = attempt.phases.some(({ startedAt, endedAt }) => startedAt !== null && endedAt === null);
  const now = useNow(200, isRunning);
  return (
    <ol className="k-phases" aria-label={`Phases of attempt ${attempt.attempt}`}>
      {attempt.phases.map((phase) => (
        <li
          key={phase.name}
          className={`k-phase k-phase-${phase.state}`}
          data-phase={phase.name}
          data-state={phase.state}
        >
          <span className="k-phase-name">
            <StatusIndicator type={lookOf(phase)} iconAriaLabel={STATE_WORDS[phase.state]}>
              {phase.name}
            </StatusIndicator>
          </span>
          <span className="k-phase-time">{timeOf(phase, now)}</span>
          <span className="k-phase-fact">{phase.fact === '' ? STATE_WORDS[phase.state] : phase.fact}</span>
        </li>
      ))}
    </ol>
  );
};

const timeOf = ({ startedAt, endedAt }: Phase, now: number): string => {
  if (startedAt === null) return '';
  const took = (endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt);
  return took < LONG_MS ? inSeconds(took) : spanText(took);
};
