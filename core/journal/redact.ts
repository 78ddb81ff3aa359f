/** What a text may hold that a record must not: the name that takes its place, and how it is recognised. */
interface Rule {
  readonly name: string;
  /** What its group `key` matches stays, in front of the name. */
  readonly pattern: RegExp;
  /** A second look where the pattern alone would take too much. */
  readonly confirm?: (match: string) => boolean;
}

/**
 * Credentials by the formats that their issuers publish, then by what stands in front of them, then personal data.
 * The order matters: a token inside an assignment is named as what it is.
 */
const RULES: readonly Rule[] = [
  {
    name: 'private-key',
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  },
  { name: 'aws-access-key', pattern: /(?<![A-Z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Z0-9])/g },
  {
    name: 'github-token',
    pattern: /(?<![A-Za-z0-9_])(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})/g,
  },
  { name: 'gitlab-token', pattern: /(?<![A-Za-z0-9_-])gl(?:pat|ptt|dt|rt)-[\w-]{20,}/g },
  { name: 'slack-token', pattern: /(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,}/g },
  { name: 'slack-webhook', pattern: /https:\/\/hooks\.slack\.com\/(?:services|workflows)\/[\w/+-]+/g },
  { name: 'stripe-key', pattern: /(?<![A-Za-z0-9])[rs]k_(?:live|test)_[A-Za-z0-9]{10,}/g },
  { name: 'google-api-key', pattern: /(?<![\w-])AIza[\w-]{35}(?![\w-])/g },
  { name: 'npm-token', pattern: /(?<![A-Za-z0-9_])npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])/g },
  { name: 'sendgrid-key', pattern: /(?<![A-Za-z0-9])SG\.[\w-]{16,32}\.[\w-]{16,64}/g },
  { name: 'openai-key', pattern: /(?<![A-Za-z0-9])sk-(?:proj-|ant-)?[A-Za-z0-9_-]{20,}/g },
  { name: 'json-web-token', pattern: /(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*/g },
  {
    name: 'password',
    pattern: /(?<key>\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/gi,
  },
  {
    name: 'credential',
    pattern: /(?<key>\b(?:[Bb]earer|[Bb]asic|BEARER|BASIC)\s+)(?=[\w+/.~-]*[\dA-Z+/=])[\w+/.~-]{12,}=*/g,
  },
  {
    name: 'signature',
    pattern: /(?<key>[?&](?:X-Amz-(?:Signature|Credential|Security-Token)|sig|signature)=)[^&\s"']+/gi,
  },
  {
    name: 'secret',
    pattern:
      /(?<key>\b[\w.-]*(?:password|passwd|pwd|secret|(?:api|access|account|private)[_-]?key|(?:auth|access|refresh|session)[_-]?token)\w*["']?\s*(?:[:=]|=>)\s*["']?)(?!\[redacted)[^\s"',;&}[\]]{4,}/gi,
  },
  {
    name: 'card-number',
    pattern:
      /(?<![\w.-])(?:(?:\d{4}[ -]){3}\d{4}|4\d{15}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|6(?:011|5\d\d)\d{12})(?![\w-])/g,
    confirm: (match) => isLuhn(match.replace(/\D/g, '')),
  },
  { name: 'iban', pattern: /(?<![\w-])[A-Z]{2}\d{2} ?(?:[A-Z0-9]{4} ?){2,7}[A-Z0-9]{1,4}(?![\w-])/g, confirm: isIban },
  { name: 'social-security-number', pattern: /(?<![\w.-])\d{3}-\d{2}-\d{4}(?![\w-])/g },
  { name: 'phone-number', pattern: /(?<![\w+])\+\d{1,3}(?:[ .()-]{0,2}\d){8,12}(?!\d)/g },
  {
    name: 'email-address',
    pattern: /(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}\b/gi,
  },
];

/** ISO/IEC 7812-1: the digit sum that card numbers satisfy, and nine of ten other numbers do not. */
const isLuhn = (digits: string): boolean => {
  const values = [...digits].reverse().map((digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return value > 9 ? value - 9 : value;
  });
  // Stryker disable next-line ArithmeticOperator: ten divides the negative of a sum as it divides the sum
  return values.reduce((total, value) => total + value, 0) % 10 === 0;
};

/** ISO 13616: the remainder by 97 that bank account numbers have, letters counted from A = 10. */
function isIban(match: string): boolean {
  const text = match.replace(/ /g, '');
  const digits = [...(text.slice(4) + text.slice(0, 4))].map((char) => parseInt(char, 36)).join('');
  return [...digits].reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0) === 1;
}

/**
 * A text without credentials and personal data; each is replaced by `[redacted:<what it was>]`.
 *
 * Redacting twice changes nothing, so a text may be redacted wherever it comes in and once more before it is stored.
 */
export const redactText = (text: string): string => RULES.reduce(without, text);

const without = (text: string, { name, pattern, confirm }: Rule): string => {
  const parts: string[] = [];
  const search = new RegExp(pattern);
  let done = 0;
  for (let found = search.exec(text); found !== null; found = search.exec(text)) {
    const [match] = found;
    if (confirm !== undefined && !confirm(match)) {
      // What was looked for may begin within what it is not: a card number behind other groups of four digits.
      search.lastIndex = found.index + 1;
      continue;
    }
    parts.push(text.slice(done, found.index), found.groups?.['key'] ?? '', `[redacted:${name}]`);
    done = found.index + match.length;
  }
  return [...parts, text.slice(done)].join('');
};

/** Who decided is what an audit asks first: a name that was given on purpose, and stays. */
const IDENTITIES: ReadonlySet<string> = new Set(['approver']);

/**
 * A JSON value whose texts, at any depth, are redacted; keys, numbers and the identity of a person who decided stay.
 *
 * @param value - what is about to be stored; it is not changed
 */
export const redact = <T>(value: T): T => redactMember('', value) as T;

const redactMember = (key: string, value: unknown): unknown => {
  if (typeof value === 'string') return IDENTITIES.has(key) ? value : redactText(value);
  if (Array.isArray(value)) return value.map((item: unknown) => redactMember(key, item));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, redactMember(name, member)]));
};
