import type { IncidentDiagnosis } from '../../../core/contracts/evidence.ts';
import type { MetricRole } from '../../../core/contracts/workload.ts';
import type { DiagnosedRole, IncidentTelemetry, MeasuredSeries } from '../../../core/incident/diagnose-incident.ts';
import { DIAGNOSED_ROLES, diagnoseIncident, serviceGraph } from '../../../core/incident/diagnose-incident.ts';
import { rootOf } from '../../../core/incident/root.ts';
import { aService, at } from '../../support/builders.ts';

/** web calls checkout and search; both call the ledger, which has no alarm of its own. */
const ledger = aService('ledger', { alarms: [] });
const checkout = aService('checkout', { dependsOn: ['ledger'] });
const search = aService('search', { dependsOn: ['ledger'] });
const web = aService('web', { dependsOn: ['checkout', 'search'] });
const shop = [web, checkout, search, ledger];

const USUAL: Readonly<Record<DiagnosedRole, number>> = { requestCount: 100, latencyP95: 50, errorRate: 0 };
const ROWS = 70;

/** Rows of ten seconds; from `onset` on, a workload has the values given for it. */
const telemetry = (
  during: Readonly<Record<string, Partial<Record<DiagnosedRole, number>>>>,
  over: Partial<IncidentTelemetry> = {},
  onset = 600,
): IncidentTelemetry => ({
  workloads: shop,
  periodSeconds: 10,
  noticedAt: at(650),
  alarmed: [{ workloadId: 'web', role: 'latencyP95' }],
  series: shop.flatMap(({ workloadId }) =>
    DIAGNOSED_ROLES.map((role): MeasuredSeries => ({
      workloadId,
      role,
      samples: Array.from({ length: ROWS }, (_, row) => {
        const noise = 1 + ((row * 7) % 5) / 100;
        const value = row * 10 >= onset ? (during[workloadId]?.[role] ?? USUAL[role]) : USUAL[role];
        return { at: at(row * 10), value: value * noise };
      }),
    })),
  ),
  ...over,
});

const rootFor = (diagnosis: ReturnType<typeof diagnoseIncident>, alarmed: readonly string[], claimed = {}) =>
  rootOf({ signalled: 'web', alarmed, diagnosis, claimed, workloads: shop });

describe('which workload is the cause', () => {
  const slowLedger = { web: { latencyP95: 250 }, checkout: { latencyP95: 250 }, search: { latencyP95: 250 }, ledger: { latencyP95: 150, requestCount: 200 } }; // prettier-ignore

  test('a shared dependency without an alarm of its own is named, and its callers are victims', () => {
    const diagnosis = diagnoseIncident(
      telemetry(slowLedger, {
        alarmed: [
          { workloadId: 'web', role: 'latencyP95' },
          { workloadId: 'checkout', role: 'latencyP95' },
        ],
      }),
    );
    expect(diagnosis).toMatchObject({ answer: 'causes', alarmed: 'web', victims: ['checkout', 'web'] });
    expect(diagnosis.answer === 'causes' && diagnosis.causes[0]).toMatchObject({
      workloadId: 'ledger',
      metric: 'latency',
    });
    expect(rootFor(diagnosis, ['web', 'checkout', 'search'])).toEqual({ workloadId: 'ledger', sameCauseAs: null });
  });

  test('failures are read as such whatever the signal was about', () => {
    const failing = { web: { errorRate: 40 }, checkout: { errorRate: 60 } };
    const roles: readonly (MetricRole | null)[] = ['errorRate', 'latencyP95', null];
    for (const role of roles) {
      const found = diagnoseIncident(telemetry(failing, { alarmed: [{ workloadId: 'web', role }] }));
      expect(found.answer === 'causes' && found.causes[0]).toMatchObject({
        workloadId: 'checkout',
        metric: 'availability',
      });
    }
  });

  test('what a signal was about is explained before what none was: a slow caller is not blamed for failing calls', () => {
    const input = telemetry(
      { web: { latencyP95: 250 }, checkout: { errorRate: 60 } },
      {
        alarmed: [
          { workloadId: 'web', role: 'errorRate' },
          { workloadId: 'checkout', role: 'errorRate' },
        ],
      },
    );
    const found = diagnoseIncident(input);
    expect(found.answer === 'causes' && found.causes[0]).toMatchObject({
      workloadId: 'checkout',
      metric: 'availability',
    });
  });

  test('an alarm that notices late does not hide the onset, and another level long before is no onset', () => {
    const late = diagnoseIncident(telemetry(slowLedger, { noticedAt: at(690) }));
    expect(late.answer === 'causes' && late.causes[0]?.workloadId).toBe('ledger');
  });

  test.each([
    ['nothing deviates', telemetry({}), 'deviations from usual'],
    ['there is one workload', telemetry({}, { workloads: [web] }), 'no neighbours'],
    ['there are no rows', telemetry({}, { series: [] }), '0 rows'],
    ['nothing is alarmed', telemetry(slowLedger, { alarmed: [] }), 'no workload is in alarm'],
  ])('no answer when %s, and it says why', (_, input, why) => {
    expect(diagnoseIncident(input)).toMatchObject({ answer: 'none', reason: expect.stringContaining(why) });
  });

  test('edges that were only seen count as declared ones', () => {
    const call = {
      callee: 'ledger',
      source: 'observed' as const,
      requestsPerMinute: 60,
      lastSeen: '2026-11-21T05:30:00.000Z',
    };
    const graph = serviceGraph([aService('web', { seenCalls: [call, { ...call, callee: 'elsewhere' }] }), ledger]);
    expect(graph.edges).toEqual([['web', 'ledger']]);
  });
});

describe('which workload is healed', () => {
  const accuses = (workloadId: string): IncidentDiagnosis => ({
    answer: 'causes',
    alarmed: 'web',
    causes: [{ workloadId, metric: 'latency', share: 0.9, reason: 'it is slow' }],
    victims: ['web'],
  });
  const none: IncidentDiagnosis = { answer: 'none', reason: 'nothing deviates' };

  test('the accused one when it is in alarm or has none; else the deepest in alarm', () => {
    expect(rootFor(accuses('checkout'), ['web', 'checkout', 'search']).workloadId).toBe('checkout');
    expect(rootFor(accuses('ledger'), ['web']).workloadId).toBe('ledger');
    expect(rootFor(accuses('checkout'), ['web']).workloadId).toBe('web');
    expect(rootFor(none, ['web', 'search']).workloadId).toBe('search');
  });

  test('a cause that is another incident’s to heal is left to it', () => {
    const claimed = { checkout: 'inc-other' };
    expect(rootFor(none, ['web', 'checkout'], claimed)).toEqual({ workloadId: 'web', sameCauseAs: 'inc-other' });
    expect(rootFor(accuses('checkout'), ['web', 'checkout'], claimed).sameCauseAs).toBe('inc-other');
  });

  test('of two causes with one victim each incident keeps its own', () => {
    const claimed = { checkout: 'inc-other' };
    expect(rootFor(none, ['web', 'checkout', 'search'], claimed)).toEqual({ workloadId: 'search', sameCauseAs: null });
  });
});
