import fc from 'fast-check';
import type { Normalised } from '../../../core/incident/normalise-signal.ts';
import { normaliseMessage } from '../../../core/incident/normalise-signal.ts';
import { after, seconds } from '../../../core/shared/units.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { anExhaustion, aQueue, aService } from '../../support/builders.ts';
import { alarmMessage, ecsEvent, externalEvent, findingMessage, snsEnvelope } from '../../support/messages.ts';
import { START } from '../../support/simulated-clock.ts';

const registry = [aService('payments'), aQueue('orders')];
const read = (body: string): Normalised => normaliseMessage(body, registry, sha256);
const signalOf = (body: string) => {
  const normalised = read(body);
  if (normalised.kind !== 'signal') throw new Error(`${normalised.kind}: ${JSON.stringify(normalised)}`);
  return normalised.signal;
};
const reasonOf = (body: string): string => {
  const normalised = read(body);
  return 'reason' in normalised ? `${normalised.kind}: ${normalised.reason}` : `a ${normalised.kind}`;
};

describe('an alarm', () => {
  const message = alarmMessage('payments-errors', START);

  test('becomes a firing signal about the workload that registered it', () => {
    expect(signalOf(message)).toMatchObject({
      workloadId: 'payments',
      source: 'alarm',
      status: 'firing',
      role: 'errorRate',
      severity: 70,
      occurredAt: '2026-11-21T05:30:00.000Z',
      summary: expect.stringMatching(/^too many requests fail \(Threshold Crossed: 3 out of/),
      changeIds: [],
    });
  });

  test('means the same raw, in an envelope, and in any number of deliveries', () => {
    expect(signalOf(snsEnvelope(message, 'one'))).toEqual(signalOf(message));
    expect(signalOf(snsEnvelope(message, 'two'))).toEqual(signalOf(message));
    expect(signalOf(snsEnvelope(snsEnvelope(message)))).toEqual(signalOf(message));
  });

  test.each([
    ['2026-11-21T05:30:00.000+0000'],
    ['2026-11-21T05:30:00.000Z'],
    ['2026-11-21T07:30:00.000+0200'],
    ['2026-11-21T05:30:00.000+00:00'],
  ])('at %s is the same observation', (StateChangeTime) => {
    expect(signalOf(alarmMessage('payments-errors', START, { StateChangeTime }))).toEqual(signalOf(message));
  });

  test('a second later is another observation', () => {
    expect(signalOf(alarmMessage('payments-errors', after(START, seconds(1)))).signalId).not.toBe(
      signalOf(message).signalId,
    );
  });

  test('back to OK is resolved; without data it says nothing', () => {
    expect(signalOf(alarmMessage('payments-errors', START, { NewStateValue: 'OK' })).status).toBe('resolved');
    expect(reasonOf(alarmMessage('payments-errors', START, { NewStateValue: 'INSUFFICIENT_DATA' }))).toBe(
      'ignored: alarm payments-errors lost its data',
    );
  });

  test.each(['OK', 'INSUFFICIENT_DATA'])('of a workload that is not registered yet may say %s', (NewStateValue) => {
    expect(reasonOf(alarmMessage('nobody-knows-it', START, { NewStateValue }))).toBe(
      'ignored: alarm nobody-knows-it belongs to no registered workload',
    );
  });

  test('whose reason is long is cut to what people read', () => {
    const { summary } = signalOf(alarmMessage('payments-errors', START, { NewStateReason: 'x'.repeat(5_000) }));
    expect(summary.length).toBeLessThan(260);
  });

  test.each(['y'.repeat(198) + '😀zz', 'y'.repeat(150) + '\ud83d', '😀'.repeat(120)])(
    'whose reason %# has half a character, or is cut within one, comes back from its record as it was',
    (NewStateReason) => {
      const { summary } = signalOf(alarmMessage('payments-errors', START, { NewStateReason }));
      expect(Buffer.from(summary, 'utf8').toString('utf8')).toBe(summary);
    },
  );

  test.each([
    [{ AlarmName: 'nobody-knows-it' }, 'malformed: alarm nobody-knows-it belongs to no registered workload'],
    [{ StateChangeTime: 'yesterday' }, "malformed: alarm: StateChangeTime 'yesterday' is not a time"],
  ])('with %p is malformed, and why', (changes, reason) => {
    expect(reasonOf(alarmMessage('payments-errors', START, changes))).toBe(reason);
  });

  test.each([
    [{ NewStateValue: 'PANIC' }, /NewStateValue/],
    [{ StateChangeTime: 5 }, /StateChangeTime/],
    [{ AlarmName: '' }, /AlarmName/],
  ])('with %p names the field', (changes, field) => {
    expect(reasonOf(alarmMessage('payments-errors', START, changes))).toMatch(field);
    expect(read(alarmMessage('payments-errors', START, changes)).kind).toBe('malformed');
  });
});

describe('an ECS event', () => {
  test('of a failed deployment is a firing signal that carries the id of the change', () => {
    expect(signalOf(ecsEvent('SERVICE_DEPLOYMENT_FAILED', START))).toMatchObject({
      workloadId: 'payments',
      source: 'ecs',
      status: 'firing',
      role: null,
      severity: 60,
      changeIds: ['ecs-svc/123'],
      summary: expect.stringContaining('SERVICE_DEPLOYMENT_FAILED: ECS deployment circuit breaker'),
    });
  });

  test('about a deployment that begins is remembered, and no signal', () => {
    expect(read(ecsEvent('SERVICE_DEPLOYMENT_IN_PROGRESS', START))).toEqual({
      kind: 'deployed',
      deployment: { workloadId: 'payments', deploymentId: 'ecs-svc/123', at: START },
    });
  });

  test('that is only context opens nothing', () => {
    expect(reasonOf(ecsEvent('SERVICE_STEADY_STATE', START))).toBe(
      'ignored: SERVICE_STEADY_STATE is context, read when needed',
    );
  });

  test.each([
    ['arn:aws:ecs:eu-central-1:111122223333:service/shop/another'],
    ['arn:aws:ecs:eu-central-1:111122223333:service/other/payments'],
    ['arn:aws:ecs:eu-central-1:111122223333:service/shop/my-payments'],
  ])('about %s is about no registered service', (arn) => {
    expect(reasonOf(ecsEvent('SERVICE_DEPLOYMENT_FAILED', START, { resources: [arn] }))).toBe(
      'ignored: is about no registered service',
    );
  });

  test.each([[{ time: 'noon' }], [{ detail: 'text' }], [{ source: 'aws.ec2' }], [{ id: '' }]])(
    'with %p is malformed',
    (changes) => expect(read(ecsEvent('SERVICE_DEPLOYMENT_FAILED', START, changes)).kind).toBe('malformed'),
  );
});

describe('an external event', () => {
  test('is a firing signal about the workload that its dataset names', () => {
    expect(signalOf(externalEvent(START))).toMatchObject({
      workloadId: 'payments',
      source: 'webhook',
      status: 'firing',
      severity: 60,
      summary: 'reported from outside: customers report failed payments',
    });
    expect(signalOf(externalEvent(START, { status: 'resolved' })).status).toBe('resolved');
    // Instants are compared as texts: all have milliseconds.
    expect(signalOf(externalEvent(START, { timestamp: '2026-11-21T05:30:00Z' })).occurredAt).toBe(
      '2026-11-21T05:30:00.000Z',
    );
  });

  test('sent twice under its id is one observation', () => {
    expect(signalOf(externalEvent(START)).signalId).toBe(signalOf(externalEvent(START)).signalId);
    expect(signalOf(externalEvent(START, {}, { id: 'webhook-2' })).signalId).not.toBe(
      signalOf(externalEvent(START)).signalId,
    );
  });

  test('of another kind is recorded, not acted on', () => {
    expect(reasonOf(externalEvent(START, { event: 'DeploymentRecorded' }))).toMatch(/^ignored: external Deployment/);
  });

  test.each([
    [{ dataset: 'nothing' }, "malformed: external event: dataset 'nothing' is no registered workload"],
    [{ dataset: null }, "malformed: external event: dataset 'null' is no registered workload"],
  ])('with %p is malformed', (detail, reason) => expect(reasonOf(externalEvent(START, detail))).toBe(reason));

  test('of another version of the schema is malformed', () => {
    expect(reasonOf(externalEvent(START, { schema_version: 2 }))).toMatch(
      /^malformed: external event: .*schema_version/s,
    );
  });
});

describe('garbage', () => {
  test.each([[''], ['{'], ['null'], ['42'], ['"text"'], ['[]'], ['{}'], ['{"source":"aws.s3"}'], [snsEnvelope('{')]])(
    '%p is malformed, never a signal',
    (body) => expect(read(body).kind).toBe('malformed'),
  );

  test('whatever arrives is a signal, ignored or malformed: it never throws', () => {
    const keys = fc.constantFrom(
      'AlarmName',
      'source',
      'kintsugi',
      'Type',
      'Message',
      'NewStateValue',
      'detail',
      'time',
    );
    const values = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('payments-errors', 'Notification', 'aws.ecs', 'event', 'ALARM'),
    );
    const message = fc.dictionary(keys, values).map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), message), (body) => {
        expect(['signal', 'ignored', 'malformed']).toContain(read(body).kind);
      }),
    );
  });
});

