import { LABEL, RELAPSE } from '../../core/contracts/experience.ts';
import type { ApprovalRequest, Incident } from '../../core/contracts/incident.ts';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import type { Signal } from '../../core/contracts/signal.ts';
import type { Workload } from '../../core/contracts/workload.ts';
import { LEAST_REMEMBERED } from '../../core/guard/loop-stops.ts';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import type {
  Appended,
  AttemptEnd,
  Deployed,
  Experience,
  GrantRequest,
  Lease,
  PastAction,
} from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { epochMs, fromIso } from '../../core/shared/units.ts';
import type { Stores } from './stores.ts';

const MAX_SIGNALS = 20;
const EARLIER_INCIDENTS = 10;

interface StoredIncident {
  view: Incident;
  readonly signals: Signal[];
  readonly heardFrom: Set<string>;
  lastSignalAt: EpochMs;
  approval: ApprovalRequest | null;
}

interface Pointer {
  readonly incidentId: string;
  readonly open: boolean;
  readonly closedAt: EpochMs;
  readonly dismissals: readonly EpochMs[];
  readonly held: readonly string[];
  readonly deployment?: Pick<Deployed, 'deploymentId' | 'at'>;
}

/** The tables, open for a test to look into or to tamper with. */
export interface MemoryTables {
  readonly journal: Map<string, JournalRecord[]>;
  readonly incidents: Map<string, StoredIncident>;
  readonly pointers: Map<string, Pointer>;
  readonly seen: Map<string, { readonly incidentId: string; readonly opener: boolean; readonly held?: Signal }>;
  readonly leases: Map<string, Lease>;
  readonly history: Map<string, PastAction[]>;
  readonly budget: Map<string, number>;
  readonly acting: Set<string>;
  readonly spent: Map<string, number>;
  readonly backlog: Map<string, string[]>;
  readonly experiences: Map<string, Experience>;
  readonly rows: Map<string, Map<string, Record<string, number>>>;
  readonly workloads: Map<string, Workload>;
}

/** What is stored is a copy: nobody can change it from outside, as in a real table. */
const copy = <T>(value: T): T => structuredClone(value);

const emptyTables = (): MemoryTables => ({
  journal: new Map(),
  incidents: new Map(),
  pointers: new Map(),
  seen: new Map(),
  leases: new Map(),
  history: new Map(),
  budget: new Map(),
  acting: new Set(),
  spent: new Map(),
  backlog: new Map(),
  experiences: new Map(),
  rows: new Map(),
  workloads: new Map(),
});

/**
 * The stores in memory, with the same answers as those over DynamoDB: `test/support/suites` holds both to them. Each
 * call changes all it has to change at once, since nothing else runs in between.
 */
export const memoryStores = (): Stores & { readonly tables: MemoryTables } => {
  const tables = emptyTables();
  return {
    tables,
    journal: {
      append: async (record) => append(tables, record),
      read: async (incidentId) => copy(tables.journal.get(incidentId) ?? []),
    },
    coordination: coordinationOf(tables),
    incidents: incidentsOf(tables),
    evidence: { load: async (tier) => copy(tables.rows.get(tier) ?? new Map()) },
    experiences: {
      of: async (incidentId) =>
        copy(['', RELAPSE, LABEL].map((suffix) => tables.experiences.get(`${incidentId}${suffix}`))).flatMap(
          (experience) => experience ?? [],
        ),
      learn: async (experience) => {
        if (tables.experiences.has(experience.executionId)) return 'known';
        learn(tables, experience);
        return 'learned';
      },
    },
    registry: {
      all: async () => copy([...tables.workloads.values()]),
      register: async (workload) => void tables.workloads.set(workload.workloadId, copy(workload)),
    },
    approvals: {
      pending: async (incidentId) => copy(tables.incidents.get(incidentId)?.approval ?? null),
      claim: async ({ incidentId, taskToken, consents }) => {
        const stored = tables.incidents.get(incidentId);
        if (stored?.approval?.taskToken !== taskToken) return false;
        if (stored.approval.consents.length !== consents.length) return false;
        stored.approval = null;
        stored.view = { ...stored.view, status: 'open' };
        return true;
      },
      reopen: async (request) => {
        const stored = tables.incidents.get(request.incidentId);
        if (stored?.view.status !== 'open' || stored.approval !== null) return;
        stored.approval = copy(request);
        stored.view = { ...stored.view, status: 'awaiting_approval' };
      },
      consent: async ({ incidentId, taskToken, consents }, consent) => {
        const stored = tables.incidents.get(incidentId);
        if (stored?.approval?.taskToken !== taskToken) return false;
        if (stored.approval.consents.length !== consents.length) {
          return stored.approval.consents.some((given) => JSON.stringify(given) === JSON.stringify(consent));
        }
        stored.approval = { ...stored.approval, consents: [...consents, copy(consent)] };
        return true;
      },
    },
  };
};

