import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import type { Evaluation, ModelSnapshot } from '../../core/contracts/model.ts';
import { EvaluationSchema, ModelSnapshotSchema, ModelVersionSchema } from '../../core/contracts/model.ts';
import type { Json } from '../../core/journal/canonical-json.ts';
import { canonicalJson } from '../../core/journal/canonical-json.ts';
import { frozenAt } from '../../core/model/hand-on.ts';
import { isIntact } from '../../core/model/snapshot.ts';
import { InvalidInputError } from '../../core/shared/errors.ts';
import type { ModelArchive, Sha256 } from '../../core/shared/ports.ts';
import { parseStored } from './parse-stored.ts';
import { calling, isNamed } from './sdk-errors.ts';

const VERSIONS = 'versions/';
const EVALUATIONS = 'evaluations/';

/** Versions as canonical JSON in a bucket, one object each, written once; evaluations beside them, one object per evaluation. */
export const s3Models = (client: S3Client, bucket: string, sha256: Sha256): ModelArchive => {
  const put = async (key: string, value: Json): Promise<void> => {
    const command = new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: canonicalJson(value),
      ContentType: 'application/json',
      IfNoneMatch: '*',
    });
    try {
      await calling('s3:PutObject', () => client.send(command), `${bucket}/${key}`);
    } catch (error) {
      // The name holds the hash of the content: what is there already is the same.
      if (!isNamed(error, 'PreconditionFailed')) throw error;
    }
  };
  const get = async (key: string): Promise<unknown> => {
    const command = new GetObjectCommand({ Bucket: bucket, Key: key });
    const { Body } = await calling('s3:GetObject', () => client.send(command), `${bucket}/${key}`);
    const text = (await Body?.transformToString()) ?? '';
    return parseStored(JsonText, text, `${bucket}/${key}`);
  };
  /** Keys below a prefix, in the order of their names. */
  const keys = async (prefix: string): Promise<readonly string[]> => {
    const found: string[] = [];
    let next: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        ...(next === undefined ? {} : { ContinuationToken: next }),
      });
      const page = await calling('s3:ListBucket', () => client.send(command), bucket);
      found.push(...(page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key])));
      next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (next !== undefined);
    return found;
  };
  return {
    put: (snapshot) => put(`${VERSIONS}${snapshot.version}.json`, snapshot as unknown as Json),
    get: async (version) => {
      const key = `${VERSIONS}${parseStored(ModelVersionSchema, version, 'version of a model')}.json`;
      const stored = await get(key).catch((error: unknown) => {
        if (isNamed(error, 'NoSuchKey')) throw new InvalidInputError(`there is no version ${version} in ${bucket}`);
        throw error;
      });
      return checked(parseStored(ModelSnapshotSchema, stored, `${bucket}/${key}`), sha256);
    },
    versions: async () =>
      (await keys(VERSIONS))
        .map((key) => key.slice(VERSIONS.length).replace(/\.json$/, ''))
        .filter((name) => ModelVersionSchema.safeParse(name).success)
        .sort((a, b) => frozenAt(b).localeCompare(frozenAt(a))),
    putEvaluation: (evaluation) =>
      put(`${EVALUATIONS}${evaluation.candidate}/${evaluation.at}.json`, evaluation as unknown as Json),
    evaluations: async (version) => {
      const found = await keys(`${EVALUATIONS}${version}/`);
      const read = async (key: string): Promise<Evaluation> => parseStored(EvaluationSchema, await get(key), key);
      return (await Promise.all(found.map(read))).sort((a, b) => b.at.localeCompare(a.at));
    },
  };
};

const JsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON' });
    return z.NEVER;
  }
});

const checked = (snapshot: ModelSnapshot, sha256: Sha256): ModelSnapshot => {
  if (isIntact(snapshot, sha256)) return snapshot;
  throw new InvalidInputError(`version ${snapshot.version} was changed: its content does not match its hash`);
};
