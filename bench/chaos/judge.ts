import type { Incident } from '../../core/contracts/incident.ts';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import { verifyChain } from '../../core/journal/chain.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import type { Mutation } from './chaos-proxy.ts';

/** An incident as it was left, with everything that was done to its workload. */
export interface Story {
  readonly workloadId: string;
  readonly incidents: readonly Incident[];
  readonly records: readonly JournalRecord[];
  readonly mutations: readonly Mutation[];
}

export interface ChaosVerdict {
  /** Faults without an incident, or whose incident never ended. */
  readonly lost: readonly string[];
  /** Workloads to which more was done than was intended. */
  readonly doubled: readonly string[];
  readonly unexplained: readonly string[];
  /** Incidents whose chain of records is not sound. */
  readonly unsound: readonly string[];
  readonly statuses: Readonly<Record<string, number>>;
  /** Why a person was called, by the first words of the reason. */
  readonly escalations: Readonly<Record<string, number>>;
}

const ENDED = ['recovered', 'escalated', 'dismissed'];

export const judgeChaos = (stories: readonly Story[]): ChaosVerdict => {
  const idsOf = (isWrong: (story: Story) => boolean): string[] =>
    stories.filter(isWrong).map(({ workloadId }) => workloadId);
  const incidents = stories.flatMap((story) => story.incidents);
  return {
    lost: idsOf(
      (story) => story.incidents.length === 0 || story.incidents.some(({ status }) => !ENDED.includes(status)),
    ),
    doubled: idsOf(isDoubled),
    unexplained: idsOf((story) =>
      story.incidents.some(({ status, explanation }) => ENDED.includes(status) && (explanation ?? '') === ''),
    ),
    unsound: idsOf(({ incidents: own, records }) =>
      own.some(
        ({ incidentId }) =>
          verifyChain(
            records.filter((one) => one.incidentId === incidentId),
            sha256,
          ).length > 0,
      ),
    ),
    statuses: countBy(incidents.map(({ status }) => status)),
    escalations: countBy(stories.flatMap(({ records }) => records.flatMap(reasonOf))),
  };
};

/**
 * One intention, one effect. A change whose answer was lost may be asked for once more, because whoever asked cannot know
 * that it was done; one that was answered must not.
 */
const isDoubled = ({ records, mutations }: Story): boolean => {
  const intended = records.filter(({ kind }) => kind === 'action_intended').length;
  const undone = records.filter(({ kind }) => kind === 'action_undone').length;
  const effects = mutations.filter(({ version }, index) => version !== mutations[index - 1]?.version).length;
  const answered = mutations.filter((one) => one.answered).length;
  return Math.max(effects, answered) > intended + undone;
};

const reasonOf = (record: JournalRecord): string[] => {
  if (record.kind === 'incident_escalated')
    return [`${record.body.error} (${record.body.cause.replaceAll(/chaos-\d+/g, 'chaos-*').slice(0, 100)})`];
  const isHandedOver = record.kind === 'attempt_explained' && record.body.disposition === 'escalated';
  return isHandedOver ? ['by the loop itself'] : [];
};

const countBy = (names: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};