const existing = (tables: MemoryTables, { incidentId, seq }: JournalRecord): JournalRecord | undefined =>
  tables.journal.get(incidentId)?.find((record) => record.seq === seq);

const append = (tables: MemoryTables, record: JournalRecord): Appended => {
  const taken = existing(tables, record);
  if (taken !== undefined) return { status: 'exists', record: copy(taken) };
  const chain = [...(tables.journal.get(record.incidentId) ?? []), copy(record)];
  tables.journal.set(
    record.incidentId,
    chain.sort((a, b) => a.seq - b.seq),
  );
  return { status: 'appended' };
};

const hourOf = (now: EpochMs): string => new Date(now).toISOString().slice(0, 13);
const dayOf = (now: EpochMs): string => new Date(now).toISOString().slice(0, 10);

const coordinationOf = (tables: MemoryTables): Stores['coordination'] => ({
  read: async (workloadId, now, group) =>
    copy({
      lease: tables.leases.get(workloadId) ?? null,
      history: tables.history.get(workloadId) ?? [],
      actionsThisHour: tables.budget.get(hourOf(now)) ?? 0,
      acting: [...tables.acting],
      groupLeases: group.flatMap((member) => tables.leases.get(member) ?? []),
      spentTodayMicroUsd: tables.spent.get(dayOf(now)) ?? 0,
      backlog: tables.backlog.get(hourOf(now)) ?? [],
    }),
  grant: async (request) => {
    const taken = existing(tables, request.record);
    if (taken !== undefined) return { status: 'exists', record: copy(taken) };
    if (!isFree(tables, request)) return { status: 'conflict' };
    append(tables, request.record);
    tables.leases.set(request.workloadId, copy(request.lease));
    tables.budget.set(hourOf(request.now), (tables.budget.get(hourOf(request.now)) ?? 0) + 1);
    tables.acting.add(request.lease.holder);
    tables.spent.set(dayOf(request.now), (tables.spent.get(dayOf(request.now)) ?? 0) + request.costMicroUsd);
    return { status: 'granted' };
  },
  enqueue: async (record, length, now) => {
    const taken = existing(tables, record);
    if (taken !== undefined) return { status: 'exists', record: copy(taken) };
    if (!canJoin(tables, record.incidentId, length, now)) return { status: 'conflict' };
    append(tables, record);
    join(tables, record.incidentId, now);
    return { status: 'granted' };
  },
  intend: async (record, workloadId, lease, now) => {
    const lent = tables.leases.get(workloadId);
    const held = lent?.holder === lease.holder && lent.fencingToken === lease.fencingToken && lent.expiresAt > now;
    const taken = existing(tables, record);
    if (taken !== undefined) return { status: 'exists', record: copy(taken), held };
    if (!held) return { status: 'lost' };
    append(tables, record);
    return { status: 'appended' };
  },
});

const isFree = (tables: MemoryTables, request: GrantRequest): boolean => {
  const { lease, now, expectedToken } = request;
  const held = tables.leases.get(request.workloadId);
  const leaseFree =
    expectedToken === 0
      ? held === undefined
      : held?.fencingToken === expectedToken && (held.holder === lease.holder || held.expiresAt <= now);
  const budgetLeft = (tables.budget.get(hourOf(now)) ?? 0) < request.maxActionsPerHour;
  const slotFree = tables.acting.size < request.maxConcurrentActions || tables.acting.has(lease.holder);
  const groupFree = request.group.every((member) => {
    const theirs = tables.leases.get(member);
    return theirs === undefined || theirs.holder === lease.holder || theirs.expiresAt <= now;
  });
  const spent = (tables.spent.get(dayOf(now)) ?? 0) + request.costMicroUsd;
  const moneyLeft = request.costMicroUsd === 0 || spent <= request.maxCostPerDayMicroUsd;
  return leaseFree && budgetLeft && slotFree && groupFree && moneyLeft;
};

