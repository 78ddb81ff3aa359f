import * as z from 'zod';
import { InvalidInputError } from '../shared/errors.ts';

/**
 * The expert catalogue: which faults there are, what they look like, and what cures them. It is data that a user can
 * edit; the learner treats every figure in it as a prior worth a few observations, not as truth.
 *
 * Ids are plain strings here, because the engine works with whatever catalogue it is given; the product's own ids are
 * narrowed in `core/contracts`.
 */
export type SymptomId = string;
export type ActionId = string;
export type HypothesisId = string;

/** Always allowed, always last: hand over to a person. Priced by {@link Catalogue.costs}, not by an action row. */
export const ESCALATE: ActionId = 'escalate';

/** The hypothesis that none of the catalogue's faults is the cause. Every belief contains it. */
export const UNKNOWN: HypothesisId = 'unknown';

/** How likely an action cures a fault, as an expert would say it; an action not named is `none`. */
export const CURE_PROBABILITY = { none: 0.03, unlikely: 0.12, possible: 0.35, likely: 0.6, veryLikely: 0.85 } as const;

/** How often a cure does not last the hour. */
export const RELAPSE_PROBABILITY = { rarely: 0.03, sometimes: 0.12, often: 0.35 } as const;

/** How often an action that does not cure makes it worse. */
export const WORSENED_PROBABILITY = { rarely: 0.03, sometimes: 0.12, often: 0.4, usually: 0.85 } as const;

const levels = <T extends string>(scale: Readonly<Record<T, number>>) => z.enum(Object.keys(scale) as [T, ...T[]]);

const IdSchema = z.string().regex(/^[a-zA-Z][a-zA-Z0-9]*$/, 'an id is a letter followed by letters and digits');
const ProbabilitySchema = z.number().gt(0).lt(1);
const MinutesSchema = z.number().positive().max(1_440);
const MixSchema = z.strictObject({
  dev: z.number().nonnegative(),
  stage: z.number().nonnegative(),
  prod: z.number().nonnegative(),
});

const SymptomRowSchema = z.strictObject({
  id: IdSchema,
  meaning: z.string().min(1),
  /** P(present | a fault that does not name it). */
  background: ProbabilitySchema,
  /** True for symptoms that say something was changed shortly before; they are named in the fingerprint. */
  change: z.boolean().default(false),
});

const ActionRowSchema = z.strictObject({
  id: IdSchema.refine((id) => id !== ESCALATE, '"escalate" is built in and has no row'),
  /** Minutes from applying to verified recovery, when it works. */
  fixMinutes: MinutesSchema,
  /** Minutes from applying to the verdict that it did not work. */
  verifyMinutes: MinutesSchema,
  /** What the action itself costs, in impact-minutes. */
  cost: z.number().nonnegative().max(1_440),
  /** Applies only if all of these symptoms are present. */
  requires: z.array(IdSchema).default([]),
  /** Does not apply if any of these symptoms is present. */
  forbiddenBy: z.array(IdSchema).default([]),
  /** Does not apply if any of these context flags is set. */
  blockedBy: z.array(IdSchema).default([]),
});

const HypothesisRowSchema = z.strictObject({
  id: IdSchema.refine((id) => id !== UNKNOWN, '"unknown" is built in and has no row'),
  meaning: z.string().min(1),
  /** Share of users' requests that suffer while it lasts, 0 to 1. */
  impact: z.number().gt(0).max(1),
  /** Relative frequency per environment; any positive scale. */
  mix: MixSchema,
  cures: z.record(IdSchema, levels(CURE_PROBABILITY)),
  relapse: z.record(IdSchema, levels(RELAPSE_PROBABILITY)).default({}),
  worsened: z.record(IdSchema, levels(WORSENED_PROBABILITY)).default({}),
  /** P(present | this fault); a symptom not named has its background. */
  symptoms: z.record(IdSchema, ProbabilitySchema),
  /** What the expert runbook tries, in order, when it believes this is the cause. */
  runbook: z.array(IdSchema),
});

