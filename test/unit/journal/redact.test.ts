import fc from 'fast-check';
import type { JournalEntry } from '../../../core/contracts/journal.ts';
import { verifyChain } from '../../../core/journal/chain.ts';
import { redact, redactText } from '../../../core/journal/redact.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { entries } from '../../contract/records.ts';
import { aRecord } from '../../support/builders.ts';

/** Made up, in the formats that their issuers document; put together here so that no scanner takes them for real. */
const CORPUS: readonly (readonly [string, string])[] = [
  ['aws-access-key', 'AKIA' + 'IOSFODNN7EXAMPLE'],
  ['aws-access-key', 'ASIA' + 'Y34FZKBOKMUTVV7A'],
  ['github-token', 'ghp_' + 'a1B2'.repeat(9)],
  ['github-token', 'github_pat_' + '11ABCDEFG0'.repeat(3)],
  ['gitlab-token', 'glpat-' + 'x'.repeat(8) + 'Y9_-z'.repeat(3)],
  ['slack-token', 'xoxb-' + '123456789012-abcdefGHIJ'],
  ['slack-webhook', 'https://hooks.slack.com/services/' + 'T000/B000/abcDEF123'],
  ['stripe-key', 'sk_live_' + '4eC39HqLyjWDarjtT1zdp7dc'],
  ['google-api-key', 'AIza' + 'SyA-1234567890abcdefghijklmnopqrstu'],
  ['npm-token', 'npm_' + 'AbCd'.repeat(9)],
  ['sendgrid-key', 'SG.' + 'abcdefghijklmnop1234.' + 'ABCDEFGHIJKLMNOP1234567890'],
  ['openai-key', 'sk-proj-' + 'abcDEF123456'.repeat(3)],
  ['openai-key', 'sk-' + 'abcDEF123456'.repeat(3)],
  ['json-web-token', 'eyJhbGciOiJIUzI1NiJ9.' + 'eyJzdWIiOiIxMjM0NSJ9.' + 'abc_DEF-123'],
  ['card-number', '4111 1111 1111 1111'],
  ['card-number', '5500-0000-0000-0004'],
  ['card-number', '378282246310005'],
  ['card-number', '4111111111111111'],
  ['card-number', '5500000000000004'],
  ['card-number', '2223003122003222'],
  ['card-number', '6011111111111117'],
  ['card-number', '6510000000000034'],
  ['card-number', '4000000000000069'],
  ['iban', 'GB82 WEST 1234 5698 7654 32'],
  ['iban', 'DE89370400440532013000'],
  ['social-security-number', '078-05-1120'],
  ['phone-number', '+49 30 1234 5678'],
  ['phone-number', '+1 (555) 010-9999'],
  ['phone-number', '+423 123 456 789 012'],
  ['email-address', 'anna.lindt+oncall@mail.example.co.uk'],
  ['email-address', 'anna@b.example.com'],
];

