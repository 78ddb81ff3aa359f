import type { AlarmState } from '../../../core/contracts/evidence.ts';
import type { MetricRole } from '../../../core/contracts/workload.ts';
import type { HealthInput } from '../../../core/evidence/health.ts';
import { readHealth } from '../../../core/evidence/health.ts';
import { validateEvidence } from '../../../core/evidence/validate-evidence.ts';
import type { ValidationInput } from '../../../core/evidence/validate-evidence.ts';
import {
  aLimits,
  aMetric,
  anEvidence,
  aQueue,
  aReading,
  aService,
  aSignal,
  aState,
  at,
  healthyReading,
  isoAt,
} from '../../support/builders.ts';

const WELL = [aMetric('errorRate', 0.5), aMetric('latencyP95', 120)];
const read = (changes: Partial<HealthInput> = {}) =>
  readHealth({ workload: aService(), alarms: [], metrics: WELL, state: aState(), now: at(20), ...changes });
const alarm = (role: MetricRole): AlarmState => ({ alarmName: `payments-${role}`, role, state: 'ALARM', since: null });

describe('readHealth', () => {
  test('is well within the objectives, and says what it measured', () => {
    expect(read()).toEqual({
      at: isoAt(20),
      healthy: true,
      impact: 0,
      reasons: [],
      values: { errorRate: 0.5, latencyP95: 120 },
    });
  });

  test.each([
    ['errorRate', 5, 40, 0.4, '40 % of requests fail (objective 5 %)'],
    ['latencyP95', 400, 1_200, 0.5, 'the slowest 5 % of requests take 1200 ms or more (objective 400 ms)'],
    ['latencyP95', 400, 9_999, 1, 'the slowest 5 % of requests take 9999 ms or more (objective 400 ms)'],
    ['memoryUtilization', 80, 90, 0.1, 'memory is 90 % full'],
    ['poolUtilization', 80, 90, 0.1, 'the connection pool is 90 % full'],
    ['deadLetters', 0, 3, 0.2, '3 messages are in the dead-letter queue'],
  ] as const)('%s: %d is well, %d is not', (role, well, sick, impact, reason) => {
    expect(read({ metrics: [aMetric(role, well)] }).healthy).toBe(true);
    expect(read({ metrics: [aMetric(role, sick)] })).toMatchObject({ healthy: false, impact, reasons: [reason] });
  });

  test.each([
    [1, 0.25],
    [0, 1],
  ])('%d of at least 2 tasks', (running, impact) => {
    expect(read({ state: aState({ running }) })).toMatchObject({
      healthy: false,
      impact,
      reasons: [`${running} of at least 2 tasks are running`],
    });
  });

  test('one failed task is an accident, two are a pattern', () => {
    const exit = { taskArn: 't', stoppedAt: isoAt(0), exitCode: 1, reason: 'exited' };
    expect(read({ state: aState({ exits: [exit] }) }).healthy).toBe(true);
    expect(read({ state: aState({ exits: [exit, exit] }) }).reasons).toEqual(['2 tasks failed lately (exited)']);
  });

  test('the impact is that of the worst breach, and every breach is said', () => {
    const reading = read({ metrics: [aMetric('errorRate', 40), aMetric('memoryUtilization', 90)] });
    expect(reading.impact).toBe(0.4);
    expect(reading.reasons).toHaveLength(2);
  });

  test('an alarm stands where its metric is silent, and not where the metric contradicts it', () => {
    expect(read({ alarms: [alarm('errorRate')] }).healthy).toBe(true);
    expect(read({ alarms: [alarm('errorRate')], metrics: [] })).toMatchObject({ healthy: false, impact: 0.5 });
    expect(read({ alarms: [{ ...alarm('errorRate'), state: 'OK' }], metrics: [] }).healthy).toBe(true);
  });

  test.each(['queueAge', 'dependencyErrorRate'] as const)(
    'an alarm on %s stands beside its metric, for which there is no objective',
    (role) => {
      const metrics = [...WELL, aMetric(role, 3_600)];
      const reasons = [`alarm payments-${role} is firing at 3600`];
      expect(read({ alarms: [alarm(role)], metrics })).toMatchObject({ healthy: false, impact: 0.5, reasons });
      expect(read({ alarms: [{ ...alarm(role), state: 'OK' }], metrics }).healthy).toBe(true);
      expect(read({ metrics }).healthy).toBe(true);
    },
  );

  test('load alone hurts nobody', () => {
    const busy = [...WELL, aMetric('cpuUtilization', 99), aMetric('requestCount', 9_999)];
    expect(read({ alarms: [alarm('cpuUtilization'), alarm('requestCount')], metrics: busy }).healthy).toBe(true);
    expect(read({ alarms: [alarm('cpuUtilization')], metrics: [] }).healthy).toBe(true);
  });

  test('the alarm on running tasks stands only while nobody could count them', () => {
    const alarms = [alarm('runningTaskCount')];
    expect(read({ alarms }).healthy).toBe(true);
    expect(read({ alarms, state: null }).healthy).toBe(false);
    expect(read({ alarms, state: null, metrics: [aMetric('runningTaskCount', 0)] }).healthy).toBe(false);
  });

  test('a queue has no tasks that could be missing', () => {
    expect(read({ workload: aQueue(), state: aState({ running: 0 }) }).healthy).toBe(true);
  });
});

