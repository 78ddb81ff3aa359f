import { verifyChain } from '../../../core/journal/chain.ts';
import { DependencyUnavailableError } from '../../../core/shared/errors.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import type { EscalateDeps } from '../../../lambdas/escalate/escalate.ts';
import { escalate } from '../../../lambdas/escalate/escalate.ts';
import { AGENT_ID } from '../../support/builders.ts';
import type { HealingSystem } from '../../support/healing-system.ts';
import { healingSystem } from '../../support/healing-system.ts';
import type { Fault } from '../../support/simulated-service.ts';

/** An execution broke or was aborted, and Escalate closes its incident, maybe while a phase of it is still at work. */

const SICK_TASK: Fault = { readings: { errorRate: 40 }, sickTasks: 1, curedBy: ['restart', 'redeploy'] };
const failure = { Error: 'ExecutionABORTED', Cause: 'stopped by hand' };

const depsOf = ({ clock, stores }: HealingSystem, told: string[], changes: Partial<EscalateDeps> = {}) => ({
  clock,
  sha256,
  env: 'dev' as const,
  agentId: AGENT_ID,
  journal: stores.journal,
  incidents: stores.incidents,
  notifier: { notify: async ({ occasion }: { readonly occasion: string }) => void told.push(occasion) },
  ...changes,
});

/** The execution's name. */
const onlyIncident = ({ started }: HealingSystem): string => [...started.keys()].join();

test('what Act writes between its look and its write does not keep the incident open', async () => {
  const told: string[] = [];
  let actIsDone = (): void => undefined;
  const untilActIsDone = new Promise<void>((resolve) => {
    actIsDone = resolve;
  });
  let escalated: Promise<void> = Promise.resolve();
  let left: unknown = null;
  const system = healingSystem({
    before: async (phase, { stores }) => {
      const incidentId = onlyIncident(system);
      if (phase === 'Act') {
        const read: EscalateDeps['journal']['read'] = async (id) => {
          const records = await stores.journal.read(id);
          await untilActIsDone;
          return records;
        };
        escalated = escalate({ incidentId, failure }, depsOf(system, told, { journal: { read } }));
      }
      if (phase === 'Observe') {
        actIsDone();
        await escalated;
        const { acting, leases, pointers, history } = stores.tables;
        left = {
          status: (await system.incident(incidentId)).status,
          acting: [...acting],
          leases: [...leases.values()].map(({ expiresAt }) => expiresAt),
          open: [...pointers.values()].map(({ open }) => open),
          history: history.get('payments')?.map(({ actionId }) => actionId),
        };
        throw new Error('aborted');
      }
    },
  });
  const incidentId = await system.strike(SICK_TASK);
  await system.run(incidentId);
  expect(left).toEqual({ status: 'escalated', acting: [], leases: [0], open: [false], history: ['restart'] });
  expect(told).toEqual(['escalated']);
  const journal = await system.journal(incidentId);
  expect(journal.slice(-2).map(({ kind }) => kind)).toEqual(['action_applied', 'incident_escalated']);
  expect(verifyChain(journal, sha256)).toEqual([]);
});

test('whoever is overtaken again and again fails, so that it is retried, and tells nobody that it is done', async () => {
  const system = healingSystem();
  const incidentId = await system.strike(SICK_TASK);
  const told: string[] = [];
  let ends = 0;
  const endAttempt: EscalateDeps['incidents']['endAttempt'] = async ({ record }) => {
    ends += 1;
    return { status: 'exists', record };
  };
  const deps = depsOf(system, told, { incidents: { ...system.stores.incidents, endAttempt } });
  await expect(escalate({ incidentId, failure }, deps)).rejects.toThrow(DependencyUnavailableError);
  expect([ends, told]).toEqual([5, []]);
});

test('nobody is asked about an incident that was closed meanwhile, and it stays closed', async () => {
  const told: string[] = [];
  const system = healingSystem({
    mode: 'manual',
    before: async (phase) => {
      if (phase === 'RequestApproval') {
        await escalate({ incidentId: onlyIncident(system), failure }, depsOf(system, told));
      }
    },
  });
  const incidentId = await system.strike(SICK_TASK);
  const { path } = await system.run(incidentId);
  expect(path.at(-1)).toBe('Escalated');
  expect((await system.incident(incidentId)).status).toBe('escalated');
  expect(await system.stores.approvals.pending(incidentId)).toBeNull();
  expect(system.notifications.map(({ occasion }) => occasion)).toEqual(['escalated']);
});

test('an attempt that was explained counts once, also when the next one breaks at its start', async () => {
  let looks = 0;
  const system = healingSystem({
    before: (phase) => {
      looks += phase === 'Sense' ? 1 : 0;
      if (phase === 'Sense' && looks === 2) throw new TypeError('a bug');
    },
  });
  const incidentId = await system.strike({ ...SICK_TASK, curedBy: [] });
  await system.run(incidentId);
  expect((await system.journal(incidentId)).at(-1)?.kind).toBe('incident_escalated');
  expect(system.stores.tables.history.get('payments')).toMatchObject([{ incidentId, outcome: 'unchanged' }]);
});
