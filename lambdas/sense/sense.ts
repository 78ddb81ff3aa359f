import type { AlarmState, Evidence } from '../../core/contracts/evidence.ts';
import type { LoopState } from '../../core/contracts/loop-state.ts';
import type { Workload } from '../../core/contracts/workload.ts';
import { foreseenIn, withForeseen } from '../../core/evidence/foreseen.ts';
import { missingAlarms, noSuchAlarm } from '../../core/evidence/missing-alarms.ts';
import { deriveSymptoms } from '../../core/evidence/symptoms.ts';
import { UNKNOWN_STATE } from '../../core/evidence/unknown-state.ts';
import { diagnoseIncident } from '../../core/incident/diagnose-incident.ts';
import { calleesOf } from '../../core/incident/members.ts';
import { rootOf } from '../../core/incident/root.ts';
import { headOf } from '../../core/journal/chain.ts';
import { InvalidInputError } from '../../core/shared/errors.ts';
import type { EarlierIncidents, IncidentContext, Journal } from '../../core/shared/ports.ts';
import { after, durationMs, fromIso, hours, seconds, toIso } from '../../core/shared/units.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import type { Instruments } from '../shared/measure.ts';
import { EXITS_BEFORE_ONSET, readMetrics, tryToSee } from '../shared/measure.ts';
import type { RecorderDeps } from '../shared/recorder.ts';
import { keep } from '../shared/recorder.ts';
import { readTelemetry } from './read-telemetry.ts';

export interface SenseDeps extends RecorderDeps, Instruments {
  readonly journal: Journal;
  readonly incidents: {
    context(incidentId: string, members: readonly string[]): Promise<IncidentContext>;
    /** @param dayAgo - incidents from here on are counted */
    earlier(workloadId: string, incidentId: string, dayAgo: EpochMs): Promise<EarlierIncidents>;
  };
  /** How long a breach is given to end by itself, and late alarms of the same fault to arrive. */
  readonly confirmSeconds: number;
}

/** Load alone hurts nobody: these roles explain a fault, they do not place it. */
const LOAD_ROLES = ['cpuUtilization', 'requestCount'];

/**
 * Builds the evidence. The workload that it is about is the one that the diagnosis names, else the deepest alarmed
 * dependency of the one that signalled. What cannot be read becomes a named blind spot; only the registry and its own
 * alarms are indispensable.
 */
