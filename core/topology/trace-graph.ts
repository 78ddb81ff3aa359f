import type { Workload, WorkloadId } from '../contracts/workload.ts';
import { isAsyncCall } from '../diagnosis/topology.ts';
import type { CallCount } from './seen-calls.ts';

/** One node of a service graph as a tracing service draws it. */
export interface TraceNode {
  readonly id: number;
  /** All names under which it is known. */
  readonly names: readonly string[];
  /** X-Ray's type (`AWS::Lambda::Function`, `remote`); empty where it has none. */
  readonly type: string;
  readonly calls: readonly { readonly to: number; readonly requests: number }[];
}

/** Answers whose name this is; null when no workload, or more than one, has it. */
export type NameResolver = (name: string) => WorkloadId | null;

/** Workloads by all names under which others may call them: id, service, function, queue. */
export const resolverOf = (workloads: readonly Workload[]): NameResolver => {
  const owners = new Map<string, Set<WorkloadId>>();
  for (const workload of workloads) {
    for (const name of namesOf(workload)) owners.set(name, (owners.get(name) ?? new Set()).add(workload.workloadId));
  }
  return (name) => {
    const [owner, ...others] = owners.get(name) ?? [];
    return owner === undefined || others.length > 0 ? null : owner;
  };
};

const namesOf = (workload: Workload): readonly string[] => {
  switch (workload.kind) {
    case 'ecs-service':
      return [workload.workloadId, workload.serviceName];
    case 'lambda-function':
      return [workload.workloadId, workload.functionName, `${workload.functionName}:${workload.aliasName}`];
    case 'sqs-queue':
      return [workload.workloadId, workload.queueUrl, workload.queueUrl.split('/').at(-1) ?? ''];
  }
};

/**
 * The calls between workloads in a service graph.
 *
 * What lies between two workloads and is none itself, such as an API or a load balancer, is passed through, with the fewest
 * requests on the way. What keeps messages is not: who sends one does not wait for who receives it. A function that is drawn twice
 * does not call itself.
 */
export const callsIn = (graph: readonly TraceNode[], resolve: NameResolver): readonly CallCount[] => {
  const nodes = new Map(graph.map((node) => [node.id, node]));
  const owners = new Map(graph.map((node) => [node.id, ownerOf(node, resolve)]));
  const calls: CallCount[] = [];
  const follow = (caller: WorkloadId, node: TraceNode, most: number, passed: Set<number>): void => {
    for (const { to, requests } of node.calls) {
      const target = nodes.get(to);
      if (target === undefined || passed.has(to)) continue;
      const callee = owners.get(to) ?? null;
      const count = Math.min(most, requests);
      if (callee === caller) continue;
      if (callee !== null) calls.push({ caller, callee, source: 'traced', requests: count });
      else if (!isAsyncCall(target.type, '')) follow(caller, target, count, passed.add(to));
    }
  };
  for (const node of graph) {
    const caller = owners.get(node.id) ?? null;
    if (caller !== null) follow(caller, node, Infinity, new Set([node.id]));
  }
  return calls;
};

const ownerOf = ({ names }: TraceNode, resolve: NameResolver): WorkloadId | null => {
  for (const name of names) {
    const owner = resolve(name);
    if (owner !== null) return owner;
  }
  return null;
};
