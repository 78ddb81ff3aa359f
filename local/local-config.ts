/**
 * What differs between `dev` on AWS and `dev` on a laptop: time. Metrics come every second instead of every minute, so
 * everything that waits for metrics waits for seconds. Handed to the CDK app through its documented override.
 */
export const localOverrides = (
  shopPrefixes: readonly string[],
  cluster: string,
  {
    endpoint = null,
    catalogueFile = null,
    detection = false,
    drill = false,
    declared = true,
  }: {
    /** Of the emulator: where its APIs are called. */
    readonly endpoint?: string | null;
    readonly catalogueFile?: string | null;
    readonly detection?: boolean;
    /** The workload of drills; they are begun by hand here. */
    readonly drill?: boolean;
    readonly declared?: boolean;
  } = {},
) => ({
  dev: {
    cloudStack: false,
    heartbeatMinutes: 5,
    limits: {
      confirmSeconds: 6,
      cooldownSeconds: 5,
      maxRecurrences: 1_000,
      maxConsecutiveFailures: 6,
      maxIneffectiveSuccesses: 6,
      maxActionsPerHour: 1_000,
      maxCostPerDayUsd: 10_000, // what a week breaks, a shop breaks in an hour
      holdSeconds: 5,
      observeWindowSeconds: 50,
      effectDeadlineSeconds: 40,
      followUpSeconds: 12,
      approvalTtlSeconds: 300,
      // Whoever plays with the shop breaks the same thing again on purpose: that is no relapse of the cure.
      learning: { optimismSd: 0.3, relapseMinutes: 0.2 },
    },
    catalogueFile,
    // One laptop is everybody, benches and fuzzers included.
    api: {
      rateLimit: 500,
      burstLimit: 1_000,
      callerRequestsPerTenSeconds: 5_000,
      callerRequestsPerDay: 10_000_000,
      executeUrl: endpoint === null ? null : `${endpoint}/_aws/execute-api/{apiId}/{stage}`,
    },
    drill: drill ? { everyHours: 168, healedWithinMinutes: 15 } : null,
    demoShops: shopPrefixes.map((prefix) => ({ prefix, clusterName: cluster, detection, declared })),
  },
});
