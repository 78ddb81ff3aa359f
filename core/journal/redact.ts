import { KEPT_TEXTS, KEPT_WHOLE } from './kept-fields.ts';

/**
 * Takes out of a text what a record must not hold, and puts the name of it in its place.
 *
 * @param pattern - what its group `key` matches stays, in front of the name
 * @param confirm - a second look where the pattern alone would take too much
 */
const taking =
  (name: string, pattern: RegExp, confirm: (match: string) => boolean = () => true) =>
  (text: string): string => {
    const parts: string[] = [];
    const search = new RegExp(pattern);
    let done = 0;
    for (let found = search.exec(text); found !== null; found = search.exec(text)) {
      const [match] = found;
      if (!confirm(match)) {
        // What was looked for may begin within what it is not: a card number behind other groups of four digits.
        search.lastIndex = found.index + 1;
        continue;
      }
      parts.push(text.slice(done, found.index), found.groups?.['key'] ?? '', `[redacted:${name}]`);
      done = found.index + match.length;
    }
    return [...parts, text.slice(done)].join('');
  };

/**
 * Credentials by the formats that their issuers publish, then by what stands in front of them, then personal data.
 * The order matters: a token inside an assignment is named as what it is. No pattern looks further than a fixed length from
 * where a match might begin, or it would take minutes for what somebody else wrote.
 */
const RULES: readonly ((text: string) => string)[] = [
  taking('private-key', /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g),
  taking('aws-access-key', /(?<![A-Z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Z0-9])/g),
  taking('github-token', /(?<![A-Za-z0-9_])(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})/g),
  taking('gitlab-token', /(?<![A-Za-z0-9_-])gl(?:pat|ptt|dt|rt)-[\w-]{20,}/g),
  taking('slack-token', /(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,}/g),
  taking('slack-webhook', /https:\/\/hooks\.slack\.com\/(?:services|workflows)\/[\w/+-]+/g),
  taking('stripe-key', /(?<![A-Za-z0-9])[rs]k_(?:live|test)_[A-Za-z0-9]{10,}/g),
  taking('google-api-key', /(?<![\w-])AIza[\w-]{35}(?![\w-])/g),
  taking('npm-token', /(?<![A-Za-z0-9_])npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])/g),
  taking('sendgrid-key', /(?<![A-Za-z0-9])SG\.[\w-]{16,32}\.[\w-]{16,64}/g),
  taking('openai-key', /(?<![A-Za-z0-9])sk-(?:proj-|ant-)?[A-Za-z0-9_-]{20,}/g),
  taking('json-web-token', /(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*/g),
  // Up to the last @: passwords hold @ and / as well. Digits before a slash are a port to every client.
  taking('password', /(?<key>:\/\/[^\s/:@"']{0,256}:)(?!\d{1,5}[/?#])[^\s"']{1,1024}(?=@)/g),
  taking('credential', /(?<key>\b(?:[Bb]earer|[Bb]asic|BEARER|BASIC)\s+)(?=[\w+/.~-]*[\dA-Z+/=])[\w+/.~-]{12,}=*/g),
  taking('signature', /(?<key>[?&](?:X-Amz-(?:Signature|Credential|Security-Token)|sig|signature)=)[^&\s"']+/gi),
  taking(
    'secret',
    // What stands before the word in a name stays anyhow. Quotes are escaped where JSON stands in JSON.
    /(?<key>(?:password|passwd|pwd|secret|(?:api|access|account|private)[_-]?key|(?:auth|access|refresh|session)[_-]?token)\w{0,64}(?:\\{0,7}["'])?\s*(?:[:=]|=>)\s*(?:\\{0,7}["'])?)(?!\[redacted)(?:[^\s"',;&}[\]\\]|\\(?!\\{0,7}["'])){4,}/gi,
  ),
  taking(
    'card-number',
    /(?<![\w.-])(?:(?:\d{4}[ -]){3}\d{4}|4\d{15}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|6(?:011|5\d\d)\d{12})(?![\w-])/g,
    (match) => isLuhn(match.replace(/\D/g, '')),
  ),
  taking('iban', /(?<![\w-])[A-Z]{2}\d{2} ?(?:[A-Z0-9]{4} ?){2,7}[A-Z0-9]{1,4}(?![\w-])/g, isIban),
  taking('social-security-number', /(?<![\w.-])\d{3}-\d{2}-\d{4}(?![\w-])/g),
  taking('phone-number', /(?<![\w+])\+\d{1,3}(?:[ .()-]{0,2}\d){8,12}(?!\d)/g),
  taking('email-address', /(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}\b/gi),
];

/** ISO/IEC 7812-1: the digit sum that card numbers satisfy, and nine of ten other numbers do not. */
const isLuhn = (digits: string): boolean => {
  const values = [...digits].reverse().map((digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return value > 9 ? value - 9 : value;
  });
  // Stryker disable next-line ArithmeticOperator: ten divides the negative of a sum as it divides the sum
  const sum = values.reduce((total, value) => total + value, 0);
  return sum % 10 === 0;
};

/** ISO 13616: the remainder by 97 that bank account numbers have, letters counted from A = 10. */
function isIban(match: string): boolean {
  const text = match.replace(/ /g, '');
  const digits = [...(text.slice(4) + text.slice(0, 4))].map((char) => parseInt(char, 36)).join('');
  return [...digits].reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0) === 1;
}

/** More than any text needs that was not made for it: what one pass puts in can uncover what stands right beside it. */
const MAX_PASSES = 8;

/**
 * A text without credentials and personal data; each is replaced by `[redacted:<what it was>]`. Half a character, where a
 * text was cut, is replaced as well: it would be another text after it was stored.
 *
 * Redacting twice changes nothing, so a text may be redacted wherever it comes in and once more before it is stored. One in
 * which something new comes to light again and again goes as a whole.
 */
export const redactText = (text: string): string => {
  let rest = text.toWellFormed();
  for (let pass = 0; pass < MAX_PASSES; pass += 1) {
    const next = RULES.reduce((redacted, take) => take(redacted), rest);
    if (next === rest) return rest;
    rest = next;
  }
  return '[redacted:text]';
};

/**
 * A JSON value whose texts, at any depth, are redacted; keys, numbers and what `kept-fields.ts` names stay.
 *
 * @param value - what is about to be stored; it is not changed
 */
export const redact = <T>(value: T): T => redactMember(null, value) as T;

const redactMember = (key: string | null, value: unknown): unknown => {
  if (typeof value === 'string') return KEPT_TEXTS.has(key) ? value : redactText(value);
  if (Array.isArray(value)) return value.map((item: unknown) => redactMember(key, item));
  if (value === null || typeof value !== 'object' || KEPT_WHOLE.has(key)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, redactMember(name, member)]));
};
