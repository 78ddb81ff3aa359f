import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

/** Stacks with what an emulator cannot create carry this suffix; they are deployed to AWS only. */
const CLOUD_ONLY = /-cloud$/;

const Manifest = z.object({
  artifacts: z
    .record(
      z.string(),
      z.object({
        type: z.string(),
        displayName: z.string().optional(),
        properties: z.object({ directoryName: z.string().optional() }).optional(),
      }),
    )
    .default({}),
});

/**
 * The stacks of a synthesised stage that can be deployed anywhere, by their path (`Kintsugi-dev/data`).
 *
 * @param assemblyDir - where the CDK wrote its cloud assembly
 * @throws Error when the assembly holds no such stage, naming those it holds
 */
export const stacksOfStage = async (assemblyDir: string, stage: string): Promise<readonly string[]> => {
  const { artifacts } = await readManifest(assemblyDir);
  const nested = Object.entries(artifacts).filter(([, artifact]) => artifact.type === 'cdk:cloud-assembly');
  const found = nested.find(([id, artifact]) => id === `assembly-${stage}` || artifact.displayName === stage);
  if (found === undefined) {
    const stages = nested.map(([id, artifact]) => artifact.displayName ?? id);
    throw new Error(`The CDK app has no stage ${stage}; it has ${stages.join(', ') || 'none'}.`);
  }
  const [id, artifact] = found;
  const stageManifest = await readManifest(join(assemblyDir, artifact.properties?.directoryName ?? id));
  return Object.values(stageManifest.artifacts)
    .filter(({ type }) => type === 'aws:cloudformation:stack')
    .flatMap(({ displayName }) => (displayName === undefined ? [] : [displayName]))
    .filter((path) => !CLOUD_ONLY.test(path));
};

const readManifest = async (assemblyDir: string): Promise<z.output<typeof Manifest>> =>
  Manifest.parse(JSON.parse(await readFile(join(assemblyDir, 'manifest.json'), 'utf8')));
