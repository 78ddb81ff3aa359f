import type { ActionPlan } from '../contracts/action.ts';
import type { Json } from '../journal/canonical-json.ts';
import { canonicalJson } from '../journal/canonical-json.ts';
import type { Sha256 } from '../shared/ports.ts';

/** SHA-256 of a plan's canonical JSON: what verdicts and approvals are bound to. */
export const hashPlan = (plan: ActionPlan, sha256: Sha256): string => sha256(canonicalJson(plan as Json));
