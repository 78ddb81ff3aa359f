import { GetServiceGraphCommand, type Service, type XRayClient } from '@aws-sdk/client-xray';
import type { CallSource } from '../../core/shared/ports.ts';
import type { TraceNode } from '../../core/topology/trace-graph.ts';
import { callsIn, resolverOf } from '../../core/topology/trace-graph.ts';
import { calling } from './sdk-errors.ts';

/** Calls in X-Ray's service graph, which is one request for all workloads of the account and region, or one for each page. */
export const xrayCalls = (client: XRayClient): CallSource => ({
  read: async (callers, registry, window) => {
    const wanted = new Set(callers.map(({ workloadId }) => workloadId));
    const calls = callsIn(await serviceGraph(client, window), resolverOf(registry));
    return calls.filter(({ caller }) => wanted.has(caller));
  },
});

const serviceGraph = async (
  client: XRayClient,
  { from, to }: Parameters<CallSource['read']>[2],
): Promise<readonly TraceNode[]> => {
  const nodes: TraceNode[] = [];
  let token: string | undefined;
  do {
    const command = new GetServiceGraphCommand({
      StartTime: new Date(from),
      EndTime: new Date(to),
      ...(token === undefined ? {} : { NextToken: token }),
    });
    const page = await calling('xray:GetServiceGraph', () => client.send(command));
    nodes.push(...(page.Services ?? []).flatMap(nodeOf));
    token = page.NextToken;
  } while (token !== undefined && token !== '');
  return nodes;
};

/** What has no number cannot be called, nor has it callees that could be found. */
const nodeOf = ({ ReferenceId, Name, Names = [], Type = '', Edges = [] }: Service): readonly TraceNode[] =>
  ReferenceId === undefined
    ? []
    : [
        {
          id: ReferenceId,
          names: [...new Set([...(Name === undefined ? [] : [Name]), ...Names])],
          type: Type,
          calls: Edges.flatMap(({ ReferenceId: to, SummaryStatistics }) =>
            to === undefined ? [] : [{ to, requests: SummaryStatistics?.TotalCount ?? 0 }],
          ),
        },
      ];
