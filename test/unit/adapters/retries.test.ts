import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ECSClient, ListClustersCommand } from '@aws-sdk/client-ecs';
import fc from 'fast-check';
import type { CircuitBreaker } from '../../../core/shared/circuit-breaker.ts';
import { admit, closedBreaker, failed, FAILURES_TO_OPEN, OPEN_FOR } from '../../../core/shared/circuit-breaker.ts';
import { DependencyUnavailableError } from '../../../core/shared/errors.ts';
import { fullBudget, RETRY_BURST, RETRY_COST } from '../../../core/shared/retry-budget.ts';
import { epochMs } from '../../../core/shared/units.ts';
import { settingsFor } from '../../../lambdas/adapters/clients.ts';
import type { AttemptError, RetryStrategy, Surroundings } from '../../../lambdas/adapters/retries.ts';
import { MAX_ATTEMPTS, retryStrategyFor } from '../../../lambdas/adapters/retries.ts';
import { translate } from '../../../lambdas/adapters/sdk-errors.ts';

type Answer = 'ok' | AttemptError['errorType'];

/** One call as the SDK's retry middleware makes it; how many attempts it came to, and how it ended. */
const call = async (strategy: RetryStrategy, answer: () => Answer): Promise<{ attempts: number; end: string }> => {
  let attempts = 0;
  try {
    let token = await strategy.acquireInitialRetryToken('');
    for (;;) {
      attempts += 1;
      const said = answer();
      if (said === 'ok') {
        strategy.recordSuccess(token);
        return { attempts, end: 'ok' };
      }
      token = await strategy.refreshRetryTokenForRetry(token, { errorType: said });
    }
  } catch (error) {
    return { attempts, end: (error as Error).name };
  }
};

const surroundings = (): Surroundings & { time: number } => {
  const world = { time: 0, now: () => world.time, random: () => 1, budget: { current: fullBudget } };
  return world;
};

const answers = fc.constantFrom<Answer>('ok', 'TRANSIENT', 'THROTTLING', 'SERVER_ERROR', 'CLIENT_ERROR');
const stories = fc.array(
  fc.record({
    dependency: fc.constantFrom('dynamodb', 'ecs', 'sqs'),
    answers: fc.array(answers, { minLength: 1, maxLength: MAX_ATTEMPTS }),
    pause: fc.constantFrom(0, 100, 4_999, 5_000),
  }),
  { minLength: 1, maxLength: 300 },
);