const canJoin = (tables: MemoryTables, incidentId: string, length: number, now: EpochMs): boolean => {
  const waiting = tables.backlog.get(hourOf(now)) ?? [];
  return waiting.length === length && !waiting.includes(incidentId);
};

const join = (tables: MemoryTables, incidentId: string, now: EpochMs): void =>
  void tables.backlog.set(hourOf(now), [...(tables.backlog.get(hourOf(now)) ?? []), incidentId]);

const incidentsOf = (tables: MemoryTables): Stores['incidents'] => ({
  open: async (request) => {
    const refusal = whyNotOpened(tables, request);
    if (refusal !== null) return refusal;
    const { incident, signal, record, members, over = {} } = request;
    append(tables, record);
    tables.seen.set(signal.signalId, { incidentId: incident.incidentId, opener: true });
    for (const member of members) {
      const before = pointerOf(tables, member);
      const { dismissals, held } = before;
      tables.pointers.set(member, {
        ...before,
        incidentId: incident.incidentId,
        open: true,
        closedAt: epochMs(0),
        dismissals: over[member] === undefined ? dismissals : [],
        held: held.filter((signalId) => signalId !== signal.signalId),
      });
    }
    tables.incidents.set(incident.incidentId, {
      view: copy(incident),
      signals: [copy(signal)],
      heardFrom: new Set([signal.workloadId]),
      lastSignalAt: fromIso(signal.occurredAt),
      approval: null,
    });
    return { status: 'opened' };
  },
  attach: async (incidentId, signals, change = {}) => {
    const stored = tables.incidents.get(incidentId);
    const isKnown = ({ signalId }: Signal): boolean => {
      const seen = tables.seen.get(signalId);
      return seen !== undefined && seen.held === undefined;
    };
    const fresh = signals.filter((signal) => !isKnown(signal));
    if (fresh.length > 0 && !['open', 'awaiting_approval'].includes(stored?.view.status ?? '')) return 'closed';
    const { root, severity = Infinity, waited = [] } = change;
    if (stored !== undefined && fresh.length > 0) {
      if (root !== undefined && root.from !== stored.view.workloadId) return 'changed';
      if (severity < stored.view.severity) return 'changed';
      for (const signal of fresh) {
        tables.seen.set(signal.signalId, { incidentId, opener: false });
        stored.heardFrom.add(signal.workloadId);
        stored.lastSignalAt = epochMs(Math.max(stored.lastSignalAt, fromIso(signal.occurredAt)));
      }
      if (stored.signals.length + fresh.length <= MAX_SIGNALS) stored.signals.push(...fresh.map(copy));
      for (const signal of waited) unhold(tables, signal);
      stored.view = {
        ...stored.view,
        ...(root === undefined ? {} : { workloadId: root.to }),
        ...(change.severity === undefined ? {} : { severity: change.severity }),
        signalCount: stored.view.signalCount + fresh.length,
      };
    }
    return signals.map((signal) => (fresh.includes(signal) ? 'attached' : 'duplicate'));
  },
  around: async (workloadIds) => {
    const claims = Object.fromEntries(
      workloadIds.flatMap((workloadId) => {
        const pointer = tables.pointers.get(workloadId);
        if (pointer === undefined) return [];
        const { held: _, deployment: __, ...claim } = pointer;
        const severity = tables.incidents.get(claim.incidentId)?.view.severity ?? 0;
        return [[workloadId, { ...claim, severity }] as const];
      }),
    );
    const open = [...new Set(Object.values(claims).flatMap((one) => (one.open ? [one.incidentId] : [])))];
    const held = workloadIds.flatMap((workloadId) => tables.pointers.get(workloadId)?.held ?? []);
    return copy({
      claims,
      incidents: open.flatMap((incidentId) => {
        const stored = tables.incidents.get(incidentId);
        if (stored === undefined) return [];
        return [{ incident: stored.view, heardFrom: [...stored.heardFrom], lastSignalAt: stored.lastSignalAt }];
      }),
      held: held.flatMap((signalId) => tables.seen.get(signalId)?.held ?? []),
      deployments: workloadIds.flatMap((workloadId) => {
        const deployment = tables.pointers.get(workloadId)?.deployment;
        return deployment === undefined ? [] : [{ workloadId, ...deployment }];
      }),
    });
  },
  deployed: async ({ workloadId, deploymentId, at }) => {
    const pointer = pointerOf(tables, workloadId);
    if (pointer.deployment !== undefined && pointer.deployment.at >= at) return;
    tables.pointers.set(workloadId, { ...pointer, deployment: { deploymentId, at } });
  },
  hold: async (signal) => {
    if (tables.seen.has(signal.signalId)) return 'duplicate';
    tables.seen.set(signal.signalId, { incidentId: 'none', opener: false, held: copy(signal) });
    const pointer = pointerOf(tables, signal.workloadId);
    tables.pointers.set(signal.workloadId, { ...pointer, held: [...pointer.held, signal.signalId] });
    return 'held';
  },
  release: async (signal) => {
    tables.seen.set(signal.signalId, { incidentId: 'none', opener: false });
    unhold(tables, signal);
  },
  get: async (incidentId) => copy(tables.incidents.get(incidentId)?.view ?? null),
  endAttempt: async (end) => endAttempt(tables, end),
  requestApproval: async (request) => {
    const stored = tables.incidents.get(request.incidentId);
    if (stored === undefined || !['open', 'awaiting_approval'].includes(stored.view.status)) return false;
    stored.approval = copy(request);
    stored.view = { ...stored.view, status: 'awaiting_approval' };
    return true;
  },
  renewApproval: async ({ incidentId, question, taskToken }) => {
    const stored = tables.incidents.get(incidentId);
    if (stored?.approval?.question.questionId !== question.questionId) return false;
    stored.approval = { ...stored.approval, taskToken, announced: true };
    return true;
  },
  context: async (incidentId, members) => {
    const stored = tables.incidents.get(incidentId);
    if (stored === undefined) throw new Error(`incident ${incidentId} is not stored`);
    const workloads = members.flatMap((member) => tables.workloads.get(member) ?? []);
    const claimed = Object.fromEntries(
      members.flatMap((member) => {
        const pointer = tables.pointers.get(member);
        return pointer?.open === true && pointer.incidentId !== incidentId ? [[member, pointer.incidentId]] : [];
      }),
    );
    return copy({ incident: stored.view, signals: stored.signals, workloads, claimed });
  },
  earlier: async (workloadId, present, dayAgo) => {
    const before = [...tables.incidents.values()]
      .map(({ view }) => view)
      .filter((view) => view.workloadId === workloadId && view.incidentId !== present)
      .sort((a, b) => b.openedAt.localeCompare(a.openedAt));
    return {
      incidents: before
        .filter(({ taskId, closedAt }) => taskId === undefined || closedAt !== null)
        .slice(0, EARLIER_INCIDENTS)
        .map((view) => ({
          incidentId: view.incidentId,
          openedAt: view.openedAt,
          status: view.status,
          suspectRevision: view.suspectRevision,
          closedAt: view.closedAt,
          lastAction: view.lastAction,
          ...(view.hypothesis === undefined ? {} : { hypothesis: view.hypothesis }),
        })),
      today: before.filter(
        ({ openedAt, status, taskId }) => fromIso(openedAt) >= dayAgo && status !== 'dismissed' && taskId === undefined,
      ).length,
    };
  },
});

