import type { Signal } from '../../core/contracts/signal.ts';
import type { Workload } from '../../core/contracts/workload.ts';
import type { AlarmSource } from '../../core/shared/ports.ts';

/** Ids of those signals whose alarm fires now, all read at once. One that somebody deleted fires no more. */
export const stillFiring = async (
  signals: readonly Signal[],
  workloads: readonly Workload[],
  source: AlarmSource,
): Promise<readonly string[]> => {
  const alarmsOf = ({ workloadId, role }: Signal) => {
    const workload = workloads.find((one) => one.workloadId === workloadId);
    return (workload?.alarms ?? []).filter((alarm) => role === null || alarm.role === role);
  };
  const alarms = new Map(signals.flatMap(alarmsOf).map((alarm) => [alarm.alarmName, alarm]));
  const states = await source.states([...alarms.values()], 'omit');
  const firing = new Set(states.flatMap(({ alarmName, state }) => (state === 'ALARM' ? [alarmName] : [])));
  return signals
    .filter((signal) => alarmsOf(signal).some(({ alarmName }) => firing.has(alarmName)))
    .map(({ signalId }) => signalId);
};