describe('the retry budget', () => {
  test('whatever fails in whatever order, attempts <= calls + calls / 5 + 10, over all dependencies together', async () => {
    await fc.assert(
      fc.asyncProperty(stories, async (story) => {
        const world = surroundings();
        const strategies = new Map<string, RetryStrategy>();
        let attempts = 0;
        for (const { dependency, answers: given, pause } of story) {
          const strategy = strategies.get(dependency) ?? retryStrategyFor(dependency, world);
          strategies.set(dependency, strategy);
          let next = 0;
          const made = await call(strategy, () => given[next++] ?? given.at(-1) ?? 'ok');
          expect(made.attempts).toBeLessThanOrEqual(MAX_ATTEMPTS);
          attempts += made.attempts;
          world.time += pause;
        }
        expect(attempts).toBeLessThanOrEqual(story.length + story.length / RETRY_COST + RETRY_BURST);
      }),
      { numRuns: 500 },
    );
  });

  test('a blip is retried, what a client did wrong is not', async () => {
    const world = surroundings();
    const blip: Answer[] = ['TRANSIENT', 'ok'];
    expect(await call(retryStrategyFor('ecs', world), () => blip.shift() ?? 'ok')).toEqual({ attempts: 2, end: 'ok' });
    expect((await call(retryStrategyFor('ecs', world), () => 'CLIENT_ERROR')).attempts).toBe(1);
    expect((await call(retryStrategyFor('ecs', world), () => 'SERVER_ERROR')).attempts).toBe(1);
  });

  test('throttling waits longer than a network error, and each further time twice as long', async () => {
    const strategy = retryStrategyFor('ecs', surroundings());
    const first = await strategy.acquireInitialRetryToken('');
    const second = await strategy.refreshRetryTokenForRetry(first, { errorType: 'THROTTLING' });
    const third = await strategy.refreshRetryTokenForRetry(second, { errorType: 'THROTTLING' });
    expect([second, third].map((token) => token.getRetryDelay())).toEqual([500, 1_000]);
  });

  test('when it is used up, calls are made once each', async () => {
    const world = surroundings();
    const made: number[] = [];
    for (let index = 0; index < 20; index += 1) {
      made.push((await call(retryStrategyFor(`d${index}`, world), () => 'TRANSIENT')).attempts);
    }
    expect(made.slice(0, 5)).toEqual([3, 3, 3, 3, 3]);
    expect(made.slice(7).reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(13 + 13 / RETRY_COST + 1);
  });
});

describe('the breaker of a dependency', () => {
  const open = (): CircuitBreaker => {
    let breaker = closedBreaker;
    for (let index = 0; index < FAILURES_TO_OPEN; index += 1) breaker = failed(breaker, epochMs(0));
    return breaker;
  };

  test('opens after failures in a row, lets one trial through after the pause, and closes when that succeeds', async () => {
    const world = surroundings();
    const strategy = retryStrategyFor('ecs', world);
    for (let index = 0; index < 2; index += 1) await call(strategy, () => 'TRANSIENT');
    expect(await call(strategy, () => 'ok')).toEqual({ attempts: 0, end: 'CircuitOpenError' });
    world.time = OPEN_FOR;
    const trial = await strategy.acquireInitialRetryToken('');
    expect(await call(strategy, () => 'ok')).toEqual({ attempts: 0, end: 'CircuitOpenError' });
    strategy.recordSuccess(trial);
    expect(await call(strategy, () => 'ok')).toEqual({ attempts: 1, end: 'ok' });
  });

  test('a failed trial opens it again, without a retry', async () => {
    const world = surroundings();
    const strategy = retryStrategyFor('ecs', world);
    for (let index = 0; index < 2; index += 1) await call(strategy, () => 'TRANSIENT');
    world.time = OPEN_FOR;
    expect((await call(strategy, () => 'TRANSIENT')).attempts).toBe(1);
    expect((await call(strategy, () => 'ok')).attempts).toBe(0);
  });

  test('of one dependency leaves the others alone, and an answer that refuses is an answer', async () => {
    const world = surroundings();
    const broken = retryStrategyFor('ecs', world);
    const well = retryStrategyFor('sqs', world);
    for (let index = 0; index < 3; index += 1) await call(broken, () => 'TRANSIENT');
    for (let index = 0; index < 9; index += 1) await call(well, () => 'CLIENT_ERROR');
    expect((await call(well, () => 'ok')).end).toBe('ok');
  });

  test('never refuses for longer than its pause, however it got there', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 20_000 })), { maxLength: 50 });
    fc.assert(
      fc.property(steps, (story) => {
        let breaker: CircuitBreaker = closedBreaker;
        let now = 0;
        for (const [fails, pause] of story) {
          breaker = fails ? failed(breaker, epochMs(now)) : admit(breaker, epochMs(now)).breaker;
          now += pause;
        }
        expect(admit(breaker, epochMs(now + OPEN_FOR)).admitted).toBe(true);
      }),
    );
  });

  test('a trial whose process was frozen does not keep it half open', () => {
    const trial = admit(open(), epochMs(OPEN_FOR));
    expect(trial.admitted).toBe(true);
    expect(admit(trial.breaker, epochMs(2 * OPEN_FOR - 1)).admitted).toBe(false);
    expect(admit(trial.breaker, epochMs(2 * OPEN_FOR)).admitted).toBe(true);
  });

  test('an open one is a dependency that is not available, by name', () => {
    const error = translate(Object.assign(new Error('left alone'), { name: 'CircuitOpenError' }), 'ecs:ListTasks');
    expect(error).toBeInstanceOf(DependencyUnavailableError);
    expect((error as Error).message).toContain('ecs:ListTasks could not be reached');
  });
});

describe('no call waits for ever', () => {
  let server: Server;
  let behave: (answer: ServerResponse) => void;
  beforeAll(async () => {
    server = createServer((_, answer) => behave(answer));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each<[string, (answer: ServerResponse) => void]>([
    ['a server that never answers', () => undefined],
    [
      'one that stops in the middle of an answer',
      (answer) => {
        answer.writeHead(200, { 'content-type': 'application/x-amz-json-1.1', 'content-length': '1000' });
        answer.write('{"clusterArns":[');
      },
    ],
  ])('%s', async (_, behaviour) => {
    behave = behaviour;
    const quick = { connectionTimeout: 50, requestTimeout: 50, socketTimeout: 50, throwOnRequestTimeout: true };
    const client = new ECSClient({
      ...settingsFor('ecs', quick),
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const error = await client.send(new ListClustersCommand()).then(
      () => null,
      (reason: unknown) => translate(reason, 'ecs:ListClusters'),
    );
    expect(error).toBeInstanceOf(DependencyUnavailableError);
    client.destroy();
  });

  test('every client of a function is made with these settings, every fetch has an end', () => {
    const files = ['lambdas', 'cli']
      .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => [name, readFileSync(name, 'utf8')] as const);
    const unlimited = files.filter(
      ([name, code]) =>
        (name.startsWith('lambdas') && /new \w+Client\(/.test(code) && !code.includes('settingsFor(')) ||
        (/\bfetch\(/.test(code) && !code.includes('AbortSignal.timeout(')),
    );
    expect(unlimited.map(([name]) => name)).toEqual([]);
    expect(files.filter(([, code]) => /new \w+Client\(settingsFor\('/.test(code)).length).toBeGreaterThan(8);
  });
});
