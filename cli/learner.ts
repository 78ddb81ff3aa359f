import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import * as z from 'zod';
import { applicableActions } from '../core/learning/applicability.ts';
import type { Symptoms } from '../core/learning/belief.ts';
import { ESCALATE, type ActionId, type Catalogue } from '../core/learning/catalogue.ts';
import { beliefOf, choose, situationOf } from '../core/learning/choice.ts';
import { creditIncident } from '../core/learning/credit.ts';
import { defaultCatalogue } from '../core/learning/default-catalogue.ts';
import { applyDeltas, type QTable } from '../core/learning/evidence.ts';
import { restrictCatalogue, withoutCures } from '../core/learning/restrict.ts';
import { InvalidInputError } from '../core/shared/errors.ts';
import { mustBeWritable, readText, writeText } from './system/files.ts';

/**
 * The learner as a process: JSON lines in, one line out per `decide`. It lets anyone's simulator measure Decide without
 * an AWS account, and decides by the same code as the deployed one.
 */
export interface LearnerProcessOptions {
  /** `catalogue`: the expert's table; `flat`: how faults look is known, what cures them is not. */
  readonly prior: 'catalogue' | 'flat';
  /** File with evidence to start from, as `--save` writes it. */
  readonly pretrained?: string;
  /** File into which the evidence is written when the input ends. */
  readonly save?: string;
}

/** Attempts per incident, and prod's optimism: the process may be asked about production. */
const MAX_ATTEMPTS = 3;
const OPTIMISM = 0.3;

const IdSchema = z.union([z.string(), z.number()]).transform(String);
const OutcomeSchema = z.object({
  attempt: z.number().optional(),
  action: z.string(),
  recovered: z.boolean().default(false),
  minutes: z.number().default(0),
  cost: z.number().optional(),
  worse: z.boolean().default(false),
  relapsed: z.boolean().nullable().default(null),
});
type StepLine = z.output<typeof OutcomeSchema>;

const TriedSchema = z.union([
  z.string().transform((action) => ({ action, worse: false })),
  z
    .object({ action: z.string(), worse: z.boolean().default(false), outcome: z.string().optional() })
    .transform(({ action, worse, outcome }) => ({ action, worse: worse || outcome === 'worse' })),
]);

const LineSchema = z.discriminatedUnion('t', [
  z.object({ t: z.literal('reset'), actions: z.array(z.string()).min(1), symptoms: z.array(z.string()).min(1) }),
  z.object({
    t: z.literal('decide'),
    id: IdSchema,
    attempt: z.int().min(0).default(0),
    tried: z.array(TriedSchema).default([]),
    allowed: z.array(z.string()),
    symptoms: z.array(z.string()),
    context: z.record(z.string(), z.unknown()).default({}),
  }),
  z.object({ t: z.literal('learn'), id: IdSchema, steps: z.array(OutcomeSchema) }),
]);
type Line = z.output<typeof LineSchema>;
type DecideLine = Extract<Line, { t: 'decide' }>;

/** `rows`: evidence per hypothesis. Counts of an attribute nobody knows are kept and never read. */
const TableFileSchema = z.object({ rows: z.record(z.string(), z.record(z.string(), z.number())) });

const parseJson = (text: string, what: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidInputError(`${what} is not JSON: ${text.slice(0, 80)}`, { cause });
  }
};

const readTable = async (file: string): Promise<QTable> => {
  const called = `--pretrained ${file}`;
  const parsed = TableFileSchema.safeParse(parseJson(await readText(file, called), called));
  if (!parsed.success) throw new InvalidInputError(`${called}: ${z.prettifyError(parsed.error)}`);
  return new Map(Object.entries(parsed.data.rows));
};

/** The learner of one world: what it knows, and which incidents are open. */
class Learner {
  readonly #catalogue: Catalogue;
  readonly #symptomsOf = new Map<string, Symptoms>();
  readonly #learned = new Set<string>();
  #table: QTable;

  constructor(catalogue: Catalogue, table: QTable) {
    this.#catalogue = catalogue;
    this.#table = table;
  }

  get table(): QTable {
    return this.#table;
  }

  decide({ id, attempt, tried, allowed, symptoms: present, context }: DecideLine): ActionId {
    const seen = new Set(present);
    const symptoms = Object.fromEntries(this.#catalogue.symptoms.map((symptom) => [symptom.id, seen.has(symptom.id)]));
    this.#symptomsOf.set(id, symptoms);
    const flags = Object.fromEntries(Object.entries(context).map(([flag, value]) => [flag, Boolean(value)]));
    // Both must agree: what the caller allows, and what the catalogue's own masks leave.
    const applicable = new Set(applicableActions(this.#catalogue, symptoms, flags));
    const situation = situationOf({
      catalogue: this.#catalogue,
      table: this.#table,
      symptoms,
      attempt,
      tried: tried.map(({ action, worse }) => ({ action, outcome: worse ? 'worse' : 'unchanged' })),
      allowed: allowed.filter((action) => applicable.has(action)),
      optimism: OPTIMISM,
      maxAttempts: MAX_ATTEMPTS,
    });
    return choose(situation, beliefOf(situation, symptoms), symptoms).action;
  }

  /** An incident is learned once; a line that is delivered again changes nothing. */
  learn(id: string, steps: readonly StepLine[]): void {
    if (this.#learned.has(id)) return;
    const symptoms = this.#symptomsOf.get(id);
    if (symptoms === undefined)
      throw new InvalidInputError(`"learn" of incident "${id}", for which nothing was decided`);
    this.#symptomsOf.delete(id);
    this.#learned.add(id);
    const taken = steps.filter(({ action }) => action !== ESCALATE);
    const input = { catalogue: this.#catalogue, table: this.#table, symptoms, steps: taken };
    this.#table = applyDeltas(this.#table, creditIncident(input));
  }
}

/**
 * Speaks the protocol until the input ends: `{"t":"reset","actions","symptoms"}` starts a new world that knows only the
 * prior; `{"t":"decide",...}` is answered by `{"action"}`; `{"t":"learn",...}` is not answered.
 *
 * @throws InvalidInputError naming the line, for a line that is not of the protocol; nothing is guessed
 */
export const runLearner = async (stdin: Readable, stdout: Writable, options: LearnerProcessOptions): Promise<void> => {
  const catalogue = options.prior === 'flat' ? withoutCures(defaultCatalogue) : defaultCatalogue;
  if (options.save !== undefined) await mustBeWritable(options.save, `--save ${options.save}`);
  const start: QTable = options.pretrained === undefined ? new Map() : await readTable(options.pretrained);
  let learner = new Learner(catalogue, start);
  let number = 0;
  for await (const text of createInterface({ input: stdin, crlfDelay: Infinity })) {
    number += 1;
    if (text.trim() === '') continue;
    const parsed = LineSchema.safeParse(parseJson(text, `line ${String(number)}`));
    if (!parsed.success) throw new InvalidInputError(`line ${String(number)}: ${z.prettifyError(parsed.error)}`);
    const line = parsed.data;
    switch (line.t) {
      case 'reset':
        learner = new Learner(restrictCatalogue(catalogue, line), start);
        break;
      case 'decide':
        stdout.write(`${JSON.stringify({ action: learner.decide(line) })}\n`);
        break;
      case 'learn':
        learner.learn(line.id, line.steps);
        break;
    }
  }
  if (options.save !== undefined) {
    const text = `${JSON.stringify({ rows: Object.fromEntries(learner.table) }, null, 2)}\n`;
    await writeText(options.save, text, `--save ${options.save}`);
  }
};
