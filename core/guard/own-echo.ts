import type { ActionId } from '../contracts/action.ts';
import { after, isBefore, seconds } from '../shared/units.ts';
import type { KnownFacts } from './facts.ts';
import { definePolicyGuard } from './guard.ts';
import { counted } from './wording.ts';

type Signal = KnownFacts['signals'][number];
type Past = KnownFacts['coordination']['history'][number];

/** Actions that stop tasks: for a while fewer of them run, and an alarm may say so. */
const STOPS_TASKS: readonly ActionId[] = ['restart', 'redeploy', 'scaleIn', 'rollback'];

/**
 * At least one signal asks for healing that is not the echo of a change we made ourselves: `policies/evidence.cedar`.
 *
 * A service's event and an event from outside name the change, its deployment or its incident. An alarm names nothing: one
 * about missing tasks is an echo while a workload settles after an action that stops tasks.
 */
export const ownEchoGuard = definePolicyGuard(
  'own-echo',
  'ownEcho',
  ['limits', 'signals', 'coordination', 'incident'],
  ({ limits, signals, coordination, incident }) => {
    const firing = signals.filter(({ status }) => status === 'firing');
    const earlier = coordination.history.filter(({ incidentId }) => incidentId !== incident.incidentId);
    const ours = new Set([
      ...coordination.history.flatMap(({ changeIds }) => changeIds),
      ...earlier.map(({ incidentId }) => incidentId),
    ]);
    const settles = (signal: Signal) => earlier.some((past) => isDip(signal, past, limits.cooldownSeconds));
    const echoes = firing.filter((signal) => signal.changeIds.some((id) => ours.has(id)) || settles(signal));
    return {
      facts: { firing: firing.length, echoes: echoes.length },
      measure: {
        fact: `${echoes.length} of ${counted(firing.length, 'firing signal')} from our own changes`,
        limit: 'at least 1 that is not',
        limitSource: 'own-echo rule',
      },
      passes: 'something other than our own changes signals',
    };
  },
);

const isDip = ({ role, occurredAt }: Signal, { actionId, at }: Past, settleSeconds: number): boolean =>
  role === 'runningTaskCount' &&
  STOPS_TASKS.includes(actionId) &&
  !isBefore(occurredAt, at) &&
  isBefore(occurredAt, after(at, seconds(settleSeconds)));