export const sense = async (state: LoopState, deps: SenseDeps): Promise<LoopState> => {
  const startedAt = deps.clock.now();
  // After a yes it was confirmed long ago, and the yes is about what is wrong now. A wish is not a blip.
  const mustLast = state.attempt === 1 && state.approval === undefined && state.request === undefined;
  if (mustLast) await deps.clock.sleep(seconds(deps.confirmSeconds));

  const context = await deps.incidents.context(state.incidentId, state.members);
  const onset = fromIso(state.openedAt);
  const [alarms, telemetry] = await Promise.all([
    deps.alarms.states(
      context.workloads.flatMap((workload) => workload.alarms),
      'omit',
    ),
    state.request === undefined
      ? tryToSee('the metrics of all workloads', () => readTelemetry(deps, context.workloads, onset))
      : ({ ok: false, why: 'a person named the workload' } as const),
  ]);
  const inAlarm = context.workloads.flatMap(({ workloadId, alarms: own }) => {
    const firing = own.filter(({ alarmName, role }) => !LOAD_ROLES.includes(role) && isFiring(alarms, alarmName));
    return firing.map(({ role }) => ({ workloadId, role }));
  });
  const alarmed = [...new Set(inAlarm.map(({ workloadId }) => workloadId))];
  const signalled = context.signals.map(({ workloadId, role }) => ({ workloadId, role }));
  const diagnosis = telemetry.ok
    ? diagnoseIncident({
        ...telemetry.value,
        workloads: context.workloads,
        noticedAt: onset,
        alarmed: [...signalled.slice(0, 1), ...inAlarm, ...signalled.slice(1)],
      })
    : ({ answer: 'none', reason: telemetry.why } as const);
  const root =
    state.request !== undefined
      ? { workloadId: state.workloadId, sameCauseAs: null }
      : rootOf({
          signalled: context.incident.workloadId,
          alarmed,
          diagnosis,
          claimed: context.claimed,
          workloads: context.workloads,
        });
  const workload = find(context.workloads, root.workloadId);
  const missing = missingAlarms(context.workloads, alarms);
  const ownMissing = missing.find(({ workloadId }) => workloadId === workload.workloadId);
  // Those of neighbours are a blind spot; without its own nobody could tell whether it recovers.
  if (ownMissing !== undefined) throw new InvalidInputError(noSuchAlarm(ownMissing.alarmNames));

  const [earlier, metrics] = await Promise.all([
    tryToSee('earlier incidents', () =>
      deps.incidents.earlier(root.workloadId, state.incidentId, dayBefore(startedAt)),
    ),
    tryToSee('the metrics', () => readMetrics(deps, workload, onset)),
  ]);
  const suspects = earlier.ok ? earlier.value.incidents.flatMap(({ suspectRevision }) => suspectRevision ?? []) : [];
  const since = after(onset, durationMs(-EXITS_BEFORE_ONSET));
  const probed = await tryToSee('the state of the workload', () => deps.probe.state(workload, since, suspects));
  const now = deps.clock.now();
  const summaries = metrics.ok ? metrics.value : [];
  const seen = probed.ok ? probed.value : null;
  const own = alarms.filter((alarm) => workload.alarms.some(({ alarmName }) => alarmName === alarm.alarmName));
  const symptoms = deriveSymptoms({ workload, metrics: summaries, state: seen, now });
  const forecast = foreseenIn(context.signals, { workload, alarms: own, metrics: summaries, state: seen, now });
  const evidence: Evidence = {
    workload,
    observedAt: toIso(now),
    signals: context.signals.slice(0, 20),
    alarms: own,
    metrics: summaries,
    state: seen ?? UNKNOWN_STATE,
    neighbours: neighboursOf(workload, context.workloads, alarmed),
    earlierIncidents: earlier.ok ? earlier.value.incidents : [],
    ...(earlier.ok ? { incidentsToday: earlier.value.today } : {}),
    symptoms: forecast === null ? symptoms : withForeseen(symptoms, forecast),
    notSeen: [
      ...[probed, metrics, earlier].flatMap((seen) => (seen.ok ? [] : [seen.why])),
      ...missing.map(({ workloadId, alarmNames }) => `the alarms of ${workloadId}: ${noSuchAlarm(alarmNames)}`),
      ...summaries.filter((metric) => metric.samples === 0).map((metric) => `no sample of ${metric.role}`),
    ],
    diagnosis,
    ...(root.sameCauseAs === null ? {} : { sameCauseAs: root.sameCauseAs }),
    ...(forecast === null ? {} : { forecast }),
  };
  const record = await keep(deps, state, 'OBSERVING', { kind: 'evidence_gathered', body: evidence }, startedAt);
  return { ...state, head: headOf(record), evidence: record.body };
};

/** From here on incidents of one workload add up. */
const dayBefore = (now: EpochMs): EpochMs => after(now, durationMs(-hours(24)));

const isFiring = (alarms: readonly AlarmState[], alarmName: string): boolean =>
  alarms.some((alarm) => alarm.alarmName === alarmName && alarm.state === 'ALARM');

const find = (workloads: readonly Workload[], id: string): Workload => {
  const workload = workloads.find(({ workloadId }) => workloadId === id);
  if (workload === undefined) throw new Error(`workload ${id} is no longer registered`);
  return workload;
};

const neighboursOf = (
  workload: Workload,
  all: readonly Workload[],
  alarmed: readonly string[],
): Evidence['neighbours'] =>
  all.flatMap((other) => {
    const relation = calleesOf(workload).includes(other.workloadId)
      ? ('dependency' as const)
      : calleesOf(other).includes(workload.workloadId)
        ? ('dependant' as const)
        : null;
    const { workloadId } = other;
    return relation === null ? [] : [{ workloadId, relation, alarmed: alarmed.includes(workloadId) }];
  });
