import { EcsError } from './errors.ts';
import { arnOf, nameOf, type Placement, type Tag, type TaskDefinition, type TaskDefinitionInput } from './model.ts';
import type { Service } from './service.ts';
import type { Task } from './task.ts';

export type Cluster = { readonly name: string; readonly arn: string; readonly services: Map<string, Service> };

/** Everything the server knows, in memory: clusters with their services, task definitions, tags. */
export class EcsStore {
  readonly placement: Placement;
  readonly clusters = new Map<string, Cluster>();
  readonly tags = new Map<string, Map<string, string>>();
  private readonly definitions = new Map<string, TaskDefinition[]>();

  constructor(placement: Placement) {
    this.placement = placement;
  }

  createCluster(name: string): Cluster {
    const existing = this.clusters.get(name);
    if (existing !== undefined) return existing;
    const cluster = { name, arn: arnOf(this.placement, `cluster/${name}`), services: new Map<string, Service>() };
    this.clusters.set(name, cluster);
    return cluster;
  }

  cluster(nameOrArn = 'default'): Cluster {
    const cluster = this.clusters.get(nameOf(nameOrArn));
    if (cluster === undefined) throw new EcsError('ClusterNotFoundException', 'Cluster not found.');
    return cluster;
  }

  /** An active service. */
  service(cluster: string | undefined, nameOrArn: string): Service {
    const service = this.cluster(cluster).services.get(nameOf(nameOrArn));
    if (service === undefined) throw new EcsError('ServiceNotFoundException', 'Service not found.');
    if (service.status === 'INACTIVE') throw new EcsError('ServiceNotActiveException', 'Service was not ACTIVE.');
    return service;
  }

  services(): readonly Service[] {
    return [...this.clusters.values()].flatMap(({ services }) => [...services.values()]);
  }

  tasks(cluster: string | undefined): readonly Task[] {
    return [...this.cluster(cluster).services.values()].flatMap(({ tasks }) => tasks);
  }

  register(input: TaskDefinitionInput): TaskDefinition {
    const { family } = input;
    const revisions = this.definitions.get(family) ?? [];
    const revision = revisions.length + 1;
    const definition: TaskDefinition = {
      ...input,
      taskDefinitionArn: arnOf(this.placement, `task-definition/${family}:${revision}`),
      revision,
      registeredAt: Date.now(),
      status: 'ACTIVE',
    };
    this.definitions.set(family, [...revisions, definition]);
    return definition;
  }

  /** A task definition by ARN, `family:revision` or `family` (its newest active revision). */
  definition(reference: string): TaskDefinition {
    const [family = '', revision] = nameOf(reference).split(':');
    const revisions = this.definitions.get(family) ?? [];
    const found =
      revision === undefined
        ? revisions.findLast(({ status }) => status === 'ACTIVE')
        : revisions.find((definition) => String(definition.revision) === revision);
    if (found === undefined) throw new EcsError('ClientException', `Unable to describe task definition: ${reference}.`);
    return found;
  }

  listDefinitions(familyPrefix: string | undefined, status: string): readonly TaskDefinition[] {
    return [...this.definitions.entries()]
      .filter(([family]) => familyPrefix === undefined || family === familyPrefix)
      .flatMap(([, revisions]) => revisions)
      .filter((definition) => definition.status === status);
  }

  tag(arn: string, tags: readonly Tag[]): void {
    const own = this.tags.get(arn) ?? new Map<string, string>();
    for (const { key, value } of tags) own.set(key, value);
    this.tags.set(arn, own);
  }

  tagsOf(arn: string): readonly Tag[] {
    return [...(this.tags.get(arn) ?? new Map<string, string>()).entries()].map(([key, value]) => ({ key, value }));
  }
}
