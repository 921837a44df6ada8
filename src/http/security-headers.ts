/**
 * The headers that make a browser careful with what we serve.
 *
 * Spec      CSP Level 3; RFC 6797 (HSTS); Fetch (nosniff, Cross-Origin-Resource-Policy); HTML
 *           (Cross-Origin-Opener-Policy); Referrer Policy
 * Next      io/handle-requests.ts - sets them on every response, before the handler
 * Left out  reports, and nonces for inline scripts: our pages have none
 *
 *   default-src 'self'       scripts, styles, images and all else from here only, none inline
 *   connect-src 'self'       fetch and WebSockets to here only; 'self' covers wss: of this origin
 *   object-src 'none'        no plug-ins
 *   base-uri 'none'          no <base> that would bend every link
 *   frame-ancestors 'none'   nobody frames us
 *   form-action 'self'       forms go to here only
 */
import { isIP } from 'node:net';

const contentSecurityPolicy = [
  "default-src 'self'",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'self'",
].join('; ');

const always: readonly (readonly [string, string])[] = [
  ['Content-Security-Policy', contentSecurityPolicy],
  ['X-Content-Type-Options', 'nosniff'],
  // Not no-referrer: that would make the Origin header of our own forms "null".
  ['Referrer-Policy', 'same-origin'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
];

/** What the headers depend on. */
export interface SecurityHeadersOptions {
  /** The `Host` header of the request. */
  host?: string | undefined;
  /** How long browsers shall insist on https; absent where they shall not. */
  strictTransportSecuritySeconds?: number | undefined;
}

/** The security headers of a response over https. */
export function securityHeaders(
  options: SecurityHeadersOptions = {},
): readonly (readonly [string, string])[] {
  const { host, strictTransportSecuritySeconds: seconds } = options;
  if (seconds === undefined || !allowsStrictTransportSecurity(host)) return always;
  return [...always, ['Strict-Transport-Security', `max-age=${seconds}`]];
}

/**
 * Whether a host may be told to be https for ever. Never localhost: browsers remember it by name
 * alone, and every other program on http://localhost, on any port, would be out of reach.
 */
export function allowsStrictTransportSecurity(host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(`https://${host}/`)) return false;
  // The parser also lower-cases, and unmasks addresses such as 127.1 or 0x7f000001.
  const { hostname } = new URL(`https://${host}/`);
  const name = hostname.replace(/\.$/, '');
  // MUST (RFC 6797 §8.1.1): a browser ignores it for addresses anyway.
  if (name === '' || name.startsWith('[') || isIP(name) !== 0) return false;
  return name !== 'localhost' && !name.endsWith('.localhost');
}
