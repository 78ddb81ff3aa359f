import type { Incident } from '../../../core/contracts/incident.ts';
import type { Signal } from '../../../core/contracts/signal.ts';
import type { WorkloadId } from '../../../core/contracts/workload.ts';
import { incidentIdFor } from '../../../core/incident/incident-id.ts';
import type { AttemptEnd, Experience } from '../../../core/shared/ports.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { aRequest } from '../approvals.ts';
import { aRecord, aService, aSignal, at, anIncident, aVerdict, isoAt } from '../builders.ts';
import type { Stores } from '../stores.ts';

type Opening = Parameters<Stores['incidents']['open']>[0];

/** An opening of an incident about its own workload, `offset` seconds after the start. */
const opening = (workloadId: WorkloadId, offset = 0, members: readonly WorkloadId[] = [workloadId]): Opening => {
  const signal = aSignal({
    signalId: sha256(`${workloadId}|${offset}`),
    workloadId,
    occurredAt: isoAt(offset),
  });
  const incidentId = incidentIdFor(signal, sha256);
  return {
    signal,
    members,
    incident: anIncident({ incidentId, workloadId, openedAt: signal.occurredAt }),
    record: aRecord(
      null,
      { kind: 'incident_opened', body: { workloadId, members: [...members], signal } },
      { incidentId, at: at(offset) },
    ),
  };
};

const another = (signal: Signal, n: number): Signal => ({ ...signal, signalId: sha256(`${signal.signalId}|${n}`) });

const ending = (opened: Opening, changes: Partial<AttemptEnd> = {}): AttemptEnd => {
  const incident: Incident = {
    ...opened.incident,
    status: 'recovered',
    closedAt: isoAt(100),
    attempts: 1,
    lastAction: 'restart',
    outcome: 'recovered',
    suspectRevision: null,
    explanation: 'It recovered.',
  };
  return {
    record: aRecord(
      opened.record,
      { kind: 'attempt_explained', body: { disposition: 'recovered', explanation: 'It recovered.' } },
      { incidentId: opened.incident.incidentId, at: at(100) },
    ),
    incident,
    close: true,
    members: opened.members,
    workloadId: opened.incident.workloadId,
    lease: null,
    pastAction: null,
    experience: null,
    ...changes,
  };
};

const experienceOf = (executionId: string, tier: string): Experience => ({
  executionId,
  tier,
  at: at(100),
  deltas: [
    { hypothesis: 'crashLoop', add: { mix: 0.75, 'fixed.restart': 0.75 } },
    { hypothesis: 'deadlock', add: { mix: 0.25, 'fixed.restart': 0.25 } },
  ],
});

