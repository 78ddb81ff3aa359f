import * as z from 'zod';
import type { EcsStore } from './cluster-store.ts';
import { EcsError } from './errors.ts';
import { DeploymentConfigurationSchema, nameOf, TagSchema, TaskDefinitionInputSchema } from './model.ts';
import { Service, type ServiceContext } from './service.ts';
import { serviceDeploymentView, serviceRevisionView, serviceView, taskDefinitionView, taskView } from './views.ts';

const ClusterRef = z.string().min(1).optional();
const Count = z.number().int().min(0).max(100);
const Tags = z.array(TagSchema).default([]);

type Operation = (store: EcsStore, input: unknown, context: ServiceContext) => object;

const operation =
  <S extends z.ZodType>(
    schema: S,
    run: (store: EcsStore, input: z.output<S>, context: ServiceContext) => object,
  ): Operation =>
  (store, input, context) => {
    const parsed = schema.safeParse(input);
    if (!parsed.success) throw new EcsError('InvalidParameterException', z.prettifyError(parsed.error));
    return run(store, parsed.data, context);
  };

const clusterView = (store: EcsStore, name: string) => {
  const cluster = store.cluster(name);
  const services = [...cluster.services.values()].filter(({ status }) => status !== 'INACTIVE');
  const live = services.flatMap(({ tasks }) => tasks);
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: 'ACTIVE',
    activeServicesCount: services.length,
    runningTasksCount: live.filter(({ lastStatus }) => lastStatus === 'RUNNING').length,
    pendingTasksCount: live.filter(({ lastStatus }) => lastStatus === 'PENDING').length,
    registeredContainerInstancesCount: 1,
    tags: store.tagsOf(cluster.arn),
  };
};

const clusters = {
  CreateCluster: operation(
    z.object({ clusterName: z.string().min(1).default('default'), tags: Tags }),
    (store, input) => {
      store.tag(store.createCluster(input.clusterName).arn, input.tags);
      return { cluster: clusterView(store, input.clusterName) };
    },
  ),
  DescribeClusters: operation(z.object({ clusters: z.array(z.string()).default(['default']) }), (store, input) => {
    const known = input.clusters.filter((name) => store.clusters.has(nameOf(name)));
    const missing = input.clusters.filter((name) => !known.includes(name));
    return {
      clusters: known.map((name) => clusterView(store, name)),
      failures: missing.map((arn) => ({ arn, reason: 'MISSING' })),
    };
  }),
  DeleteCluster: operation(z.object({ cluster: z.string() }), (store, input) => {
    const cluster = store.cluster(input.cluster);
    if ([...cluster.services.values()].some(({ status }) => status !== 'INACTIVE'))
      throw new EcsError(
        'ClusterContainsServicesException',
        'The Cluster cannot be deleted while Services are active.',
      );
    const view = clusterView(store, cluster.name);
    store.clusters.delete(cluster.name);
    return { cluster: { ...view, status: 'INACTIVE' } };
  }),
};

const taskDefinitions = {
  RegisterTaskDefinition: operation(TaskDefinitionInputSchema, (store, input) => {
    const definition = store.register(input);
    store.tag(definition.taskDefinitionArn, input.tags);
    return { taskDefinition: taskDefinitionView(definition), tags: input.tags };
  }),
  DescribeTaskDefinition: operation(z.object({ taskDefinition: z.string() }), (store, input) => {
    const definition = store.definition(input.taskDefinition);
    return { taskDefinition: taskDefinitionView(definition), tags: store.tagsOf(definition.taskDefinitionArn) };
  }),
  ListTaskDefinitions: operation(
    z.object({
      familyPrefix: z.string().optional(),
      status: z.enum(['ACTIVE', 'INACTIVE']).default('ACTIVE'),
      sort: z.enum(['ASC', 'DESC']).default('ASC'),
    }),
    (store, input) => {
      const arns = store
        .listDefinitions(input.familyPrefix, input.status)
        .map(({ taskDefinitionArn }) => taskDefinitionArn);
      return { taskDefinitionArns: input.sort === 'ASC' ? arns : arns.reverse() };
    },
  ),
  DeregisterTaskDefinition: operation(z.object({ taskDefinition: z.string() }), (store, input) => {
    const definition = store.definition(input.taskDefinition);
    definition.status = 'INACTIVE';
    return { taskDefinition: taskDefinitionView(definition) };
  }),
};