type Open = Stores['incidents']['open'];

const pointerOf = (tables: MemoryTables, workloadId: string): Pointer =>
  tables.pointers.get(workloadId) ?? {
    incidentId: 'none',
    open: false,
    closedAt: epochMs(0),
    dismissals: [],
    held: [],
  };

const unhold = (tables: MemoryTables, { signalId, workloadId }: Signal): void => {
  const pointer = pointerOf(tables, workloadId);
  tables.pointers.set(workloadId, { ...pointer, held: pointer.held.filter((id) => id !== signalId) });
};

const whyNotOpened = (
  tables: MemoryTables,
  { incident, signal, members, over = {}, flapCount = Infinity }: Parameters<Open>[0],
): Exclude<Awaited<ReturnType<Open>>, { readonly status: 'opened' }> | null => {
  const isFree = (member: string, pointer: Pointer): boolean => {
    const seen = over[member];
    if (seen !== undefined) {
      return pointer.incidentId === seen.incidentId && pointer.open === seen.open && pointer.closedAt === seen.closedAt;
    }
    const isFlapping = member === incident.workloadId && pointer.dismissals.length >= flapCount;
    return !pointer.open && pointer.closedAt < fromIso(incident.openedAt) && pointer.held.length === 0 && !isFlapping;
  };
  const inTheWay = members.flatMap((member) => {
    const pointer = tables.pointers.get(member);
    return pointer === undefined || isFree(member, pointer) ? [] : [pointer];
  });
  const seen = tables.seen.get(signal.signalId);
  if (seen !== undefined && seen.held === undefined) {
    const stillOpen = inTheWay.some((pointer) => pointer.incidentId === seen.incidentId && pointer.open);
    return { status: 'duplicate', incidentId: seen.incidentId, opener: seen.opener && stillOpen };
  }
  const [first] = inTheWay;
  if (first === undefined) return null;
  const open = inTheWay.find((pointer) => pointer.open);
  if (open !== undefined) return { status: 'belongs', incidentId: open.incidentId };
  const isUnsettled = inTheWay.some(({ held, dismissals }) => held.length > 0 || dismissals.length >= flapCount);
  return isUnsettled ? { status: 'unsettled' } : { status: 'late', incidentId: first.incidentId };
};

