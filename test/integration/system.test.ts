import { setTimeout as sleep } from 'node:timers/promises';
import type { RunResult } from '../../bench/matrix/run.ts';
import { runOnce } from '../../bench/matrix/run.ts';
import type { Watcher } from '../../bench/matrix/watcher.ts';
import { watcherOf } from '../../bench/matrix/watcher.ts';
import { ACTIONS } from '../../core/action/catalogue.ts';
import { IncidentDetailSchema, IncidentListSchema } from '../../core/contracts/api/incidents.ts';
import type { Incident } from '../../core/contracts/incident.ts';
import { verifyChain } from '../../core/journal/chain.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import type { Fault, FaultName } from '../../local/faults/fault.ts';
import { faultNames, faults, inject } from '../../local/faults/faults.ts';
import type { LocalCloud } from '../../local/local-cloud.ts';
import { startLocalCloud } from '../../local/local-cloud.ts';
import { anEventDetail } from '../support/events.ts';
import type { ApiClient } from './support/api-client.ts';
import { signIn } from './support/api-client.ts';
import { errorAlarm, sendCopies } from './support/storm.ts';

/** Three shops, three lanes: their incidents have nothing to do with each other. */
const PREFIXES = ['', 'b-', 'c-'];

/** The whole system, deployed by the CDK into the emulator, with its roles enforced, over real processes. */
/** It keeps a core busy: two cores have none to spare for another test beside it. */
const BUSY: FaultName = 'misleading-symptom';

