import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { watcherOf, type Watcher } from '../../bench/matrix/watcher.ts';
import { connectLocal } from '../../cli/system/connect.ts';
import { openKintsugi, type Kintsugi } from '../../cli/system/kintsugi.ts';
import { changePointer } from '../../cli/system/models.ts';
import type { ExperienceStep, ModelPointer, ModelRef, ModelVersion } from '../../core/contracts/model.ts';
import { LIVE, ModelPointerSchema, ModelVersionSchema } from '../../core/contracts/model.ts';
import { startCanary, versionFor, widenCanary } from '../../core/model/pointer.ts';
import type { Experience } from '../../core/shared/ports.ts';
import { epochMs } from '../../core/shared/units.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import { inject } from '../../local/faults/faults.ts';
import { startLocalCloud, type LocalCloud } from '../../local/local-cloud.ts';
import { localStateOf } from '../../local/local-state.ts';
import { aStep, IN_VAIN } from '../support/experiences.ts';

const START = Date.parse('2026-11-20T09:00:00Z');

interface Told {
  readonly model: ModelRef;
  readonly steps: readonly ExperienceStep[];
  readonly personCost: number | null;
  readonly counts: Readonly<Record<string, number>>;
}

/** A labelled crash loop, as a game day leaves it in the log. */
const crashLoop = (id: string, at: number, { model, steps, personCost, counts }: Told): Experience => ({
  executionId: id,
  kind: 'incident',
  tier: 'web',
  at: epochMs(at),
  deltas: [{ hypothesis: 'crashLoop', add: counts }],
  trace: {
    origin: 'injected',
    label: 'crashLoop',
    model,
    present: ['taskExit', 'healthFail', 'errHigh'],
    absent: ['memHigh', 'latHigh', 'recentDeploy', 'recentConfig'],
    steps: [...steps],
    personCost,
  },
});

/** What the first days taught: a redeploy cures it. */
const firstDays = (count: number): Experience[] =>
  Array.from({ length: count }, (_, index) =>
    crashLoop(`inc-first-${index}`, START + 1_000 * index, {
      model: LIVE,
      steps: [aStep({ action: 'redeploy' })],
      personCost: null,
      counts: { 'fixed.redeploy': 1, 'fixMinutes.redeploy': 3, 'held.redeploy': 1 },
    }),
  );

/** From then on a restart cures it, and what the catalogue would try, a redeploy or a rollback, does not. */
const laterDays = (count: number): Experience[] =>
  Array.from({ length: count }, (_, index) => {
    const works = index % 2 === 0;
    return crashLoop(`inc-later-${index}`, START + 60_000 + 1_000 * index, {
      model: LIVE,
      steps: works ? [aStep()] : IN_VAIN,
      personCost: works ? null : 50,
      counts: works
        ? { 'fixed.restart': 1, 'fixMinutes.restart': 3, 'held.restart': 1 }
        : { 'failed.redeploy': 1, 'failed.rollback': 1 },
    });
  });

