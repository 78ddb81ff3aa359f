import type { CloudView, IncidentView } from './watcher.ts';
import { isClosed } from './watcher.ts';
import { isWell } from './shop-readings.ts';

/** What the introduction wants next. */
export type IntroductionStep =
  | { readonly kind: 'wait' }
  /** The shop is well: break it now. */
  | { readonly kind: 'break' }
  | { readonly kind: 'healed'; readonly incident: IncidentView }
  | { readonly kind: 'failed'; readonly reason: string };

/** Long enough to see the shop healthy, and for the metrics to have a "before". */
const HEALTHY_MS = 4_000;
const HEALTHY_DEADLINE_MS = 60_000;
const HEALED_DEADLINE_MS = 150_000;

/** Waits for a healthy shop, has it broken once, waits for the end of the incident. Times in epoch milliseconds. */
export class Introduction {
  readonly #startedAt: number;
  #healthySince: number | null = null;
  #brokenAt: number | null = null;

  constructor(now: number) {
    this.#startedAt = now;
  }

  next(view: CloudView, now: number): IntroductionStep {
    return this.#brokenAt === null ? this.#beforeBreak(view, now) : this.#afterBreak(view, now, this.#brokenAt);
  }

  #beforeBreak({ services, alarmed }: CloudView, now: number): IntroductionStep {
    const isHealthy = services.length > 0 && services.every(isWell) && alarmed.size === 0;
    this.#healthySince = isHealthy ? (this.#healthySince ?? now) : null;
    if (this.#healthySince !== null && now - this.#healthySince >= HEALTHY_MS) {
      this.#brokenAt = now;
      return { kind: 'break' };
    }
    if (now - this.#startedAt < HEALTHY_DEADLINE_MS) return { kind: 'wait' };
    const sick = services.filter((one) => !isWell(one)).map(({ service }) => service);
    const what = [...new Set([...sick, ...alarmed])].join(', ');
    return {
      kind: 'failed',
      reason: `the shop did not become healthy within ${HEALTHY_DEADLINE_MS / 1_000} s: ${what}`,
    };
  }

  #afterBreak({ incidents }: CloudView, now: number, brokenAt: number): IntroductionStep {
    const ended = incidents.find((one) => isClosed(one) && Date.parse(one.incident.openedAt) >= brokenAt);
    if (ended?.incident.status === 'recovered') return { kind: 'healed', incident: ended };
    if (ended !== undefined) {
      return { kind: 'failed', reason: `incident ${ended.incident.incidentId} ended as ${ended.incident.status}` };
    }
    if (now - brokenAt < HEALED_DEADLINE_MS) return { kind: 'wait' };
    return { kind: 'failed', reason: `nothing was healed within ${HEALED_DEADLINE_MS / 1_000} s of the fault` };
  }
}
