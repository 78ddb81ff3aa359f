import { ACTIONS } from '../action/catalogue.ts';
import { ActionIdSchema } from '../contracts/action.ts';
import { list, minutesText, percentText } from '../explanation/wording.ts';
import { applicableActions } from '../learning/applicability.ts';
import { chooseAction } from '../learning/decide.ts';
import type { ChatText } from './answer.ts';
import type { QuestionIntent } from './intent.ts';
import type { ChatRecords } from './records.ts';

/** From this likelihood on, a fault that is only imagined is taken to show a symptom. */
const SHOWS = 0.5;

/** What would be done about a fault that is not there: the decision itself, over the symptoms that the fault usually shows. */
export const foreseen = async (
  { workloadId, hypothesis }: Extract<QuestionIntent, { kind: 'hypothetical' }>,
  records: ChatRecords,
): Promise<ChatText> => {
  const { catalogue } = records;
  const [workloads, { mode }] = await Promise.all([records.workloads(), records.mode()]);
  const workload = workloads.find((one) => one.workloadId === workloadId);
  const fault = catalogue.hypotheses.find(({ id }) => id === hypothesis);
  if (workload === undefined) return { text: `There is no workload ${workloadId}.`, links: [] };
  if (fault === undefined) return { text: `The catalogue has no fault ${hypothesis}.`, links: [] };
  const symptoms = Object.fromEntries(catalogue.symptoms.map(({ id }) => [id, (fault.symptoms[id] ?? 0) >= SHOWS]));
  const possible = workload.allowedActions.filter((id) => ACTIONS[id].kinds.includes(workload.kind));
  const applicable = applicableActions(catalogue, symptoms, {});
  const decision = chooseAction({
    catalogue,
    table: await records.table(workload.tier),
    symptoms,
    attempt: 0,
    tried: [],
    allowed: possible.filter((id) => applicable.includes(id)),
    optimism: 0,
    maxAttempts: 3,
  });
  const shown = catalogue.symptoms.filter(({ id }) => symptoms[id] === true).map(({ meaning }) => meaning);
  const chosen = decision.candidates.find(({ action }) => action === decision.action);
  const expected =
    chosen === undefined || chosen.expectedCostMinutes === null
      ? ''
      : ` I would expect it to help with ${percentText(chosen.recoverProbability.mean)}, and ${minutesText(chosen.expectedCostMinutes)} of user impact.`;
  const others = decision.candidates.filter(({ allowed, action }) => allowed && action !== decision.action).slice(0, 2);
  const next =
    others.length === 0
      ? ''
      : ` Next best: ${list(others.map(({ action, expectedCostMinutes }) => `${action} (${minutesText(expectedCostMinutes)})`))}.`;
  return {
    text: `If ${fault.meaning} in ${workloadId}, I would most likely see that ${list(shown)}, and choose to ${titleOf(decision.action)} (${decision.action}).${expected}${next} ${MODES[mode] ?? 'In this mode nothing is done.'} The guards decide then, on what is really seen.`,
    links: [
      { title: 'catalogue', path: '/catalogue' },
      { title: workloadId, path: `/workloads/${workloadId}` },
    ],
  };
};

const titleOf = (action: string): string => {
  const known = ActionIdSchema.safeParse(action);
  return known.success ? ACTIONS[known.data].title : action;
};

const MODES: Readonly<Record<string, string>> = {
  auto: 'The mode is auto: I would do it if all guards allow it.',
  manual: 'The mode is manual: I would ask a person first.',
  shadow: 'The mode is shadow: I would only record it.',
  off: 'The mode is off: I would do nothing.',
};
