/** Why a message is not taken as a wish at all, before anything is read into it. */
const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/, 'it contains characters that cannot be seen'],
  [
    /\b(ignore|disregard|forget|bypass|override|skip|disable|circumvent|evade|turn off|switch off)\b[^.;]*\b(rules?|instructions?|guards?|guardrails?|safety|polic(y|ies)|checks?|approvals?|restrictions?|limits?|enforce)\b/,
    'nobody can talk the guards away',
  ],
  [
    /\bwithout (any )?(asking|approval|confirm\w*|checks?|permission|guards?)\b|\bno (confirmation|approval)s?( is)? (needed|required|necessary)\b|\bdo not ask\b/,
    'nothing is done without a confirmation and the guards',
  ],
  [
    /\byou are now\b|developer mode|system prompt|jailbreak|\bpretend\b|\bact as\b|repeat after me|\bnew rule\b|override code|\btranslate\b|\bwrote\b|\bsays?\b\s*["']/,
    'it reports or stages words instead of asking for something',
  ],
  [/\b(system|assistant|user|human|developer|admin) ?:/, 'it plays somebody else'],
  [
    /[`$|<>{}\\]|&&|\brm -|\bsudo\b|\bcurl\b|\bkubectl\b|\baws [a-z]+ [a-z]+-|\bdrop (all )?(the )?(tables?|databases?)\b|' or '|; ?drop\b/,
    'it looks like a program, and programs are not run here',
  ],
  [/\b(delete|destroy|terminate|wipe|erase)\b/, 'nothing is ever deleted'],
  [/\bapprove (everything|all|every|any)\b|\bauto-?approve\b/, 'an approval is for one plan, once'],
  [/\b(change|edit|alter|rewrite|forge)\b[^.;]*\b(journal|records?|history|log)\b/, 'records are only ever added to'],
  [
    /\b(give|print|show|send|reveal|what is|what are)\b[^.;]*\b(keys?|passwords?|credentials|secrets?|tokens?)\b(?!.*\bexpire)/,
    'secrets are not known here',
  ],
];

/**
 * What speaks against reading a message as a wish; null if nothing does. The grammar would not understand these either; this
 * says why, and keeps them from any language model.
 */
export const hostility = (message: string): string | null => {
  const plain = message.toLowerCase();
  return SIGNS.find(([pattern]) => pattern.test(plain))?.[1] ?? null;
};