const ASSIGNED: readonly (readonly [string, string])[] = [
  ['DB_PASSWORD=hunter2secret', 'DB_PASSWORD=[redacted:secret]'],
  ['{"password": "hunter2secret", "port": 5432}', '{"password": "[redacted:secret]", "port": 5432}'],
  ['aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPx', 'aws_secret_access_key = [redacted:secret]'],
  ['clientSecret: 8f3a9c77', 'clientSecret: [redacted:secret]'],
  ['Authorization: Bearer abc123def456ghi', 'Authorization: Bearer [redacted:credential]'],
  ['Authorization: Bearer  abc123def456ghi', 'Authorization: Bearer  [redacted:credential]'],
  ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: Basic [redacted:credential]'],
  ['postgres://shop:hunter2@db.internal:5432/shop', 'postgres://shop:[redacted:password]@db.internal:5432/shop'],
  ['redis://:hunter2@cache:6379', 'redis://:[redacted:password]@cache:6379'],
  ['redis://:p@ssw0rd@cache:6379', 'redis://:[redacted:password]@cache:6379'],
  ['postgres://app:a/b@db:5432/shop', 'postgres://app:[redacted:password]@db:5432/shop'],
  ['{"url":"amqp://a:b@mq","by":"x@y"}', '{"url":"amqp://a:[redacted:password]@mq","by":"x@y"}'],
  [
    'https://b.s3.amazonaws.com/k?X-Amz-Signature=ab12&X-Amz-Date=1',
    'https://b.s3.amazonaws.com/k?X-Amz-Signature=[redacted:signature]&X-Amz-Date=1',
  ],
  ['https://x.blob.example.com/k?sig=ab12', 'https://x.blob.example.com/k?sig=[redacted:signature]'],
  ['AccountKey=Zm9vYmFyYmF6Zm9v;EndpointSuffix=x', 'AccountKey=[redacted:secret];EndpointSuffix=x'],
  ['apikey=8f3a9c77', 'apikey=[redacted:secret]'],
  ['api_key=8f3a9c77', 'api_key=[redacted:secret]'],
  ['sessionToken=8f3a9c77', 'sessionToken=[redacted:secret]'],
  ['session-token=8f3a9c77', 'session-token=[redacted:secret]'],
  ['PASSWORD_OLD=hunter2secret', 'PASSWORD_OLD=[redacted:secret]'],
  [
    String.raw`{\"password\":\"hunter2secret\",\"port\":1}`,
    String.raw`{\"password\":\"[redacted:secret]\",\"port\":1}`,
  ],
  [String.raw`{\\\"pwd\\\": \\\"hunter2secret\\\"}`, String.raw`{\\\"pwd\\\": \\\"[redacted:secret]\\\"}`],
  [String.raw`password=hun\ter2`, 'password=[redacted:secret]'],
  [`${'x.'.repeat(5_000)}password=hunter2secret`, `${'x.'.repeat(5_000)}password=[redacted:secret]`],
];

/** What an operator needs to read, and what looks like a secret and is none. */
const HARMLESS = [
  'inc-20261121-053000-payments-1a2b3c',
  'AGENT-20261121-053000-0001-9F3A',
  'arn:aws:ecs:eu-west-1:123456789012:task/shop/0123456789abcdef0123456789abcdef',
  'https://sqs.eu-west-1.amazonaws.com/123456789012/orders',
  '2026-11-21T05:30:00.000+0000',
  '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  'Threshold Crossed: 1 out of the last 1 datapoints [91.2 (21/11/26 05:30:00)] was greater than the threshold (5.0)',
  'calls per 4111111111111112 ns',
  'the secret was rotated; the password expired',
  'basic authentication failed, bearer token missing',
  'ServiceException: 10.0.3.17:8080 refused (exit code 137)',
  'Error code GB82 in region eu-west-1',
  'GET http://registry:4873/@scope/pkg answered 404',
  'order GB82 WEST 1234 5698 7654 33',
];

test.each(CORPUS)('%s is taken out of any sentence, the whole of it and nothing else', (name, secret) => {
  for (const text of [`task failed with ${secret}, giving up`, `"${secret}"`, `(${secret})`, `x=${secret}\n`]) {
    expect(redactText(text)).toBe(text.replace(secret, `[redacted:${name}]`));
  }
});

test('a card number goes also where groups of digits stand before it', () => {
  expect(redactText('in 1010 for 1234 4111 1111 1111 1111')).toBe('in 1010 for 1234 [redacted:card-number]');
  expect(redactText('+49 30 1234 5678 4111 1111 1111 1111')).toBe('[redacted:phone-number] [redacted:card-number]');
});

test('a private key goes, whole or cut off', () => {
  const head = '-----BEGIN RSA ' + 'PRIVATE KEY-----\nMIIEow\nIBAAK';
  expect(redactText(`key: ${head}\n-----END RSA PRIVATE KEY----- and more`)).toBe(
    'key: [redacted:private-key] and more',
  );
  expect(redactText(head)).toBe('[redacted:private-key]');
});

test.each(ASSIGNED)('%s: the value goes, its name stays', (text, expected) => {
  expect(redactText(text)).toBe(expected);
});