/** The RL Optimizer as it is deployed: its state machine, functions and roles, in the emulator. About two minutes. */
describe('the optimizer', () => {
  let cloud: LocalCloud;
  let watcher: Watcher;
  let kintsugi: Kintsugi;
  let sfn: SFNClient;
  let ssm: SSMClient;
  let first: ModelVersion;

  beforeAll(async () => {
    cloud = await startLocalCloud({ dir: process.cwd() });
    watcher = watcherOf(cloud);
    kintsugi = openKintsugi(connectLocal(localStateOf(cloud, { url: cloud.endpoint, token: 'x'.repeat(32) })));
    const config = { endpoint: cloud.endpoint, region: 'us-east-1' };
    sfn = new SFNClient(config);
    ssm = new SSMClient(config);
  }, 300_000);

  afterAll(async () => {
    kintsugi?.close();
    sfn?.destroy();
    ssm?.destroy();
    await cloud?.stop();
  }, 30_000);

  /** Starts it as the schedule does, and waits for its end. */
  const optimize = async (): Promise<{
    readonly status: string;
    readonly output: Readonly<Record<string, unknown>>;
  }> => {
    const stateMachineArn = cloud.outputs['Kintsugi-dev-Optimizer']?.['StateMachineArn'];
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input: '{}' }));
    for (;;) {
      const { status = '', output = '{}' } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (status !== 'RUNNING') return { status, output: JSON.parse(output) as Readonly<Record<string, unknown>> };
      await sleep(500);
    }
  };

  /** What Decide reads. */
  const published = async (): Promise<ModelPointer> => {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: '/kintsugi/dev/model' }));
    return ModelPointerSchema.parse(JSON.parse(Parameter?.Value ?? ''));
  };

  const change = { at: new Date(START).toISOString(), by: 'a test', reason: 'a test' };

  test('freezes what was learned; the live table itself under another name is no better', async () => {
    for (const experience of firstDays(3)) await kintsugi.learn(experience);
    expect(await optimize()).toMatchObject({ status: 'SUCCEEDED', output: { done: 'kept' } });
    const [version = ''] = await kintsugi.models.versions();
    first = ModelVersionSchema.parse(version);
    expect((await kintsugi.models.evaluations(first))[0]).toMatchObject({ champion: LIVE, passed: false });
    expect(await published()).toMatchObject({ champion: LIVE, canary: null });
  }, 120_000);

  test('the same log again is nothing new', async () => {
    expect(await optimize()).toMatchObject({ status: 'SUCCEEDED', output: { done: 'kept' } });
    expect(await kintsugi.models.versions()).toEqual([first]);
  }, 60_000);

  test('what beats the champion on 240 labelled faults is kept in S3 and decides a tenth of the incidents', async () => {
    await kintsugi.pointers.install(await kintsugi.models.get(first));
    await changePointer(kintsugi, change, (now, by) => startCanary(now, first, by));
    await changePointer(kintsugi, change, widenCanary);
    await changePointer(kintsugi, change, widenCanary);
    for (const experience of laterDays(240)) await kintsugi.learn(experience);

    expect(await optimize()).toMatchObject({ status: 'SUCCEEDED' });
    const [candidate = ''] = await kintsugi.models.versions();
    const [evaluation] = await kintsugi.models.evaluations(candidate);
    expect(evaluation?.tests.filter(({ passed }) => !passed)).toEqual([]);
    expect(evaluation).toMatchObject({ champion: first, passed: true });
    expect((await kintsugi.models.get(candidate)).lineage).toMatchObject({
      parents: [first],
      data: { experiences: 243 },
    });
    expect(await published()).toMatchObject({ champion: first, canary: { candidate, share: 0.1 } });
  }, 180_000);

  test('an incident is decided by the version that its hash says, and its end takes a bad candidate back', async () => {
    const pointer = await published();
    const candidate = pointer.canary?.candidate as ModelVersion;
    for (let index = 0; index < 20; index += 1) {
      const dear = aStep({ cost: 60 + (index % 3) });
      const told = { model: candidate, steps: [dear], personCost: null, counts: { 'fixed.restart': 0.1 } };
      await kintsugi.learn(crashLoop(`inc-tried-${index}`, Date.now(), told));
    }
    const context = cloud.faultContext();
    const since = new Date();
    const clear = await inject(context, 'hang');
    try {
      const incidentId = await ended(watcher, context.shop.services, since);
      const decided = (await watcher.journal(incidentId)).find(({ kind }) => kind === 'action_decided');
      const version = versionFor(pointer, incidentId, sha256);
      expect(decided).toMatchObject({ body: { modelVersion: version } });
      const back = await untilReturned(published);
      expect(back).toMatchObject({ champion: first, canary: null, reason: expect.stringContaining('incidents cost') });
    } finally {
      await clear();
    }
  }, 150_000);
});

const ended = async (watcher: Watcher, services: readonly string[], since: Date): Promise<string> => {
  for (let tries = 0; tries < 240; tries += 1) {
    const found = (await watcher.incidentsSince(services, since)).find(({ closedAt }) => closedAt !== null);
    if (found !== undefined) return found.incidentId;
    await sleep(500);
  }
  throw new Error('no incident has ended within two minutes');
};

const untilReturned = async (published: () => Promise<ModelPointer>): Promise<ModelPointer> => {
  for (let tries = 0; tries < 40; tries += 1) {
    const pointer = await published();
    if (pointer.canary === null) return pointer;
    await sleep(500);
  }
  throw new Error('the candidate was not taken back within twenty seconds');
};