describe('a finding of the detector', () => {
  test('becomes an anomaly signal with the severity and the words of the detector', () => {
    expect(signalOf(findingMessage(START))).toMatchObject({
      workloadId: 'payments',
      source: 'anomaly',
      status: 'firing',
      role: 'latencyP95',
      severity: 55,
      summary: expect.stringMatching(/^3\.1x farther/),
    });
  });

  test('of a forecast carries what is foreseen', () => {
    const forecast = anExhaustion();
    const message = findingMessage(START, { finding: 'forecast', role: 'memoryUtilization', forecast });
    expect(signalOf(message)).toMatchObject({ source: 'forecast', forecast });
  });

  test('noticed twice is one observation; of another sample, metric or kind it is another', () => {
    const first = signalOf(findingMessage(START)).signalId;
    const later = after(START, seconds(60));
    expect(signalOf(findingMessage(later, { since: '2026-11-21T05:30:00.000Z' })).signalId).toBe(first);
    expect(signalOf(findingMessage(later)).signalId).not.toBe(first);
    expect(signalOf(findingMessage(START, { role: 'errorRate' })).signalId).not.toBe(first);
    expect(signalOf(findingMessage(START, { finding: 'forecast', forecast: anExhaustion() })).signalId).not.toBe(first);
  });

  test('of a workload that is gone is ignored; without what it needs it is malformed', () => {
    expect(reasonOf(findingMessage(START, { workloadId: 'gone' }))).toBe(
      'ignored: anomaly of gone, which is registered no longer',
    );
    expect(reasonOf(findingMessage(START, { finding: 'forecast' }))).toMatch(/^malformed: finding: .*forecast/s);
    expect(reasonOf(findingMessage(START, { severity: 101 }))).toMatch(/^malformed: finding: .*severity/s);
  });
});
