import { Stage } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Settings } from '../config/settings.ts';
import { ApiStack } from './api-stack.ts';
import { CloudStack } from './cloud-stack.ts';
import { DataStack } from './data-stack.ts';
import { DemoShopStack } from './demo-shop-stack.ts';
import { DrillStack } from './drill-stack.ts';
import { EventsStack } from './events-stack.ts';
import { HealingStack } from './healing-stack.ts';
import { IngestStack } from './ingest-stack.ts';
import { OperationsStack } from './operations-stack.ts';
import { OptimizerStack } from './optimizer-stack.ts';
import { WebContentStack } from './web-content-stack.ts';
import { WebStack } from './web-stack.ts';

/** One whole healing system, for one environment: `cdk deploy 'Kintsugi-<environment>/*'`. */
export class KintsugiStage extends Stage {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const data = new DataStack(this, 'Data', settings);
    const events = new EventsStack(this, 'Events', settings);
    const healing = new HealingStack(this, 'Healing', { settings, data, events });
    const ingest = new IngestStack(this, 'Ingest', { settings, data, events, healing });
    const optimizer = new OptimizerStack(this, 'Optimizer', { settings, data, events });
    const web = settings.config.cloudStack ? new WebStack(this, 'Web', settings) : undefined;
    const api = new ApiStack(this, 'Api', {
      settings,
      data,
      events,
      healing,
      ingest,
      optimizer,
      ...(web === undefined ? {} : { web }),
    });
    const operations = new OperationsStack(this, 'Operations', {
      settings,
      data,
      events,
      healing,
      ingest,
      api,
      optimizer,
    });
    if (web !== undefined) {
      new WebContentStack(this, 'WebContent', { settings, web, api });
      new CloudStack(this, 'Cloud', { settings, events, healing, ingest, api, operations });
    }
    if (settings.config.drill !== null) {
      // It finds the system by its parameters, like any user's app, so CDK cannot see the order.
      new DrillStack(this, 'Drill', { settings, drill: settings.config.drill, events }).addStackDependency(ingest);
    }
    for (const shop of settings.config.demoShops) {
      const demo = new DemoShopStack(this, `DemoShop${shop.prefix === '' ? '' : `-${shop.prefix.slice(0, -1)}`}`, {
        ...shop,
        environment: settings.environment,
      });
      // It finds the system by its parameters, like any user's app, so CDK cannot see the order.
      demo.addStackDependency(ingest);
    }
  }
}
