import type { Evidence, Symptom } from '../contracts/evidence.ts';
import type { Forecast } from '../contracts/forecast.ts';
import type { Signal } from '../contracts/signal.ts';
import { type HealthInput, readHealth } from './health.ts';

/**
 * The forecast that an incident is about, if it is a preventive one: foretold of this workload, of which nothing is
 * wrong yet. Once something is, what was foretold matters no more.
 */
export const foreseenIn = (signals: readonly Signal[], present: HealthInput): Forecast | null => {
  const foretold = signals.findLast(
    ({ forecast, workloadId }) => forecast !== undefined && workloadId === present.workload.workloadId,
  );
  return foretold?.forecast !== undefined && readHealth(present).healthy ? foretold.forecast : null;
};

/** What will be seen when a forecast comes true. */
export const foreseenSymptoms = (forecast: Forecast): readonly Symptom[] => {
  if (forecast.kind === 'demand') return ['trafficHigh', 'cpuHigh', 'latHigh'];
  return forecast.role === 'poolUtilization' ? ['dbConnSat', 'latHigh'] : ['memHigh'];
};

/**
 * The symptoms of a preventive incident: those that are foreseen count as present. What is absent stays absent: a crash
 * loop or a broken release would show by now.
 */
export const withForeseen = (symptoms: Evidence['symptoms'], forecast: Forecast): Evidence['symptoms'] => {
  const foreseen = foreseenSymptoms(forecast);
  return {
    present: [...new Set([...symptoms.present, ...foreseen])],
    absent: symptoms.absent.filter((symptom) => !foreseen.includes(symptom)),
  };
};
