import { mkdtempSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compose } from '../../lib/compose.ts';
import { projectDir, resourcesOf, templatesOf, testApp, type StackTemplate } from '../support/synth.ts';

const siteDir = mkdtempSync(join(tmpdir(), 'kintsugi-site-'));
mkdirSync(join(siteDir, 'assets'));
writeFileSync(join(siteDir, 'index.html'), '<!doctype html>');
writeFileSync(join(siteDir, 'assets', 'index.js'), '');
const app = testApp();
compose(app, { projectDir, siteDir });
const templates = templatesOf(app.synth());
const stack = (name: string): StackTemplate => templates.get(`Kintsugi-prod-${name}`) as StackTemplate;
const only = (name: string, type: string) => resourcesOf(stack(name), type)[0]?.[1].Properties ?? {};

describe('the place of the dashboard', () => {
  test('nobody reaches the bucket but CloudFront, signed, and over TLS', () => {
    expect(only('Web', 'AWS::S3::Bucket')).toMatchObject({
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
    });
    expect(only('Web', 'AWS::CloudFront::OriginAccessControl')).toMatchObject({
      OriginAccessControlConfig: { SigningBehavior: 'always', SigningProtocol: 'sigv4' },
    });
    const policy = JSON.stringify(only('Web', 'AWS::S3::BucketPolicy'));
    expect(policy).toContain('cloudfront.amazonaws.com');
    expect(policy).toContain('"aws:SecureTransport":"false"');
  });

  test('the policy of the page allows no inline script, no inline style and no frame', () => {
    const headers = JSON.stringify(only('Web', 'AWS::CloudFront::ResponseHeadersPolicy'));
    expect(headers).toContain("script-src 'self'; style-src 'self'");
    expect(headers).toContain("frame-ancestors 'none'");
    expect(headers).not.toContain('unsafe');
  });

  test('sign-in returns to the dashboard only, by the code flow, and the API takes its tokens', () => {
    const clients = resourcesOf(stack('Api'), 'AWS::Cognito::UserPoolClient').map(([, { Properties }]) => Properties);
    const dashboard = clients.find(({ AllowedOAuthFlows }) => AllowedOAuthFlows !== undefined);
    expect(dashboard).toMatchObject({ AllowedOAuthFlows: ['code'], GenerateSecret: false });
    expect(JSON.stringify(dashboard?.CallbackURLs)).toContain('/signed-in');
    const authorizer = only('Api', 'AWS::ApiGatewayV2::Authorizer') as { JwtConfiguration: { Audience: unknown[] } };
    expect(authorizer.JwtConfiguration.Audience).toHaveLength(2);
  });

  test('files named by their content are kept for a year, the page is asked for each time', () => {
    const deployments = resourcesOf(stack('WebContent'), 'Custom::CDKBucketDeployment').map(([, r]) => r.Properties);
    expect(deployments.map(({ SystemMetadata }) => SystemMetadata)).toEqual(
      expect.arrayContaining([{ 'cache-control': 'max-age=31536000, immutable' }, { 'cache-control': 'no-cache' }]),
    );
  });
});
