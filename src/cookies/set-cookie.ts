/**
 * The `Set-Cookie` header, written by a server. What would corrupt the header, or make browsers
 * drop the cookie without a word, is refused here, where the caller can still mend it.
 *
 * Spec      draft-ietf-httpbis-rfc6265bis-22 §4.1 syntax, §4.1.3 prefixes, §5.5 lifetime, §5.7 what
 *           browsers reject; `__Http-`, `__Host-Http-`: draft-ietf-httpbis-layered-cookies-02;
 *           `Partitioned`: draft-cutler-httpbis-partitioned-cookies
 * Next      http/session-id.ts - a cookie made with it
 * Left out  defaults, which are for the caller; the 400 days of `Expires`, which need a clock
 *
 *   set-cookie-string = cookie-pair *( ";" SP cookie-av )
 *
 *   __Host-session=q7Yc; Path=/; Secure; HttpOnly; SameSite=Lax
 */
import { asciiLowerCase, serializeHttpDate } from '../shared/index.ts';
import { serializeCookie, show } from './cookie-header.ts';
import { isDomainValue, isPathValue } from './grammar.ts';
import { maxAttributeValueBytes, maxLifetimeSeconds } from './grammar.ts';

/** A cookie as a server sets it. An absent field is an absent attribute. */
export interface SetCookie {
  name: string;
  value: string;
  /** Beaten by `maxAgeSeconds` where both are there (§4.1.2.2). */
  expires?: Date | undefined;
  /** 0 to 34,560,000 (400 days); 0 deletes the cookie. */
  maxAgeSeconds?: number | undefined;
  /** Without it only the very host that set the cookie gets it back. */
  domain?: string | undefined;
  path?: string | undefined;
  secure?: boolean | undefined;
  httpOnly?: boolean | undefined;
  sameSite?: SameSite | undefined;
  partitioned?: boolean | undefined;
}

/** On which requests from other sites a cookie travels (§4.1.2.7). */
export type SameSite = 'Strict' | 'Lax' | 'None';

/**
 * Writes the value of a `Set-Cookie` header. Throws a TypeError that names the field and its value
 * if any of it breaks the grammar, the limits or the rules between attributes.
 */
export function serializeSetCookie(cookie: SetCookie): string {
  checkCombination(cookie);
  // Each field is checked in the expression that writes it: there is no other way out.
  return [
    serializeCookie(cookie.name, cookie.value),
    ...attribute('Expires', cookie.expires, serializeExpires),
    ...attribute('Max-Age', cookie.maxAgeSeconds, serializeMaxAge),
    ...attribute('Domain', cookie.domain, checkDomain),
    ...attribute('Path', cookie.path, checkPath),
    ...flag('Secure', cookie.secure),
    ...flag('HttpOnly', cookie.httpOnly),
    ...attribute('SameSite', cookie.sameSite, checkSameSite),
    ...flag('Partitioned', cookie.partitioned),
  ].join('; ');
}

/** `["Name=value"]`, or nothing for an absent field. */
function attribute<T>(
  name: string,
  value: T | undefined,
  serialize: (value: T) => string,
): string[] {
  return value === undefined ? [] : [`${name}=${serialize(value)}`];
}

function flag(name: string, value: boolean | undefined): string[] {
  if (value === undefined || value === false) return [];
  if (value !== true) refuse(name, 'must be true or false', value);
  return [name];
}

// expires-av = "Expires=" sane-cookie-date
function serializeExpires(value: Date): string {
  // §5.1.1: browsers fail to read a year before 1601 and then ignore the attribute.
  if (!(value instanceof Date) || !(value.getUTCFullYear() >= 1601)) {
    refuse('Expires', 'must be a valid date from 1601 on (§5.1.1)', value);
  }
  if (value.getUTCFullYear() > 9999) refuse('Expires', 'must be of a year up to 9999', value);
  // MUST (§4.1.1): sane-cookie-date is IMF-fixdate.
  return serializeHttpDate(value);
}

// max-age-av = "Max-Age=" non-zero-digit *DIGIT
// DEVIATION: 0 is allowed; it deletes a cookie, browsers know it, and the editors' copy has it.
function serializeMaxAge(value: number): string {
  if (!Number.isInteger(value) || value < 0 || value > maxLifetimeSeconds) {
    const range = `0 to ${maxLifetimeSeconds} (400 days, §5.5)`;
    refuse('Max-Age', `must be a whole number of seconds, ${range}`, value);
  }
  return value.toFixed(0);
}

function checkDomain(value: string): string {
  if (typeof value !== 'string' || !isDomainValue(value)) {
    refuse('Domain', 'must be a host name in ASCII without a dot at either end (§4.1.1)', value);
  }
  return value;
}

function checkPath(value: string): string {
  if (typeof value !== 'string' || !isPathValue(value)) {
    refuse('Path', 'must begin with "/" and hold no space, control, "," or ";" (§4.1.1)', value);
  }
  // All of it is ASCII now. A longer attribute is ignored by browsers (§5.6).
  if (value.length > maxAttributeValueBytes) {
    refuse('Path', `must have at most ${maxAttributeValueBytes} bytes (§5.6)`, value);
  }
  return value;
}

// samesite-value = "Strict" / "Lax" / "None"
function checkSameSite(value: SameSite): string {
  if (value !== 'Strict' && value !== 'Lax' && value !== 'None') {
    refuse('SameSite', 'must be Strict, Lax or None (§4.1.1)', value);
  }
  return value;
}

/** What a browser demands of the attributes of a cookie whose name begins so. */
interface Prefix {
  prefix: string;
  httpOnly: boolean;
  host: boolean;
}

const prefixes: readonly Prefix[] = [
  { prefix: '__secure-', httpOnly: false, host: false },
  { prefix: '__host-', httpOnly: false, host: true },
  { prefix: '__http-', httpOnly: true, host: false },
  { prefix: '__host-http-', httpOnly: true, host: true },
];

function checkCombination(cookie: SetCookie): void {
  const { name, secure, httpOnly, domain, path } = cookie;
  // MUST (§5.7): a browser ignores SameSite=None, and Partitioned, without Secure.
  if (cookie.sameSite === 'None' && !secure) refuse('SameSite', 'None demands Secure', 'None');
  if (cookie.partitioned && !secure) refuse('Partitioned', 'demands Secure', true);
  // MUST (§5.4): browsers match prefixes without regard to case, so we hold any case to the rules.
  const lowerName = asciiLowerCase(String(name));
  for (const { prefix, ...demands } of prefixes) {
    if (!lowerName.startsWith(prefix)) continue;
    if (!secure) refuse('name', 'with this prefix demands Secure (§4.1.3)', name);
    if (demands.httpOnly && !httpOnly) refuse('name', 'with this prefix demands HttpOnly', name);
    if (demands.host && domain !== undefined) {
      refuse('name', 'with this prefix forbids Domain (§4.1.3.2)', name);
    }
    if (demands.host && path !== '/') {
      refuse('name', 'with this prefix demands Path=/ (§4.1.3.2)', name);
    }
  }
}

function refuse(field: string, rule: string, value: unknown): never {
  throw new TypeError(`${field} of a cookie ${rule}, got ${show(value)}`);
}