test.each(HARMLESS)('leaves alone: %s', (text) => expect(redactText(text)).toBe(text));

test('redacting twice is redacting once', () => {
  const glue = [
    '',
    '=',
    ':',
    '"',
    '\\"',
    "'",
    '-',
    '.',
    '@',
    '/',
    'x',
    'password=',
    'secret: ',
    'Bearer ',
    '://u:',
    '?sig=',
  ];
  const secrets = [...CORPUS.map(([, secret]) => secret), ...ASSIGNED.map(([text]) => text)];
  const part = fc.oneof(fc.constantFrom(...secrets), fc.constantFrom(...glue), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.constantFrom('', ' '), (parts, between) => {
      const once = redactText(parts.join(between));
      expect(redactText(once)).toBe(once);
    }),
    { numRuns: 2_000 },
  );
});

test('what comes to light beside what was redacted goes as well, and the whole text where there is no end of it', () => {
  const [phone, key] = ['+49 170 1234567', 'AKIA' + 'IOSFODNN7EXAMPLE'];
  const redacted = '[redacted:phone-number][redacted:aws-access-key]';
  expect(redactText(phone + key)).toBe(redacted);
  expect(redactText((phone + key).repeat(6))).toBe(redacted.repeat(6));
  expect(redactText((phone + key).repeat(7))).toBe('[redacted:text]');
});

/** A pattern that looks at everything around each place takes minutes for some of these. */
test.each([
  'a.',
  'a-',
  'a+',
  '://a:',
  'password',
  'password_',
  'password=',
  'password\\',
  'Bearer ',
  'eyJaaaaaaaa.',
  '1@',
])('the work grows with the length of a text and no faster: %s', (part) => {
  const started = performance.now();
  redactText(part.repeat(100_000 / part.length));
  expect(performance.now() - started).toBeLessThan(5_000);
});

test('half a character at the end of a text that was cut is replaced, as it would be when it is stored', () => {
  const cut = 'done \u{1F389}'.slice(0, -1);
  expect(redactText(cut)).toBe('done \uFFFD');
  const record = aRecord(null, { kind: 'incident_escalated', body: { error: 'E', cause: cut, explanation: cut } });
  const stored = JSON.parse(Buffer.from(JSON.stringify(record)).toString('utf8')) as typeof record;
  expect(verifyChain([stored], sha256)).toEqual([]);
});

test('every text of a value is redacted at any depth, and nothing else changes', () => {
  const value = { a: [{ b: 'mail me: a@example.com', n: 4, none: null }, 'a@example.com'], ok: true };
  expect(redact(value)).toEqual({
    a: [{ b: 'mail me: [redacted:email-address]', n: 4, none: null }, '[redacted:email-address]'],
    ok: true,
  });
});

test('who is accountable stays, by an e-mail address as well', () => {
  const anna = 'anna@example.com';
  const value = {
    approval: { approver: anna, approvers: ['ada@example.com', anna] },
    signal: { request: { by: anna } },
    decision: { requestedBy: anna },
    workload: { owner: anna, maintenanceWindows: [{ pausedBy: anna }] },
  };
  expect(redact(value)).toEqual(value);
});

test.each(entries.map((entry) => [entry.kind, entry] as const))(
  '%s: nothing in it is taken for a secret',
  (_kind, entry) => {
    expect(redact(entry)).toEqual(entry);
  },
);

test('a record is stored without the secret that an error message carried, and its hash is true', () => {
  const leaking: JournalEntry = {
    kind: 'incident_escalated',
    body: { error: 'TaskFailed', cause: 'DB_PASSWORD=hunter2secret was refused', explanation: 'ask anna@example.com' },
  };
  const record = aRecord(null, leaking);
  expect(record.body).toEqual({
    error: 'TaskFailed',
    cause: 'DB_PASSWORD=[redacted:secret] was refused',
    explanation: 'ask [redacted:email-address]',
  });
  expect(verifyChain([record], sha256)).toEqual([]);
});