describe('the deployed system', () => {
  let cloud: LocalCloud;
  let watcher: Watcher;
  const results = new Map<FaultName, RunResult>();
  const since = new Date();

  const namesOf = (kind: Fault['kind']): FaultName[] => faultNames.filter((name) => faults[name].kind === kind);

  /** Each in the first shop that is free. */
  const tryAll = async (names: readonly FaultName[]): Promise<void> => {
    const queue = [...names];
    await Promise.all(
      PREFIXES.map(async (prefix) => {
        for (let fault = queue.shift(); fault !== undefined; fault = queue.shift()) {
          results.set(fault, await runOnce(cloud.faultContext(prefix), watcher, fault));
        }
      }),
    );
  };

  beforeAll(async () => {
    cloud = await startLocalCloud({ dir: process.cwd(), shopPrefixes: PREFIXES });
    watcher = watcherOf(cloud);
    await tryAll(namesOf('fault'));
    // No neighbour is being healed any more: two cores that start twenty tasks make every shop slow in earnest.
    await tryAll(namesOf('control').filter((name) => name !== BUSY));
    await tryAll([BUSY]);
  }, 540_000);

  afterAll(async () => {
    await cloud?.stop();
  }, 30_000);

  test.each(faultNames)('%s: a fault is healed, a control is left alone', (fault) => {
    const result = results.get(fault);
    expect(result?.passed === true ? null : result).toBeNull();
  });

  test('every incident that was opened has ended and has a sound chain', async () => {
    const services = cloud.shops.flatMap((shop) => shop.services);
    const incidents = await watcher.incidentsSince(services, since);
    expect(incidents.length).toBeGreaterThanOrEqual(8);
    for (const { incidentId, status } of incidents) {
      expect(['recovered', 'escalated', 'dismissed']).toContain(status);
      expect(verifyChain(await watcher.journal(incidentId), sha256)).toEqual([]);
    }
  });

  test('the workload that must not be touched was seen and not touched', async () => {
    const incidents = await watcher.incidentsSince(
      cloud.shops.map((shop) => shop.nameOf('ledger')),
      since,
    );
    const journals = await Promise.all(incidents.map(({ incidentId }) => watcher.journal(incidentId)));
    expect(incidents.length).toBeGreaterThanOrEqual(1);
    // To wait is allowed of every workload: it changes nothing.
    const intended = journals.flat().flatMap((record) => (record.kind === 'action_intended' ? [record.body.plan] : []));
    expect(intended.filter(({ actionId }) => ACTIONS[actionId].mutates)).toEqual([]);
  });

  test('a thousand duplicated, reordered and late copies of one incident: one execution, one action', async () => {
    const context = cloud.faultContext();
    const payments = context.shop.nameOf('payments');
    const started = new Date();
    // The same three observations, again and again, in any order.
    const copies = Array.from({ length: 1_000 }, (_, index) =>
      errorAlarm(payments, new Date(started.getTime() + (index % 3) * 7)),
    ).sort((a, b) => sha256(a + a.length).localeCompare(sha256(b)));
    const clear = await inject(context, 'hang');
    try {
      await sendCopies(cloud, copies);
      const [incident] = await untilClosed(watcher, [payments], started);
      await sendCopies(cloud, copies.slice(0, 50));
      await sleep(5_000);
      const incidents = await watcher.incidentsSince(context.shop.services, started);
      expect(incidents.map(({ incidentId }) => incidentId)).toEqual([incident?.incidentId]);
      const journal = await watcher.journal(String(incident?.incidentId));
      expect(journal.filter(({ kind }) => kind === 'incident_opened')).toHaveLength(1);
      expect(journal.filter(({ kind }) => kind === 'action_applied')).toHaveLength(1);
      expect(incident).toMatchObject({ status: 'recovered' });
    } finally {
      await clear();
    }
  }, 120_000);

  describe('the HTTP API', () => {
    let api: ApiClient;
    beforeAll(async () => {
      api = await signIn(cloud);
    });

    test('answers strangers on /health only', async () => {
      expect(await api.call('GET', '/health', { token: null })).toMatchObject({
        status: 200,
        body: { status: 'ok', env: 'dev' },
      });
      expect(await api.call('GET', '/incidents', { token: null })).toMatchObject({ status: 401 });
      expect(await api.call('GET', '/incidents', { token: 'forged' })).toMatchObject({ status: 401 });
    });

    test('lists incidents and shows one with its journal', async () => {
      const list = await api.call('GET', '/incidents?status=recovered&limit=5');
      expect(list.status).toBe(200);
      const { incidents } = IncidentListSchema.parse(list.body);
      expect(incidents.length).toBeGreaterThanOrEqual(1);
      const detail = await api.call('GET', `/incidents/${incidents[0]?.incidentId}`);
      const { journal } = IncidentDetailSchema.parse(detail.body);
      expect(journal.at(-1)).toMatchObject({ kind: 'attempt_explained', body: { disposition: 'recovered' } });
    });

    test('names the field of a bad request and says when there is nothing', async () => {
      expect(await api.call('GET', '/incidents?limit=0')).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'query.limit' }] },
      });
      const unknown = '/incidents/inc-20260101-000000-payments-abcdef';
      expect(await api.call('GET', unknown)).toMatchObject({ status: 404 });
      const answer = { answer: 'approve', questionId: 'b'.repeat(16), planHash: 'a'.repeat(64) };
      expect(await api.call('POST', `${unknown}/approval`, { body: answer })).toMatchObject({ status: 409 });
      expect(await api.call('POST', '/events', { body: 'not json' })).toMatchObject({ status: 400 });
    });

    test('queues an external event', async () => {
      const detail = anEventDetail({ event: 'DeploymentRecorded', timestamp: new Date().toISOString() });
      const accepted = await api.call('POST', '/events', { body: { id: 'ext-1', detail } });
      expect(accepted).toMatchObject({ status: 202, body: { id: 'ext-1', status: 'queued' } });
    });
  });
});

const untilClosed = async (
  watcher: Watcher,
  workloads: readonly string[],
  since: Date,
): Promise<readonly Incident[]> => {
  for (const deadline = Date.now() + 90_000; Date.now() < deadline; await sleep(500)) {
    const incidents = await watcher.incidentsSince(workloads, since);
    if (incidents.length > 0 && incidents.every(({ closedAt }) => closedAt !== null)) return incidents;
  }
  throw new Error('no incident was closed within 90 s');
};
