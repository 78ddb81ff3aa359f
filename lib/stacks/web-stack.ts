import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Settings } from '../config/settings.ts';
import { acknowledge } from '../constructs/acknowledge.ts';
import { contentSecurityPolicy, HSTS_SECONDS, PERMISSIONS_POLICY } from '../site/security-headers.ts';

/**
 * Where the dashboard is: a private bucket behind CloudFront. It stands before the API, whose sign-in has to know its
 * address; the files come by {@link WebContentStack}, which has to know the API's.
 */
export class WebStack extends Stack {
  readonly bucket: s3.IBucket;
  /** `https://d111111abcdef8.cloudfront.net`. */
  readonly origin: string;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, { description: `Kintsugi ${settings.environment}: place of the dashboard` });
    const bucket = new s3.Bucket(this, 'Site', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      versioned: true,
      lifecycleRules: [{ noncurrentVersionExpiration: Duration.days(30) }],
      removalPolicy: RemovalPolicy.RETAIN, // S3 deletes only empty buckets; it holds nothing that a build does not
    });
    acknowledge(bucket, 'Only CloudFront reads it; what it serves is the same for everybody.', 'AwsSolutions-S1');
    // The interface and the class disagree on one optional field under exactOptionalPropertyTypes.
    this.bucket = bucket as s3.IBucket;
    this.origin = `https://${this.#distribution(settings).distributionDomainName}`;
    new CfnOutput(this, 'DashboardUrl', { value: `${this.origin}/` });
  }

  #distribution(settings: Settings): cloudfront.Distribution {
    const distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: `Kintsugi ${settings.environment}: dashboard`,
      defaultRootObject: 'index.html',
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      priceClass: cloudfront.PriceClass.PRICE_CLASS_100,
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(this.bucket),
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        cachePolicy: cloudfront.CachePolicy.CACHING_OPTIMIZED,
        responseHeadersPolicy: this.#headers(),
        functionAssociations: [{ eventType: cloudfront.FunctionEventType.VIEWER_REQUEST, function: this.#pages() }],
      },
    });
    acknowledge(
      distribution,
      'People everywhere may sign in; the page holds no data, and the API has its own limits.',
      'AwsSolutions-CFR1',
      'AwsSolutions-CFR2',
      'AwsSolutions-CFR3',
    );
    acknowledge(
      distribution,
      "CloudFront's own domain name comes with its own certificate and protocol versions; browsers use the newest.",
      'AwsSolutions-CFR4',
    );
    return distribution;
  }

  /**
   * A path without a dot is a page: the dashboard itself finds out which. A missing file stays an error, of status 403:
   * CloudFront may not list the bucket, and so S3 does not tell it what is not there.
   */
  #pages(): cloudfront.Function {
    return new cloudfront.Function(this, 'Pages', {
      comment: 'Every page is index.html',
      runtime: cloudfront.FunctionRuntime.JS_2_0,
      code: cloudfront.FunctionCode.fromInline(
        "function handler(event) { var request = event.request; if (request.uri.indexOf('.') === -1) request.uri = '/index.html'; return request; }",
      ),
    });
  }

  /** The API's own name is not known yet, so the policy names all APIs of the region; their tokens are not this one's. */
  #headers(): cloudfront.ResponseHeadersPolicy {
    return new cloudfront.ResponseHeadersPolicy(this, 'Headers', {
      securityHeadersBehavior: {
        contentSecurityPolicy: {
          contentSecurityPolicy: contentSecurityPolicy([
            `https://*.execute-api.${this.region}.amazonaws.com`,
            `wss://*.execute-api.${this.region}.amazonaws.com`,
            `https://*.auth.${this.region}.amazoncognito.com`,
          ]),
          override: true,
        },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: cloudfront.HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: {
          accessControlMaxAge: Duration.seconds(HSTS_SECONDS),
          includeSubdomains: true,
          override: true,
        },
      },
      customHeadersBehavior: {
        customHeaders: [{ header: 'permissions-policy', value: PERMISSIONS_POLICY, override: true }],
      },
    });
  }
}
