import * as z from 'zod';
import { JournalEntrySchema } from '../../../core/contracts/journal.ts';
import { PolicyRequestSchema } from '../../../core/contracts/policy-request.ts';
import { KEPT_TEXTS, KEPT_WHOLE } from '../../../core/journal/kept-fields.ts';
import { redact } from '../../../core/journal/redact.ts';

/** Sentences, and single words of which none can look like a secret. */
const REDACTED = [
  ...['cause', 'check', 'detail', 'error', 'explanation', 'fact', 'fix', 'limit', 'limitSource', 'masked', 'notSeen'],
  ...['reason', 'reasons', 'summary'],
  ...['arg', 'from', 'kind', 'mode', 'to'],
];

interface Schema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: unknown;
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
}

/** The field of each text, those in lists and under keys that the schema does not name included. */
const textsOf = (name: string, schema: Schema): string[] => {
  const { anyOf = [], oneOf = [], items, properties = {}, additionalProperties } = schema;
  const isOpen = Object.keys(schema).length === 0;
  const isOneOf = schema.enum !== undefined || schema.const !== undefined;
  const isText = [schema.type].flat().includes('string') && schema.format !== 'date-time' && !isOneOf;
  return [
    ...(isOpen || isText ? [name] : []),
    ...[...anyOf, ...oneOf, ...(items ? [items] : [])].flatMap((member) => textsOf(name, member)),
    ...Object.entries(properties).flatMap(([key, member]) => textsOf(key, member)),
    ...(typeof additionalProperties === 'object' ? textsOf(name, additionalProperties) : []),
  ];
};

const jsonSchema = (schema: z.ZodType) => z.toJSONSchema(schema) as Schema;
/** The request of a verdict is stored as any JSON; what it holds has a schema of its own. */
const TEXTS = new Set([
  ...textsOf('entry', jsonSchema(JournalEntrySchema)).filter((name) => name !== 'request'),
  ...textsOf('request', jsonSchema(PolicyRequestSchema)),
]);

test('each text of a record is named once: as one that stays, or as one that is redacted', () => {
  expect([...KEPT_TEXTS, ...KEPT_WHOLE, ...REDACTED].sort()).toEqual([...TEXTS].sort());
});

test.each([
  ['toRevision', 'arn:aws:ecs:eu-central-1:111122223333:task-definition/rotate-secret:1042'],
  ['revision', 'arn:aws:lambda:eu-central-1:111122223333:function:reset-password:live'],
  ['changeIds', ['ecs-svc/4111111111111111']],
  ['workloadId', 'sk-payments-reconciliation-service'],
  ['dimensions', { ServiceName: 'sk-payments-reconciliation-service' }],
  ['catalogue', { symptoms: [{ id: 'authErr', meaning: 'password: expired' }] }],
])('%s stays, however much it looks like a secret', (name, value) => {
  const body = { list: [{ [name]: value }] };
  expect(redact(body)).toEqual(body);
});

test('a field that nobody has named is redacted', () => {
  expect(redact({ remark: 'password=hunter2secret' })).toEqual({ remark: 'password=[redacted:secret]' });
});