const services = {
  CreateService: operation(
    z.object({
      cluster: ClusterRef,
      serviceName: z.string().regex(/^[A-Za-z0-9_-]{1,255}$/),
      taskDefinition: z.string(),
      desiredCount: Count.default(1),
      deploymentConfiguration: DeploymentConfigurationSchema.prefault({}),
      tags: Tags,
    }),
    (store, input, context) => {
      const cluster = store.cluster(input.cluster);
      const present = cluster.services.get(input.serviceName);
      if (present !== undefined && present.status !== 'INACTIVE')
        throw new EcsError('InvalidParameterException', 'Creation of service was not idempotent.');
      const service = new Service(context, {
        cluster: cluster.name,
        name: input.serviceName,
        definition: store.definition(input.taskDefinition),
        desiredCount: input.desiredCount,
        configuration: input.deploymentConfiguration,
      });
      cluster.services.set(service.name, service);
      store.tag(service.arn, input.tags);
      service.reconcile();
      return { service: serviceView(service) };
    },
  ),
  UpdateService: operation(
    z.object({
      cluster: ClusterRef,
      service: z.string(),
      desiredCount: Count.optional(),
      taskDefinition: z.string().optional(),
      forceNewDeployment: z.boolean().default(false),
      deploymentConfiguration: DeploymentConfigurationSchema.optional(),
    }),
    (store, input) => {
      const service = store.service(input.cluster, input.service);
      const current = service.primary.definition;
      const wanted = input.taskDefinition === undefined ? current : store.definition(input.taskDefinition);
      if (wanted.status !== 'ACTIVE') throw new EcsError('ClientException', 'TaskDefinition is inactive');
      if (input.deploymentConfiguration !== undefined) service.configuration = input.deploymentConfiguration;
      if (input.desiredCount !== undefined) service.setDesiredCount(input.desiredCount);
      if (input.forceNewDeployment || wanted !== current) service.deploy(wanted);
      service.reconcile();
      return { service: serviceView(service) };
    },
  ),
  DescribeServices: operation(
    z.object({
      cluster: ClusterRef,
      services: z.array(z.string()).min(1).max(10),
      include: z.array(z.string()).default([]),
    }),
    (store, input) => {
      const cluster = store.cluster(input.cluster);
      const found = input.services.flatMap((reference) => cluster.services.get(nameOf(reference)) ?? []);
      const names = new Set(found.map(({ name }) => name));
      const missing = input.services.filter((reference) => !names.has(nameOf(reference)));
      return {
        services: found.map((service) => ({
          ...serviceView(service),
          ...(input.include.includes('TAGS') ? { tags: store.tagsOf(service.arn) } : {}),
        })),
        failures: missing.map((arn) => ({ arn, reason: 'MISSING' })),
      };
    },
  ),
  DeleteService: operation(
    z.object({ cluster: ClusterRef, service: z.string(), force: z.boolean().default(false) }),
    (store, input) => {
      const service = store.service(input.cluster, input.service);
      if (service.desiredCount > 0 && !input.force)
        throw new EcsError('InvalidParameterException', 'The service cannot be stopped while it is scaled above 0.');
      service.delete();
      return { service: serviceView(service) };
    },
  ),
  ListServices: operation(z.object({ cluster: ClusterRef }), (store, input) => ({
    serviceArns: [...store.cluster(input.cluster).services.values()]
      .filter(({ status }) => status !== 'INACTIVE')
      .map(({ arn }) => arn),
  })),
};

