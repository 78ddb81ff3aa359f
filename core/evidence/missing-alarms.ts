import type { AlarmState } from '../contracts/evidence.ts';
import type { Workload, WorkloadId } from '../contracts/workload.ts';

/** What is wrong with alarms that somebody deleted, and what creates them again. */
export const noSuchAlarm = (alarmNames: readonly string[]): string =>
  `CloudWatch has no alarm ${alarmNames.join(', ')}: deploy the workload's watch() again to create it`;

/** Workloads of which not all alarms were found, with the names of those that are missing. */
export const missingAlarms = (
  workloads: readonly Pick<Workload, 'workloadId' | 'alarms'>[],
  found: readonly AlarmState[],
): readonly { readonly workloadId: WorkloadId; readonly alarmNames: readonly string[] }[] => {
  const known = new Set(found.map(({ alarmName }) => alarmName));
  return workloads.flatMap(({ workloadId, alarms }) => {
    const alarmNames = alarms.map(({ alarmName }) => alarmName).filter((alarmName) => !known.has(alarmName));
    return alarmNames.length === 0 ? [] : [{ workloadId, alarmNames }];
  });
};
