import { foreseeExhaustion } from '../../../core/forecast/outlook.ts';
import { epochMs, minutes, seconds, toIso } from '../../../core/shared/units.ts';
import type { Detection } from '../../../core/contracts/workload.ts';
import { aDemand, aService } from '../../support/builders.ts';
import { healingSystem, type HealingSystem } from '../../support/healing-system.ts';
import { findingMessage } from '../../support/messages.ts';
import type { Fault } from '../../support/simulated-service.ts';

/** A preventive incident from the forecast to its end: the use cases of all phases over the fakes. */

const DETECTION: Detection = {
  anomalies: [],
  forecasts: { horizonSeconds: 3_600, seasonSeconds: 86_400, requestsPerTask: 20 },
};
const LEAK: Fault = { readings: {}, leaksPerMinute: 2, curedBy: ['redeploy'] };

/** The detector's word about the memory, as it stands now. */
const foretell = async (system: HealingSystem): Promise<string> => {
  const { workload, metrics } = system.service;
  const now = system.clock.now();
  const window = { from: epochMs(now - minutes(10)), to: now, periodSeconds: 10 };
  const { memoryUtilization } = await metrics.read(workload.metrics, window);
  const forecast = foreseeExhaustion('memoryUtilization', memoryUtilization ?? [], 3_600);
  if (forecast === null) throw new Error('nothing is foreseen');
  return findingMessage(now, { finding: 'forecast', role: 'memoryUtilization', severity: 60, forecast });
};

const leaking = async (fault: Fault = LEAK, allowed?: Parameters<typeof healingSystem>[0]) => {
  const system = healingSystem({ ...allowed, workload: { detection: DETECTION, ...allowed?.workload } });
  system.service.breakWith(fault);
  system.clock.advance(minutes(8));
  const handled = await system.deliver(await foretell(system));
  if (handled.result !== 'opened') throw new Error(`the forecast opened nothing: ${handled.result}`);
  return { system, incidentId: handled.incidentId };
};

const run = async ({ system, incidentId }: Awaited<ReturnType<typeof leaking>>) => {
  await system.run(incidentId);
  const journal = await system.journal(incidentId);
  const evidence = journal.find((record) => record.kind === 'evidence_gathered')?.body;
  return { system, incident: await system.incident(incidentId), journal, evidence };
};

test('a leak is healed before anybody notices it, and the account says that it was preventive', async () => {
  const { system, incident, evidence } = await run(await leaking());
  expect(system.service.effects).toEqual(['redeploy']);
  expect(incident).toMatchObject({ status: 'recovered', outcome: 'recovered', attempts: 1 });
  expect(incident.explanation).toMatch(
    /This was preventive: nothing was wrong yet, so only gentle actions were considered/,
  );
  expect(incident.explanation).toMatch(
    /memory is going to be used up in .* \(80 %: .* to .*\).*; with 95 % .* to .*\./,
  );
  expect(evidence?.symptoms.present).toEqual(['memHigh']);
});

test('only gentle actions are considered; the others say why not', async () => {
  const { journal } = await run(await leaking({ ...LEAK, deployed: true }));
  const decided = journal.find((record) => record.kind === 'action_decided')?.body;
  const masks = Object.fromEntries(decided?.candidates.map(({ actionId, masked }) => [actionId, masked]) ?? []);
  const tooMuch = 'is not gentle enough to prevent what has not happened yet';
  expect(masks).toMatchObject({ rollback: tooMuch, scaleIn: tooMuch, redeploy: null, scaleOut: null, wait: null });
});

test('it is dismissed when the forecast is gone before anything was done', async () => {
  const opened = await leaking();
  const { workload, actuator } = opened.system.service;
  // somebody else was faster
  await actuator.apply(workload, { actionId: 'redeploy' }, { incidentId: opened.incidentId, attempt: 1 });
  const { system, incident } = await run(opened);
  expect(incident.status).toBe('dismissed');
  expect(system.service.effects).toEqual(['redeploy']);
});

test('an action that does not end the trend has not worked, though nobody suffers', async () => {
  const { incident, journal } = await run(await leaking({ ...LEAK, curedBy: [] }));
  const outcomes = journal.flatMap((record) => (record.kind === 'outcome_measured' ? [record.body.status] : []));
  expect(outcomes.length).toBeGreaterThan(0);
  expect(outcomes).not.toContain('recovered');
  expect(incident.status).toBe('escalated');
});

test('once something is wrong for users it is an incident like any other', async () => {
  const opened = await leaking({ ...LEAK, deployed: true, curedBy: ['rollback'] });
  opened.system.service.breakWith({ readings: { errorRate: 40 }, deployed: true, curedBy: ['rollback'] });
  opened.system.clock.advance(seconds(30));
  const { system, incident, evidence } = await run(opened);
  expect(evidence).not.toHaveProperty('forecast');
  expect(system.service.effects).toEqual([expect.stringMatching(/^rollback to /)]);
  expect(incident.explanation).not.toMatch(/preventive/);
});

test('a demand that the tasks cannot take is met by more tasks before it comes', async () => {
  const system = healingSystem({ workload: { detection: DETECTION } });
  const now = system.clock.now();
  const forecast = aDemand({ madeAt: toIso(now), at: toIso(epochMs(now + minutes(10))) });
  const handled = await system.deliver(
    findingMessage(now, { finding: 'forecast', role: 'requestCount', severity: 70, forecast }),
  );
  if (handled.result !== 'opened') throw new Error(handled.result);
  const { incident } = await run({ system, incidentId: handled.incidentId });
  expect(system.service.effects).toEqual(['scaleOut 2 to 4']);
  expect(incident).toMatchObject({ status: 'recovered', lastAction: 'scaleOut' });
});

test('it stays with its workload when something that it calls is merely odd', async () => {
  const others = [aService('store', { detection: DETECTION })];
  const system = healingSystem({ workload: { detection: DETECTION, dependsOn: ['store'] }, others });
  const now = system.clock.now();
  const forecast = aDemand({ madeAt: toIso(now), at: toIso(epochMs(now + minutes(10))) });
  const foretold = { finding: 'forecast', role: 'requestCount', severity: 70, forecast };
  const handled = await system.deliver(findingMessage(now, foretold));
  if (handled.result !== 'opened') throw new Error(handled.result);
  const odd = { finding: 'anomaly', workloadId: 'store', role: 'latencyP95', severity: 45, since: toIso(now) };
  expect((await system.deliver(findingMessage(now, odd))).result).toBe('attached');
  const { incident } = await run({ system, incidentId: handled.incidentId });
  expect(incident).toMatchObject({ workloadId: 'payments', foretold: true, signalCount: 2, lastAction: 'scaleOut' });
});

test('who no longer asks for forecasts is left alone', async () => {
  const system = healingSystem();
  const forecast = aDemand({ madeAt: toIso(system.clock.now()) });
  const handled = await system.deliver(
    findingMessage(system.clock.now(), { finding: 'forecast', role: 'requestCount', severity: 70, forecast }),
  );
  if (handled.result !== 'opened') throw new Error(handled.result);
  const { incident } = await run({ system, incidentId: handled.incidentId });
  expect(system.service.effects).toEqual([]);
  expect(incident.status).toBe('dismissed');
});