const endAttempt = (tables: MemoryTables, end: AttemptEnd): Appended => {
  const { record, incident, lease, experience } = end;
  const taken = existing(tables, record);
  if (taken !== undefined) return { status: 'exists', record: copy(taken) };
  if (experience !== null && tables.experiences.has(experience.executionId)) {
    throw new DependencyUnavailableError(`the end of ${record.incidentId} met a concurrent change: try again`);
  }
  append(tables, record);
  tables.acting.delete(record.incidentId);
  const held = lease === null ? undefined : tables.leases.get(lease.resource);
  // The lease may have run out and belong to somebody else by now: then there is nothing left to release.
  if (held !== undefined && held.fencingToken === lease?.fencingToken) {
    tables.leases.set(lease.resource, { ...held, expiresAt: epochMs(0) });
  }
  if (end.pastAction !== null) {
    const history = tables.history.get(end.workloadId) ?? [];
    const kept = history.length < 2 * LEAST_REMEMBERED ? history : history.slice(LEAST_REMEMBERED);
    tables.history.set(end.workloadId, [...kept, copy(end.pastAction)]);
  }
  const closedAt = fromIso(record.at);
  for (const member of end.close ? end.members : []) {
    const before = pointerOf(tables, member);
    const { incidentId, dismissals, held } = before;
    if (incidentId !== record.incidentId && tables.pointers.has(member)) continue;
    const wasNothing = incident.status === 'dismissed' && member === end.workloadId;
    tables.pointers.set(member, {
      ...before,
      incidentId: record.incidentId,
      open: false,
      closedAt,
      dismissals: wasNothing ? [...dismissals, closedAt] : dismissals,
      held,
    });
  }
  const stored = tables.incidents.get(record.incidentId);
  if (stored !== undefined) {
    const { signalCount, severity } = stored.view;
    stored.view = { ...copy(incident), signalCount, severity };
    stored.approval = null;
  }
  for (const event of [experience, end.relapse ?? null]) if (event !== null) learn(tables, event);
  return { status: 'appended' };
};

const learn = (tables: MemoryTables, experience: Experience): void => {
  if (tables.experiences.has(experience.executionId)) return;
  tables.experiences.set(experience.executionId, copy(experience));
  const rows = tables.rows.get(experience.tier) ?? new Map<string, Record<string, number>>();
  tables.rows.set(experience.tier, rows);
  for (const { hypothesis, add } of experience.deltas) {
    const row = { ...rows.get(hypothesis) };
    for (const [name, value] of Object.entries(add)) row[name] = (row[name] ?? 0) + value;
    rows.set(hypothesis, row);
  }
};