describe('validateEvidence', () => {
  const input = (changes: Partial<ValidationInput> = {}): ValidationInput => ({
    incidentId: 'inc-20261121-053000-payments-fa0a10',
    attempt: 1,
    evidence: anEvidence(),
    reading: aReading(),
    limits: aLimits(),
    now: at(17),
    ...changes,
  });
  const failed = (changes: Partial<ValidationInput>): readonly string[] =>
    validateEvidence(input(changes)).checks.flatMap(({ check, passed }) => (passed ? [] : [check]));

  test('proceeds when every check passes, with the reading it took', () => {
    const validation = validateEvidence(input());
    expect(validation).toMatchObject({ result: 'proceed', reading: aReading() });
    expect(validation.checks.map(({ check }) => check)).toEqual([
      'still wrong',
      'fresh',
      'not our own echo',
      'not already handled',
      'well-formed',
    ]);
  });

  test('one failed check dismisses, and all have run', () => {
    const validation = validateEvidence(input({ reading: healthyReading(17) }));
    expect(validation.result).toBe('dismiss');
    expect(validation.checks).toHaveLength(5);
    expect(failed({ reading: healthyReading(17) })).toEqual(['still wrong']);
  });

  test('evidence is fresh for two minutes', () => {
    expect(failed({ now: at(16 + 120) })).toEqual([]);
    expect(failed({ now: at(16 + 120.001) })).toEqual(['fresh']);
  });

  test('the newest signal must be recent, in the first attempt, until a person has said yes', () => {
    const evidence = anEvidence({ observedAt: isoAt(901) });
    expect(failed({ evidence, now: at(900) })).toEqual([]);
    expect(failed({ evidence, now: at(900.001) })).toEqual(['fresh']);
    expect(failed({ evidence, now: at(901), attempt: 2 })).toEqual([]);
    expect(failed({ evidence, now: at(901), approved: true })).toEqual([]);
  });

  test('after a yes the evidence itself must be as fresh as ever, and something still wrong', () => {
    expect(failed({ approved: true, now: at(16 + 120.001) })).toEqual(['fresh']);
    expect(failed({ approved: true, reading: healthyReading(17) })).toEqual(['still wrong']);
  });

  test('what only we have caused is an echo', () => {
    const ours = aSignal({ changeIds: ['kintsugi:inc-1:1'] });
    expect(failed({ evidence: anEvidence({ signals: [ours] }) })).toEqual(['not our own echo']);
    expect(failed({ evidence: anEvidence({ signals: [ours, aSignal()] }) })).toEqual([]);
    expect(failed({ evidence: anEvidence({ signals: [aSignal({ status: 'resolved' })] }) })).toEqual([
      'not our own echo',
    ]);
  });

  test.each([
    ['open', ['not already handled']],
    ['awaiting_approval', ['not already handled']],
    ['recovered', []],
    ['escalated', []],
  ])('another incident of the workload that is %s', (status, expected) => {
    const earlier = {
      incidentId: 'inc-20261121-040000-payments-000000',
      openedAt: isoAt(-5_400),
      status,
      suspectRevision: null,
    };
    expect(failed({ evidence: anEvidence({ earlierIncidents: [earlier] }) })).toEqual(expected);
  });

  test('evidence that does not match its schema is not acted on', () => {
    const garbled = { ...anEvidence(), state: { ...aState(), desired: -1 } };
    expect(failed({ evidence: garbled })).toEqual(['well-formed']);
  });
});
