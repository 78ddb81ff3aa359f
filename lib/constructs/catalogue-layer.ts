import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { parseCatalogue, type Catalogue } from '../../core/learning/catalogue.ts';
import type { AgentFunction } from './agent-function.ts';

export interface CatalogueLayerProps {
  /** The environment's own catalogue: JSON, in the shape of `core/learning/default-catalogue.ts`. */
  readonly file: string;
  /** Folder for what is deployed of it. */
  readonly outDir: string;
}

const NAME = 'catalogue.json';

/**
 * An environment's own expert catalogue, checked at synthesis and put beside its functions' code as a layer: a figure can
 * be changed without touching code, and nobody decides by a file with a mistake in it.
 */
export class CatalogueLayer extends Construct {
  readonly resource: lambda.LayerVersion;

  /** @throws Error at synthesis that names the file, the row, the field and what is allowed */
  constructor(scope: Construct, id: string, { file, outDir }: CatalogueLayerProps) {
    super(scope, id);
    const folder = resolve(outDir);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, NAME), JSON.stringify(readCatalogue(file)));
    this.resource = new lambda.LayerVersion(this, 'Resource', {
      code: lambda.Code.fromAsset(folder),
      compatibleRuntimes: [lambda.Runtime.NODEJS_22_X],
      description: `Expert catalogue from ${file}`,
    });
  }

  /** Lets a function decide by this catalogue. */
  useIn(fn: AgentFunction): void {
    fn.resource.addLayers(this.resource);
    fn.resource.addEnvironment('CATALOGUE_FILE', `/opt/${NAME}`);
  }
}

const readCatalogue = (file: string): Catalogue => {
  try {
    return parseCatalogue(JSON.parse(readFileSync(file, 'utf8')) as unknown);
  } catch (error) {
    throw new Error(`catalogueFile ${file} cannot be used: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
};
