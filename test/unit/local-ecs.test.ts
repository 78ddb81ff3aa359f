import fc from 'fast-check';
import { EcsStore } from '../../local/ecs/cluster-store.ts';
import { healthPathOf } from '../../local/ecs/health.ts';
import { HealthCheckSchema, TaskDefinitionInputSchema, nameOf } from '../../local/ecs/model.ts';
import { readUsage } from '../../local/ecs/process-usage.ts';

const placement = { region: 'eu-central-1', accountId: '000000000000', root: '.' };
const container = { name: 'app', image: 'app:1', command: ['node'] };
const input = TaskDefinitionInputSchema.parse({ family: 'shop', containerDefinitions: [container] });

describe('task definitions', () => {
  test('revisions count up within a family', () => {
    const store = new EcsStore(placement);
    store.register(input);
    expect(store.register(input).taskDefinitionArn).toBe(
      'arn:aws:ecs:eu-central-1:000000000000:task-definition/shop:2',
    );
  });

  test('a family alone means its newest active revision', () => {
    const store = new EcsStore(placement);
    store.register(input);
    store.register(input).status = 'INACTIVE';
    expect(store.definition('shop').revision).toBe(1);
  });

  test('an unknown revision is refused in the words of the service', () => {
    const store = new EcsStore(placement);
    expect(() => store.definition('shop:7')).toThrow('Unable to describe task definition: shop:7.');
  });

  test('what this server does not act on is kept as it came', () => {
    const kept = TaskDefinitionInputSchema.parse({
      family: 'a',
      networkMode: 'awsvpc',
      containerDefinitions: [container],
    });
    expect(kept['networkMode']).toBe('awsvpc');
  });
});

test('a name is the last part of its ARN, and stays itself without one', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-zA-Z0-9_-]{1,40}$/), (name) => {
      expect(nameOf(`arn:aws:ecs:eu-central-1:000000000000:service/cluster/${name}`)).toBe(name);
      expect(nameOf(name)).toBe(name);
    }),
  );
});

test.each([
  [['CMD-SHELL', 'curl -f http://localhost:8080/health || exit 1'], '/health'],
  [['CMD', 'curl', 'http://127.0.0.1/'], '/'],
  [['CMD-SHELL', 'test -f /tmp/up'], undefined],
])('the health check %j asks for %s', (command, path) => {
  expect(healthPathOf(HealthCheckSchema.parse({ command }))).toBe(path);
});

test('the usage of a process that has ended is left out', () => {
  const usage = readUsage([process.pid, 2 ** 22 + 1]);
  expect([...usage.keys()]).toEqual([process.pid]);
  expect(usage.get(process.pid)?.residentBytes).toBeGreaterThan(1024 * 1024);
});