const CatalogueShape = z.strictObject({
  version: z.string().min(1),
  costs: z.strictObject({
    /** Minutes until a person who was called has solved it. */
    escalationMinutes: MinutesSchema,
    /** What calling a person costs, in impact-minutes. */
    escalationCost: z.number().nonnegative(),
    /** Impact-minutes lost when an action makes it worse. */
    worsened: z.number().nonnegative(),
    /** Minutes, times the fault's impact, lost when a cure does not last the hour. */
    relapse: z.number().nonnegative(),
  }),
  /** What is assumed of a fault that the catalogue does not know. */
  unknown: z.strictObject({
    impact: z.number().gt(0).max(1),
    /** Its share of all incidents, 0 to 1. */
    share: ProbabilitySchema,
    symptom: ProbabilitySchema,
    cure: ProbabilitySchema,
    worsened: ProbabilitySchema,
  }),
  symptoms: z.array(SymptomRowSchema).min(1).max(64),
  actions: z.array(ActionRowSchema).min(1).max(32),
  hypotheses: z.array(HypothesisRowSchema).min(1).max(64),
});

/** Names in one part of the file that another part must know. */
const references = (catalogue: z.output<typeof CatalogueShape>) => {
  const symptoms = new Set(catalogue.symptoms.map(({ id }) => id));
  const actions = new Set(catalogue.actions.map(({ id }) => id));
  return [
    ...catalogue.actions.flatMap((row, index) =>
      (['requires', 'forbiddenBy'] as const).flatMap((field) =>
        row[field].map((id) => ({ path: ['actions', index, field], id, known: symptoms, kind: 'symptom' })),
      ),
    ),
    ...catalogue.hypotheses.flatMap((row, index) => [
      ...(['cures', 'relapse', 'worsened'] as const).flatMap((field) =>
        Object.keys(row[field]).map((id) => ({
          path: ['hypotheses', index, field],
          id,
          known: actions,
          kind: 'action',
        })),
      ),
      ...row.runbook.map((id) => ({ path: ['hypotheses', index, 'runbook'], id, known: actions, kind: 'action' })),
      ...Object.keys(row.symptoms).map((id) => ({
        path: ['hypotheses', index, 'symptoms'],
        id,
        known: symptoms,
        kind: 'symptom',
      })),
    ]),
  ];
};

/** Schema of a catalogue file: row formats, unique ids, and that every name used is defined. */
export const CatalogueSchema = CatalogueShape.superRefine((catalogue, context) => {
  for (const table of ['symptoms', 'actions', 'hypotheses'] as const) {
    const seen = new Set<string>();
    catalogue[table].forEach(({ id }, index) => {
      if (seen.has(id))
        context.addIssue({ code: 'custom', path: [table, index, 'id'], message: `"${id}" is there twice` });
      seen.add(id);
    });
  }
  for (const { path, id, known, kind } of references(catalogue)) {
    if (!known.has(id)) {
      const allowed = [...known].join(', ');
      context.addIssue({ code: 'custom', path, message: `"${id}" is not a ${kind} of this catalogue (${allowed})` });
    }
  }
});

/** A valid catalogue. */
export type Catalogue = z.output<typeof CatalogueSchema>;
/** What a catalogue file contains: defaults may be left out. */
export type CatalogueInput = z.input<typeof CatalogueSchema>;
export type HypothesisRow = Catalogue['hypotheses'][number];
export type ActionRow = Catalogue['actions'][number];
/** Whose mix of faults applies. */
export type MixName = keyof HypothesisRow['mix'];

/** The id of the row an issue is about, so that a person finds it by name and not by counting. */
const rowName = (data: unknown, path: readonly PropertyKey[]): string => {
  const [table, index] = path;
  if (typeof table !== 'string' || typeof index !== 'number') return '';
  const rows: unknown = (data as Readonly<Record<string, unknown>>)[table];
  const row: unknown = Array.isArray(rows) ? rows[index] : undefined;
  const id: unknown = typeof row === 'object' && row !== null && 'id' in row ? row.id : undefined;
  return typeof id === 'string' ? `${table} row "${id}"` : `${table} row ${String(index + 1)}`;
};

/**
 * Checks a catalogue file's content.
 *
 * @param data - parsed JSON
 * @throws InvalidInputError with one line per fault of the file: row by its id, field, what is wrong
 */
export const parseCatalogue = (data: unknown): Catalogue => {
  const parsed = CatalogueSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => {
    const row = rowName(data, issue.path);
    const field = (row === '' ? issue.path : issue.path.slice(2)).map(String).join('.');
    return `- ${[row, field].filter((part) => part !== '').join(', ')}: ${issue.message}`;
  });
  throw new InvalidInputError(`the catalogue is not valid:\n${lines.join('\n')}`);
};
