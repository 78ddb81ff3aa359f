/** A page for whoever opened a link, before it is HTML. */
export interface Page {
  readonly status: 200 | 400 | 404 | 409 | 413 | 415 | 429 | 503;
  readonly title: string;
  readonly lines: readonly string[];
  /** What to do by hand, in the order of doing. */
  readonly steps?: readonly string[];
  /** Sent to the address of the page itself; without one there is nothing to do. */
  readonly form?: {
    readonly kind: 'answer' | 'acknowledge' | 'feedback';
    readonly button: string;
    /** Whether it asks for the address that the link was sent to. */
    readonly asksWho: boolean;
  };
}

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#16191f;background:#fff}' +
  'label,fieldset{display:block;margin:1rem 0;border:0;padding:0}input,select,textarea,button{font:inherit;padding:.5rem}' +
  'input[type=email],textarea{width:100%;box-sizing:border-box}button{background:#0972d3;color:#fff;border:0;border-radius:.25rem;padding:.6rem 1.2rem}' +
  'code{background:#f2f3f3;padding:.1rem .3rem}' +
  '@media(prefers-color-scheme:dark){body{color:#d1d5db;background:#0f1b2a}code{background:#22303f}}';

/** Nothing from elsewhere, no script, no frame; and the address, which is a secret, goes nowhere. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
} as const;

export const htmlOf = ({ title, lines, steps = [], form }: Page): string =>
  [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(title)}</title><style>${STYLE}</style></head><body><main>`,
    `<h1>${escaped(title)}</h1>`,
    ...lines.map((line) => `<p>${escaped(line)}</p>`),
    ...(steps.length === 0
      ? []
      : [`<ol>${steps.map((step) => `<li><code>${escaped(step)}</code></li>`).join('')}</ol>`]),
    form === undefined ? '' : formOf(form),
    '</main></body></html>',
  ].join('\n');

const formOf = ({ kind, button, asksWho }: NonNullable<Page['form']>): string =>
  [
    '<form method="post">',
    asksWho
      ? '<label>Your e-mail address, to which this link was sent <input type="email" name="who" autocomplete="email" required></label>'
      : '',
    kind === 'feedback' ? RATING : '',
    kind === 'answer' ? '<label>Reason <textarea name="reason" rows="2" maxlength="500"></textarea></label>' : '',
    `<button type="submit">${escaped(button)}</button></form>`,
  ].join('\n');

const RATING = [
  '<fieldset><legend>Was it resolved?</legend>',
  '<label><input type="radio" name="resolved" value="yes" required> Yes</label>',
  '<label><input type="radio" name="resolved" value="no"> No</label></fieldset>',
  '<label>How was it handled? <select name="rating" required>',
  '<option value="helpful">Helpful</option><option value="too_slow">Too slow</option><option value="wrong">Wrong</option>',
  '</select></label>',
  '<label>Comment <textarea name="comment" rows="3" maxlength="1000"></textarea></label>',
].join('\n');

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
