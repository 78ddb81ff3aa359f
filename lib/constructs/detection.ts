import type { Detection, MetricRole } from '../../core/contracts/workload.ts';
import type { LearnedDependencies, WatchOptions } from './watch-options.ts';

/** Roles that an unusual value says something about; a number of tasks or of dead letters is a setting or a plain fact. */
const TELLING: readonly MetricRole[] = [
  'requestCount',
  'errorRate',
  'latencyP95',
  'cpuUtilization',
  'memoryUtilization',
  'dependencyErrorRate',
  'poolUtilization',
  'queueAge',
];

const DEFAULT_HORIZON_SECONDS = 6 * 3_600;
const DAY_SECONDS = 86_400;

/**
 * What the detector is to do for a workload, as it is registered; undefined when nobody asked for anything.
 *
 * @param registered - roles of which the registry knows the metric
 * @throws Error naming the roles that cannot be searched for anomalies, and those that can
 */
export const detectionOf = (
  { anomalyDetection = false, forecasts = false, learnDependencies = false }: WatchOptions,
  registered: readonly MetricRole[],
): Detection | undefined => {
  if (anomalyDetection === false && forecasts === false && learnDependencies === false) return undefined;
  const possible = TELLING.filter((role) => registered.includes(role));
  const wanted = typeof anomalyDetection === 'boolean' ? (anomalyDetection ? possible : []) : anomalyDetection;
  const impossible = wanted.filter((role) => !possible.includes(role));
  if (impossible.length > 0) {
    throw new Error(
      `anomalyDetection: ${impossible.join(', ')} cannot be searched for anomalies here; allowed: ${possible.join(', ')}.`,
    );
  }
  const settings = typeof forecasts === 'boolean' ? {} : forecasts;
  return {
    anomalies: [...wanted],
    forecasts:
      forecasts === false
        ? null
        : {
            horizonSeconds: settings.horizonSeconds ?? DEFAULT_HORIZON_SECONDS,
            seasonSeconds: settings.seasonSeconds ?? DAY_SECONDS,
            requestsPerTask: settings.requestsPerTask ?? null,
          },
    ...(learnDependencies === false ? {} : { calls: callsOf(learnDependencies) }),
  };
};

const callsOf = (learned: true | LearnedDependencies): Detection['calls'] => {
  const { traced = true, observed = null } = learned === true ? {} : learned;
  if (!traced && observed === null) {
    throw new Error('learnDependencies: traced = false needs a metric in observed, or nothing can be learned.');
  }
  return { traced, observed };
};
