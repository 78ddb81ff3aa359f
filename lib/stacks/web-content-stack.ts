import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as deployment from 'aws-cdk-lib/aws-s3-deployment';
import type { Construct } from 'constructs';
import type { Settings } from '../config/settings.ts';
import { acknowledge, acknowledgeWildcard } from '../constructs/acknowledge.ts';
import type { ApiStack } from './api-stack.ts';
import type { WebStack } from './web-stack.ts';

export interface WebContentStackProps {
  readonly settings: Settings;
  readonly web: WebStack;
  readonly api: ApiStack;
}

/** The dashboard's files and its `config.json`, which tells the page where API and sign-in are. Nothing in it is secret. */
export class WebContentStack extends Stack {
  constructor(scope: Construct, id: string, { settings, web, api }: WebContentStackProps) {
    super(scope, id, { description: `Kintsugi ${settings.environment}: files of the dashboard` });
    const { siteDir } = settings;
    const logGroup = new logs.LogGroup(this, 'Log', {
      retention: settings.config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const common = { destinationBucket: web.bucket, logGroup, prune: false };
    if (api.signIn === null) throw new Error('the API has no sign-in for the dashboard');
    const config = deployment.Source.jsonData('config.json', {
      env: settings.environment,
      apiUrl: api.api.apiEndpoint,
      liveUpdates: true,
      heartbeatMinutes: settings.config.heartbeatMinutes,
      auth: { kind: 'cognito', domain: api.signIn.url, clientId: api.signIn.client.userPoolClientId },
    });
    const isBuilt = existsSync(join(siteDir, 'index.html'));
    if (!isBuilt) {
      Validations.of(this).addWarning(
        'kintsugi:dashboard-not-built',
        `${siteDir} holds no dashboard, so none is deployed: npm run build:web`,
      );
    }
    // CloudFront asks for pages anew after a second, so nothing has to be invalidated.
    // Files named by their content first, the page that names them after: nobody gets a page without its files.
    const assets = isBuilt
      ? new deployment.BucketDeployment(this, 'Assets', {
          ...common,
          sources: [deployment.Source.asset(siteDir, { exclude: ['index.html', '.built-from'] })],
          cacheControl: [deployment.CacheControl.maxAge(Duration.days(365)), deployment.CacheControl.immutable()],
        })
      : null;
    const pages = new deployment.BucketDeployment(this, 'Pages', {
      ...common,
      sources: [
        ...(isBuilt ? [deployment.Source.asset(siteDir, { exclude: ['assets', 'assets/**', '.built-from'] })] : []),
        config,
      ],
      cacheControl: [deployment.CacheControl.noCache()],
    });
    if (assets !== null) pages.node.addDependency(assets);
    this.#acknowledge(web);
  }

  /** The deployment function is CDK's own, and so is its role. */
  #acknowledge(web: WebStack): void {
    const reason = "CDK's own deployment function: it reads assets and writes this one bucket.";
    const basicExecution = 'arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';
    const actions = ['GetBucket', 'GetObject', 'List', 'Abort', 'DeleteObject'];
    acknowledge(
      this,
      reason,
      `AwsSolutions-IAM4[Policy::${basicExecution}]`,
      ...actions.map((action) => `AwsSolutions-IAM5[Action::s3:${action}*]`),
      'AwsSolutions-L1',
    );
    const assets = 'arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*';
    for (const arn of [assets, `${web.exportValue(web.bucket.bucketArn)}/*`]) {
      acknowledgeWildcard(this, reason, arn);
    }
  }
}