const history = {
  ListServiceDeployments: operation(
    z.object({
      cluster: ClusterRef,
      service: z.string().min(1),
      status: z.array(z.string()).default([]),
      /** Epoch seconds, as on the wire. */
      createdAt: z.object({ before: z.number().optional(), after: z.number().optional() }).default({}),
      maxResults: z.number().int().min(1).max(100).default(20),
    }),
    (store, { cluster, service: reference, status, createdAt, maxResults }) => {
      const service = store.service(cluster, reference);
      const { after = 0, before = Infinity } = createdAt;
      const matching = service.history.entries
        .filter((entry) => status.length === 0 || status.includes(entry.status))
        .filter((entry) => entry.createdAt >= after * 1000 && entry.createdAt <= before * 1000);
      return {
        serviceDeployments: matching.slice(0, maxResults).map((entry) => serviceDeploymentView(service, entry)),
      };
    },
  ),
  DescribeServiceRevisions: operation(
    z.object({ serviceRevisionArns: z.array(z.string().min(1)).min(1).max(20) }),
    (store, { serviceRevisionArns }) => {
      const known = new Map(
        store
          .services()
          .flatMap((service) =>
            service.history.entries.map((entry) => [entry.revisionArn, serviceRevisionView(service, entry)] as const),
          ),
      );
      return {
        serviceRevisions: serviceRevisionArns.flatMap((arn) => known.get(arn) ?? []),
        failures: serviceRevisionArns.filter((arn) => !known.has(arn)).map((arn) => ({ arn, reason: 'MISSING' })),
      };
    },
  ),
};

const tasks = {
  ListTasks: operation(
    z.object({
      cluster: ClusterRef,
      serviceName: z.string().optional(),
      family: z.string().optional(),
      startedBy: z.string().optional(),
      desiredStatus: z.enum(['RUNNING', 'PENDING', 'STOPPED']).default('RUNNING'),
    }),
    (store, input) => {
      const all =
        input.serviceName === undefined
          ? store.tasks(input.cluster)
          : store.service(input.cluster, input.serviceName).tasks;
      const matching = all
        .filter(({ desiredStatus }) => desiredStatus === input.desiredStatus)
        .filter((task) => input.family === undefined || task.deployment.definition.family === input.family)
        .filter((task) => input.startedBy === undefined || task.deployment.id === input.startedBy);
      return { taskArns: matching.slice(-100).map(({ arn }) => arn) };
    },
  ),
  DescribeTasks: operation(
    z.object({ cluster: ClusterRef, tasks: z.array(z.string()).min(1).max(100) }),
    (store, input) => {
      const byId = new Map(store.tasks(input.cluster).map((task) => [task.id, task]));
      const missing = input.tasks.filter((reference) => !byId.has(nameOf(reference)));
      return {
        tasks: input.tasks.flatMap((reference) => byId.get(nameOf(reference)) ?? []).map(taskView),
        failures: missing.map((arn) => ({ arn, reason: 'MISSING' })),
      };
    },
  ),
  StopTask: operation(
    z.object({ cluster: ClusterRef, task: z.string(), reason: z.string().max(1024).default('Task stopped by user') }),
    (store, input) => {
      const task = store.tasks(input.cluster).find(({ id }) => id === nameOf(input.task));
      if (task === undefined) throw new EcsError('InvalidParameterException', 'The referenced task was not found.');
      task.stop('UserInitiated', input.reason);
      return { task: taskView(task) };
    },
  ),
};

const tags = {
  TagResource: operation(z.object({ resourceArn: z.string(), tags: z.array(TagSchema) }), (store, input) => {
    store.tag(input.resourceArn, input.tags);
    return {};
  }),
  UntagResource: operation(z.object({ resourceArn: z.string(), tagKeys: z.array(z.string()) }), (store, input) => {
    for (const key of input.tagKeys) store.tags.get(input.resourceArn)?.delete(key);
    return {};
  }),
  ListTagsForResource: operation(z.object({ resourceArn: z.string() }), (store, input) => ({
    tags: store.tagsOf(input.resourceArn),
  })),
};

/** Every operation of the ECS API that runs here, by its name in the `X-Amz-Target` header. */
export const operations: Readonly<Record<string, Operation>> = {
  ...clusters,
  ...taskDefinitions,
  ...services,
  ...history,
  ...tasks,
  ...tags,
};
