/**
 * What the dashboard may load and where it may connect: its own files, and the given origins of API, live updates and
 * sign-in. No inline script, no inline style, no frame around it.
 *
 * @param connect - origins besides its own, such as `https://abc.execute-api.eu-west-1.amazonaws.com`
 */
export const contentSecurityPolicy = (connect: readonly string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // Cloudscape draws some of its icons from data URIs in its stylesheets.
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src ${["'self'", ...connect].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** A year: browsers then refuse to come by plain HTTP. */
export const HSTS_SECONDS = 31_536_000;

/** What a page that needs nothing of the device switches off. */
export const PERMISSIONS_POLICY = 'camera=(), geolocation=(), microphone=(), payment=(), usb=()';
