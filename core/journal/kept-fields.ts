/**
 * Fields of a record whose text stays as it is. Phases go on with what the record holds, so what a phase, a guard or AWS
 * is asked with must not change on the way. Everything else is free text and redacted, and so is a field that nobody has
 * thought of: a test demands that each text of a record is named, here or as free text.
 */

/**
 * Who is accountable: who approved, who asked, who paused, whose workload it is. An audit asks for them first, policies
 * and four eyes compare them, and each was given on purpose, e-mail address or not.
 */
const IDENTITIES = ['approver', 'approvers', 'by', 'requestedBy', 'pausedBy', 'owner'];

/** What names one thing: `task-definition/rotate-secret:1042` is a revision and no secret. */
const IDENTIFIERS = [
  'incidentId',
  'sameCauseAs',
  'signalId',
  'questionId',
  'taskId',
  'workloadId',
  'members',
  'alarmed',
  'victims',
  'callee',
  'dependsOn',
  'changeIds',
  'deploymentId',
  'revision',
  'suspectRevision',
  'fromRevision',
  'toRevision',
  'taskArn',
  'taskArns',
  'clusterArn',
  'serviceName',
  'functionName',
  'aliasName',
  'queueUrl',
  'deadLetterQueueUrl',
  'lastStatus',
  'resource',
  'who',
  'alarmName',
  'namespace',
  'taskMetricsNamespace',
  'metricName',
  'stat',
  'calleeDimension',
  'traceType',
  'tier',
  'timeZone',
  'hypothesis',
  'runbookHypothesis',
  'symptom',
  'fingerprint',
  'modelVersion',
  'version',
  'policies',
  'status',
  'action',
  'lastAction',
  'allowed',
  'plannable',
  'planHash',
  'offered',
  'catalogueHash',
  'tableHash',
];

export const KEPT_TEXTS: ReadonlySet<string | null> = new Set([...IDENTITIES, ...IDENTIFIERS]);

/** Objects with names of their own: a metric's dimensions, and the catalogue, which is held against its hash. */
export const KEPT_WHOLE: ReadonlySet<string | null> = new Set(['dimensions', 'catalogue']);
