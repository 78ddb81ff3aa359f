import { DescribeServicesCommand } from '@aws-sdk/client-ecs';
import type { LocalEcs } from '../ecs/server.ts';
import { p95, WINDOW_MS } from '../shop/metrics.ts';
import type { Shop } from '../shop/shop.ts';

/** How a service of the shop is doing right now, measured from its callers' side. */
export interface ServiceReading {
  readonly service: string;
  readonly running: number;
  readonly wanted: number;
  readonly perSecond: number;
  readonly errorPercent: number;
  readonly p95Ms: number;
  /** Of the task that uses most of its limit. */
  readonly memoryPercent: number;
}

/** Reads every service; what is wanted comes from the ECS API, the rest from the measurements of this process. */
export const readShop = async (ecs: LocalEcs, shop: Shop, now: number): Promise<readonly ServiceReading[]> => {
  const command = new DescribeServicesCommand({ cluster: shop.cluster, services: [...shop.services] });
  const { services = [] } = await shop.client.send(command);
  const wantedOf = new Map(services.map(({ serviceName, desiredCount }) => [serviceName, desiredCount ?? 0]));
  return shop.services.map((service) => {
    const records = ecs.router.records(service, now - WINDOW_MS);
    const failed = records.filter((record) => record.failed).length;
    return {
      service,
      running: ecs.runningTasks(service).length,
      wanted: wantedOf.get(service) ?? 0,
      perSecond: records.length / (WINDOW_MS / 1_000),
      errorPercent: records.length === 0 ? 0 : (100 * failed) / records.length,
      p95Ms: p95(records.map(({ latencyMs }) => latencyMs)),
      memoryPercent: Math.max(0, ...ecs.measure(service).map(({ memoryPercent }) => memoryPercent)),
    };
  });
};

/** Nothing is wrong that a customer or an operator could see. */
export const isWell = ({ running, wanted, perSecond, errorPercent }: ServiceReading): boolean =>
  running >= wanted && wanted > 0 && perSecond > 0 && errorPercent < 5;