/** What every incident store must do: one open incident per workload, and ends that happen whole and once. */
export const incidentStoreSuite = (open: () => Stores): void => {
  describe('opening', () => {
    test('an incident, its first record and its signal are there together', async () => {
      const { incidents, journal } = open();
      const request = opening('open-a');
      expect(await incidents.open(request)).toEqual({ status: 'opened' });
      expect(await incidents.get(request.incident.incidentId)).toEqual(request.incident);
      expect(await journal.read(request.incident.incidentId)).toEqual([request.record]);
      expect((await incidents.context(request.incident.incidentId, ['open-a'])).signals).toEqual([request.signal]);
    });

    test('the same signal again is a duplicate that knows it opened the incident', async () => {
      const { incidents } = open();
      const request = opening('open-b');
      const { incidentId } = request.incident;
      await incidents.open(request);
      expect(await incidents.open(request)).toEqual({ status: 'duplicate', incidentId, opener: true });
    });

    test('the same signal after the end is a duplicate that opens and starts nothing', async () => {
      const { incidents } = open();
      const request = opening('open-c');
      const { incidentId } = request.incident;
      await incidents.open(request);
      await incidents.endAttempt(ending(request));
      expect(await incidents.open(request)).toEqual({ status: 'duplicate', incidentId, opener: false });
    });

    test('another signal of any member belongs to the open incident', async () => {
      const { incidents, journal } = open();
      const request = opening('open-d', 0, ['open-d', 'open-d-caller']);
      const { incidentId } = request.incident;
      await incidents.open(request);
      const caller = opening('open-d-caller', 5, ['open-d', 'open-d-caller']);
      expect(await incidents.open(caller)).toEqual({ status: 'belongs', incidentId });
      expect(await journal.read(caller.incident.incidentId)).toEqual([]);
      expect(await incidents.get(caller.incident.incidentId)).toBeNull();
    });

    test('what happened before the last incident was closed is late news; what comes after it opens the next', async () => {
      const { incidents } = open();
      const request = opening('open-e');
      await incidents.open(request);
      await incidents.endAttempt(ending(request));
      const { incidentId } = request.incident;
      expect(await incidents.open(opening('open-e', 99))).toEqual({ status: 'late', incidentId });
      expect(await incidents.open(opening('open-e', 100))).toEqual({ status: 'late', incidentId });
      expect(await incidents.open(opening('open-e', 101))).toEqual({ status: 'opened' });
    });

    test('of many different signals at once one opens, and the others find it', async () => {
      const { incidents } = open();
      const requests = Array.from({ length: 6 }, (_, index) => opening('open-f', index));
      const answers = await Promise.allSettled(requests.map((request) => incidents.open(request)));
      const statuses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.status] : []));
      expect(statuses.filter((status) => status === 'opened')).toHaveLength(1);
      expect(statuses.every((status) => status === 'opened' || status === 'belongs')).toBe(true);
    });
  });

  describe('attaching', () => {
    test('a further signal is counted and kept once', async () => {
      const { incidents } = open();
      const request = opening('attach-a');
      const { incidentId } = request.incident;
      await incidents.open(request);
      const further = another(request.signal, 1);
      expect(await incidents.attach(incidentId, [further])).toEqual(['attached']);
      expect(await incidents.attach(incidentId, [further])).toEqual(['duplicate']);
      expect((await incidents.get(incidentId))?.signalCount).toBe(2);
      expect((await incidents.context(incidentId, ['attach-a'])).signals).toEqual([request.signal, further]);
    });

    test('the twenty-first signal is counted, not kept', async () => {
      const { incidents } = open();
      const request = opening('attach-b');
      const { incidentId } = request.incident;
      await incidents.open(request);
      for (let n = 0; n < 22; n += 1) {
        expect(await incidents.attach(incidentId, [another(request.signal, n)])).toEqual(['attached']);
      }
      expect((await incidents.get(incidentId))?.signalCount).toBe(23);
      expect((await incidents.context(incidentId, ['attach-b'])).signals).toHaveLength(20);
    });
  });

  test('a signal that is delivered late is attached, and does not turn back the time of the last one', async () => {
    const { incidents } = open();
    const request = opening('late-a', 10);
    const { incidentId } = request.incident;
    const spoke = (n: number, offset: number): Signal => ({ ...another(request.signal, n), occurredAt: isoAt(offset) });
    const last = async () => (await incidents.around(['late-a'])).incidents.map(({ lastSignalAt }) => lastSignalAt);
    await incidents.open(request);
    expect(await incidents.attach(incidentId, [spoke(1, 40)])).toEqual(['attached']);
    expect(await incidents.attach(incidentId, [spoke(2, 20), spoke(3, 30)], { severity: 80 })).toEqual([
      'attached',
      'attached',
    ]);
    expect(await last()).toEqual([at(40)]);
    // Also where none of them is kept any more.
    for (let n = 4; n < 24; n += 1) await incidents.attach(incidentId, [spoke(n, 25)]);
    expect(await last()).toEqual([at(40)]);
    expect(await incidents.attach(incidentId, [spoke(24, 50)])).toEqual(['attached']);
    expect(await last()).toEqual([at(50)]);
    expect(await incidents.get(incidentId)).toMatchObject({ severity: 80, signalCount: 25 });
    expect((await incidents.context(incidentId, ['late-a'])).signals).toHaveLength(20);
  });

  test('the newest deployment of a workload is remembered beside its incidents', async () => {
    const { incidents } = open();
    await incidents.deployed({ workloadId: 'deployed-a', deploymentId: 'second', at: at(5) });
    await incidents.deployed({ workloadId: 'deployed-a', deploymentId: 'first', at: at(2) });
    const request = opening('deployed-a', 10);
    expect(await incidents.open(request)).toEqual({ status: 'opened' });
    await incidents.endAttempt(ending(request));
    const { deployments, claims } = await incidents.around(['deployed-a', 'deployed-b']);
    expect(deployments).toEqual([{ workloadId: 'deployed-a', deploymentId: 'second', at: at(5) }]);
    expect(claims['deployed-a']).toMatchObject({ incidentId: request.incident.incidentId, open: false });
  });

  test('a change of what has changed since is refused, and nothing of it is written', async () => {
    const { incidents } = open();
    const request = opening('changed-a', 0, ['changed-a', 'changed-b', 'changed-c']);
    const { incidentId } = request.incident;
    await incidents.open(request);
    const deeper = { root: { from: 'changed-a', to: 'changed-c' }, severity: 90 };
    expect(await incidents.attach(incidentId, [another(request.signal, 1)], deeper)).toEqual(['attached']);
    const late = { root: { from: 'changed-a', to: 'changed-b' } };
    expect(await incidents.attach(incidentId, [another(request.signal, 2)], late)).toBe('changed');
    expect(await incidents.attach(incidentId, [another(request.signal, 2)], { severity: 80 })).toBe('changed');
    expect(await incidents.get(incidentId)).toMatchObject({ workloadId: 'changed-c', severity: 90, signalCount: 2 });
    expect(await incidents.attach(incidentId, [another(request.signal, 2)], { severity: 95 })).toEqual(['attached']);
  });

  describe('looking around', () => {
    test('tells whose a workload is, who was heard and what changed', async () => {
      const { incidents } = open();
      const request = opening('around-a', 0, ['around-a', 'around-a-caller']);
      const { incidentId } = request.incident;
      await incidents.open(request);
      const further = { ...another(request.signal, 1), workloadId: 'around-a-caller', severity: 90 };
      const change = { root: { from: 'around-a', to: 'around-a-caller' }, severity: 90 };
      expect(await incidents.attach(incidentId, [further, request.signal], change)).toEqual(['attached', 'duplicate']);
      const { claims, incidents: found, held } = await incidents.around(['around-a', 'around-a-caller', 'around-none']);
      expect(claims).toEqual({
        'around-a': { incidentId, open: true, closedAt: 0, dismissals: [], severity: 90 },
        'around-a-caller': { incidentId, open: true, closedAt: 0, dismissals: [], severity: 90 },
      });
      expect(found).toEqual([
        {
          incident: { ...request.incident, workloadId: 'around-a-caller', severity: 90, signalCount: 2 },
          heardFrom: expect.arrayContaining(['around-a', 'around-a-caller']),
          lastSignalAt: at(0),
        },
      ]);
      expect(held).toEqual([]);
    });

    test('an incident that is over takes no signal', async () => {
      const { incidents } = open();
      const request = opening('around-b');
      await incidents.open(request);
      await incidents.endAttempt(ending(request));
      expect(await incidents.attach(request.incident.incidentId, [another(request.signal, 1)])).toBe('closed');
    });

    test('a claim that was looked at is replaced, unless it has changed since', async () => {
      const { incidents } = open();
      const first = opening('around-c', 0, ['around-c', 'around-d']);
      await incidents.open(first);
      const { claims } = await incidents.around(['around-d']);
      const second = { ...opening('around-d', 5), over: claims };
      expect(await incidents.open(second)).toEqual({ status: 'opened' });
      const third = { ...opening('around-d', 6), over: claims };
      expect(await incidents.open(third)).toEqual({ status: 'belongs', incidentId: second.incident.incidentId });
      // The first lets go of what is still its own.
      await incidents.endAttempt(ending(first));
      const after = await incidents.around(['around-c', 'around-d']);
      expect(after.claims['around-c']).toMatchObject({ open: false });
      expect(after.claims['around-d']).toMatchObject({ open: true, incidentId: second.incident.incidentId });
      const context = await incidents.context(first.incident.incidentId, first.members);
      expect(context.claimed).toEqual({ 'around-d': second.incident.incidentId });
    });

    test('incidents that were nothing are remembered with their root, until it opens over them', async () => {
      const { incidents } = open();
      for (const n of [0, 1, 2]) {
        const request = opening('around-e', n * 200);
        expect(await incidents.open({ ...request, flapCount: 3 })).toEqual({ status: 'opened' });
        const end = ending(request);
        const record = aRecord(
          request.record,
          { kind: 'attempt_explained', body: { disposition: 'dismissed', explanation: 'Nothing.' } },
          { incidentId: request.incident.incidentId, at: at(n * 200 + 100) },
        );
        await incidents.endAttempt({ ...end, record, incident: { ...end.incident, status: 'dismissed' } });
      }
      const fourth = { ...opening('around-e', 600), flapCount: 3 };
      expect(await incidents.open(fourth)).toEqual({ status: 'unsettled' });
      const { claims } = await incidents.around(['around-e']);
      expect(claims['around-e']).toMatchObject({ dismissals: [at(100), at(300), at(500)], severity: 70 });
      expect(await incidents.open({ ...fourth, over: claims })).toEqual({ status: 'opened' });
      expect((await incidents.around(['around-e'])).claims['around-e']).toMatchObject({ dismissals: [] });
    });
  });

  describe('waiting', () => {
    test('a signal waits once, unsettles its workload, and is found around it', async () => {
      const { incidents } = open();
      const request = opening('wait-a');
      expect(await incidents.hold(request.signal)).toBe('held');
      expect(await incidents.hold(request.signal)).toBe('duplicate');
      expect((await incidents.around(['wait-a'])).held).toEqual([request.signal]);
      expect(await incidents.open(opening('wait-a', 5))).toEqual({ status: 'unsettled' });
    });

    test('what waited opens or joins an incident and waits no longer', async () => {
      const { incidents } = open();
      const lead = opening('wait-b');
      const other = another(lead.signal, 1);
      await incidents.hold(lead.signal);
      await incidents.hold(other);
      const { claims } = await incidents.around(['wait-b']);
      expect(await incidents.open({ ...lead, over: claims })).toEqual({ status: 'opened' });
      const { incidentId } = lead.incident;
      expect(await incidents.attach(incidentId, [other], { waited: [other] })).toEqual(['attached']);
      expect(await incidents.attach(incidentId, [lead.signal, other])).toEqual(['duplicate', 'duplicate']);
      expect((await incidents.around(['wait-b'])).held).toEqual([]);
    });

    test('what nothing confirmed is let go, and known from then on', async () => {
      const { incidents } = open();
      const { signal } = opening('wait-c');
      await incidents.hold(signal);
      await incidents.release(signal);
      expect((await incidents.around(['wait-c'])).held).toEqual([]);
      expect(await incidents.hold(signal)).toBe('duplicate');
      expect(await incidents.open(opening('wait-c', 5))).toEqual({ status: 'opened' });
    });
  });

  describe('reading', () => {
    test('an incident that does not exist is null', async () => {
      expect(await open().incidents.get('inc-20261121-053000-nobody-000000')).toBeNull();
    });

    test('the context holds the registered workloads that were asked for', async () => {
      const { incidents, registry } = open();
      const workload = aService('read-a', { dependsOn: ['read-b'] });
      await registry.register(workload);
      const request = opening('read-a');
      await incidents.open(request);
      const context = await incidents.context(request.incident.incidentId, ['read-a', 'read-unregistered']);
      expect(context).toEqual({
        incident: request.incident,
        signals: [request.signal],
        workloads: [workload],
        claimed: {},
      });
    });

    test('earlier incidents of a workload come newest first, without the present one', async () => {
      const { incidents } = open();
      const first = opening('read-c', 0);
      const second = opening('read-c', 200);
      await incidents.open(first);
      await incidents.endAttempt(ending(first));
      await incidents.open(second);
      expect(await incidents.earlier('read-c', second.incident.incidentId, at(0))).toEqual({
        incidents: [
          {
            incidentId: first.incident.incidentId,
            openedAt: isoAt(0),
            status: 'recovered',
            suspectRevision: null,
            closedAt: isoAt(100),
            lastAction: 'restart',
          },
        ],
        today: 1,
      });
      const seen = await incidents.earlier('read-c', 'another', at(1));
      expect(seen.incidents.map(({ status }) => status)).toEqual(['open', 'recovered']);
      expect(seen.today).toBe(1);
    });

    test('all of a day are counted, however many there are, but for the present one and those dismissed', async () => {
      const { incidents } = open();
      const openings = Array.from({ length: 14 }, (_, index) => opening('read-d', index * 200));
      for (const [index, one] of openings.entries()) {
        await incidents.open(one);
        const status = index === 3 ? ('dismissed' as const) : ('recovered' as const);
        const end = ending(one);
        const record = aRecord(
          one.record,
          { kind: 'attempt_explained', body: { disposition: status, explanation: 'It is over.' } },
          { incidentId: one.incident.incidentId, at: at(index * 200 + 100) },
        );
        const incident = { ...end.incident, status, closedAt: isoAt(index * 200 + 100) };
        await incidents.endAttempt({ ...end, record, incident });
      }
      const present = openings.at(-1)?.incident.incidentId ?? '';
      expect((await incidents.earlier('read-d', present, at(0))).incidents).toHaveLength(10);
      expect((await incidents.earlier('read-d', present, at(0))).today).toBe(12);
      expect((await incidents.earlier('read-d', 'another', at(200))).today).toBe(12);
    });
  });

  describe('ending', () => {
    const granted = async (stores: Stores, opened: Opening) => {
      const { incidentId, workloadId } = opened.incident;
      const lease = { holder: incidentId, fencingToken: 1, expiresAt: at(900) };
      const record = aRecord(opened.record, { kind: 'verdict_given', body: aVerdict() }, { incidentId });
      await stores.coordination.grant({
        record,
        workloadId,
        lease,
        expectedToken: 0,
        now: at(20),
        maxConcurrentActions: 1_000,
        maxActionsPerHour: 1_000,
        group: [],
        costMicroUsd: 0,
        maxCostPerDayMicroUsd: 0,
      });
      return {
        lease: { resource: workloadId, fencingToken: 1, expiresAt: isoAt(900) },
        record: aRecord(
          record,
          { kind: 'attempt_explained', body: { disposition: 'recovered', explanation: 'It recovered.' } },
          { incidentId, at: at(100) },
        ),
      };
    };
    const pastAction = (incidentId: string) => ({
      incidentId,
      actionId: 'restart' as const,
      at: at(50),
      outcome: 'recovered' as const,
      changeIds: ['task-1'],
    });

    test('record, view, lease, slot, history and lesson are written together', async () => {
      const stores = open();
      const opened = opening('end-a');
      const { incidentId } = opened.incident;
      await stores.incidents.open(opened);
      const held = await granted(stores, opened);
      const end = ending(opened, {
        ...held,
        pastAction: pastAction(incidentId),
        experience: experienceOf(incidentId, 'end-a'),
      });
      expect(await stores.incidents.endAttempt(end)).toEqual({ status: 'appended' });
      expect(await stores.incidents.get(incidentId)).toEqual(end.incident);
      const after = await stores.coordination.read('end-a', at(20), []);
      expect(after.lease).toEqual({ holder: incidentId, fencingToken: 1, expiresAt: 0 });
      expect(after.acting).not.toContain(incidentId);
      expect(after.history).toEqual([end.pastAction]);
      const rows = await stores.evidence.load('end-a');
      expect(rows.get('crashLoop')).toEqual({ mix: 0.75, 'fixed.restart': 0.75 });
      expect([...rows.keys()].sort()).toEqual(['crashLoop', 'deadlock']);
    });

    test('the same end again changes nothing: nothing is learned twice', async () => {
      const stores = open();
      const opened = opening('end-b');
      const { incidentId } = opened.incident;
      await stores.incidents.open(opened);
      const end = ending(opened, {
        pastAction: pastAction(incidentId),
        experience: experienceOf(incidentId, 'end-b'),
      });
      await stores.incidents.endAttempt(end);
      expect(await stores.incidents.endAttempt(end)).toEqual({ status: 'exists', record: end.record });
      expect((await stores.evidence.load('end-b')).get('crashLoop')).toEqual({ mix: 0.75, 'fixed.restart': 0.75 });
      expect((await stores.coordination.read('end-b', at(20), [])).history).toHaveLength(1);
    });

    test('the last 20 actions on a workload are remembered, and never more than 40', async () => {
      const stores = open();
      const remembered: number[] = [];
      for (let index = 1; index <= 62; index += 1) {
        const opened = opening('end-history', index * 200);
        await stores.incidents.open(opened);
        const { incidentId } = opened.incident;
        const end = ending(opened, { pastAction: { ...pastAction(incidentId), at: at(index) } });
        const record = aRecord(
          opened.record,
          { kind: 'attempt_explained', body: { disposition: 'recovered', explanation: 'It recovered.' } },
          { incidentId, at: at(index * 200 + 100) },
        );
        await stores.incidents.endAttempt({ ...end, record });
        if (![1, 20, 21, 40, 41, 60, 61, 62].includes(index)) continue;
        const { history } = await stores.coordination.read('end-history', at(20), []);
        const first = index - history.length + 1;
        expect(history.map((past) => past.at)).toEqual(history.map((_, place) => at(first + place)));
        remembered.push(history.length);
      }
      expect(remembered).toEqual([1, 20, 21, 40, 21, 40, 21, 22]);
    });

    test('lessons of two incidents add up', async () => {
      const stores = open();
      for (const [index, workloadId] of ['end-c', 'end-d'].entries()) {
        const opened = opening(workloadId, index);
        await stores.incidents.open(opened);
        const experience = experienceOf(opened.incident.incidentId, 'end-c');
        await stores.incidents.endAttempt(ending(opened, { experience }));
      }
      const rows = await stores.evidence.load('end-c');
      expect(rows.get('deadlock')).toEqual({ mix: 0.5, 'fixed.restart': 0.5 });
    });

    test('a lease that somebody else took meanwhile stays theirs, and the incident ends all the same', async () => {
      const stores = open();
      const opened = opening('end-e');
      await stores.incidents.open(opened);
      const held = await granted(stores, opened);
      const theirs = { holder: 'inc-20261121-060000-end-e-ffffff', fencingToken: 2, expiresAt: at(5_000) };
      await stores.coordination.grant({
        record: aRecord(null, { kind: 'verdict_given', body: aVerdict() }, { incidentId: theirs.holder }),
        workloadId: 'end-e',
        lease: theirs,
        expectedToken: 1,
        now: at(900),
        maxConcurrentActions: 1_000,
        maxActionsPerHour: 1_000,
        group: [],
        costMicroUsd: 0,
        maxCostPerDayMicroUsd: 0,
      });
      expect(await stores.incidents.endAttempt(ending(opened, held))).toEqual({ status: 'appended' });
      expect((await stores.coordination.read('end-e', at(20), [])).lease).toEqual(theirs);
      expect((await stores.incidents.get(opened.incident.incidentId))?.status).toBe('recovered');
    });

    test('an attempt that is followed by another leaves the incident open for its signals', async () => {
      const { incidents } = open();
      const opened = opening('end-f');
      const { incidentId } = opened.incident;
      await incidents.open(opened);
      const incident = { ...ending(opened).incident, status: 'open' as const, closedAt: null };
      await incidents.endAttempt(ending(opened, { close: false, incident }));
      expect(await incidents.open(opening('end-f', 200))).toEqual({ status: 'belongs', incidentId });
    });
  });

  describe('asking', () => {
    const question = (incidentId: string, taskToken: string) => aRequest({ incidentId, taskToken });

    test('a question is kept with its incident until the first answer claims it', async () => {
      const { incidents, approvals } = open();
      const opened = opening('ask-a');
      const { incidentId } = opened.incident;
      await incidents.open(opened);
      expect(await approvals.pending(incidentId)).toBeNull();
      const asked = question(incidentId, 'token-1');
      await incidents.requestApproval(asked);
      expect((await incidents.get(incidentId))?.status).toBe('awaiting_approval');
      expect(await approvals.pending(incidentId)).toEqual(asked);
      const claims = await Promise.all([approvals.claim(asked), approvals.claim(asked)]);
      expect(claims.sort()).toEqual([false, true]);
      expect(await approvals.pending(incidentId)).toBeNull();
      expect((await incidents.get(incidentId))?.status).toBe('open');
    });

    test('a question whose answer could not be delivered is open again, unless the incident has moved on', async () => {
      const { incidents, approvals } = open();
      const opened = opening('ask-e');
      const { incidentId } = opened.incident;
      await incidents.open(opened);
      const asked = question(incidentId, 'token-1');
      await incidents.requestApproval(asked);
      await approvals.claim(asked);
      await approvals.reopen(asked);
      expect(await approvals.pending(incidentId)).toEqual(asked);
      expect((await incidents.get(incidentId))?.status).toBe('awaiting_approval');
      const next = question(incidentId, 'token-2');
      await incidents.requestApproval(next);
      await approvals.reopen(asked);
      expect(await approvals.pending(incidentId)).toEqual(next);
      expect(await approvals.claim(next)).toBe(true);
    });

    test('an answer to an earlier question claims nothing', async () => {
      const { incidents, approvals } = open();
      const opened = opening('ask-b');
      const { incidentId } = opened.incident;
      await incidents.open(opened);
      await incidents.requestApproval(question(incidentId, 'token-1'));
      await incidents.requestApproval(question(incidentId, 'token-2'));
      expect(await approvals.claim(question(incidentId, 'token-1'))).toBe(false);
      expect(await approvals.claim(question(incidentId, 'token-2'))).toBe(true);
    });

    test('the first of two yeses is kept, also when the question gets a new token, and claims of before it fail', async () => {
      const { incidents, approvals } = open();
      const opened = opening('ask-d');
      const { incidentId } = opened.incident;
      await incidents.open(opened);
      const asked = question(incidentId, 'token-1');
      await incidents.requestApproval(asked);
      const consentOf = (approver: string) => ({ approver, planHash: asked.planHash, at: isoAt(30) });
      const [ada, grace] = [consentOf('ada'), consentOf('grace')];
      const [isAdas, isGraces] = await Promise.all([approvals.consent(asked, ada), approvals.consent(asked, grace)]);
      expect([isAdas, isGraces].sort()).toEqual([false, true]);
      const consent = isAdas ? ada : grace;
      // Its answer may have been lost: the same one again is the one that is there.
      expect(await approvals.consent(asked, consent)).toBe(true);
      expect(await approvals.claim(asked)).toBe(false);
      expect(await incidents.renewApproval(question(incidentId, 'token-2'))).toBe(true);
      const renewed = { ...asked, taskToken: 'token-2', announced: true, consents: [consent] };
      expect(await approvals.pending(incidentId)).toEqual(renewed);
      expect(await approvals.claim(renewed)).toBe(true);
      expect(await incidents.renewApproval(question(incidentId, 'token-3'))).toBe(false);
    });

    test('the end of the attempt takes an unanswered question away', async () => {
      const { incidents, approvals } = open();
      const opened = opening('ask-c');
      const { incidentId } = opened.incident;
      await incidents.open(opened);
      await incidents.requestApproval(question(incidentId, 'token-1'));
      await incidents.endAttempt(ending(opened));
      expect(await approvals.pending(incidentId)).toBeNull();
      expect(await approvals.claim(question(incidentId, 'token-1'))).toBe(false);
    });

    test('an incident that is over is not asked about, and stays closed; nor is one that never was', async () => {
      const { incidents, approvals } = open();
      const opened = opening('ask-f');
      const { incidentId } = opened.incident;
      await incidents.open(opened);
      expect(await incidents.requestApproval(question(incidentId, 'token-1'))).toBe(true);
      expect(await incidents.requestApproval(question(incidentId, 'token-2'))).toBe(true);
      await incidents.endAttempt(ending(opened));
      expect(await incidents.requestApproval(question(incidentId, 'token-3'))).toBe(false);
      expect(await approvals.pending(incidentId)).toBeNull();
      expect((await incidents.get(incidentId))?.status).toBe('recovered');
      const never = opening('ask-g').incident.incidentId;
      expect(await incidents.requestApproval(question(never, 'token-1'))).toBe(false);
      expect(await incidents.get(never)).toBeNull();
    });
  });
};
