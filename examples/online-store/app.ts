import { App } from 'aws-cdk-lib';
import { StoreStack } from './store-stack.ts';

const app = new App();
new StoreStack(app, 'OnlineStore', { environment: 'prod' });
