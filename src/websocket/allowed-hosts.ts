/**
 * Which names a server on a loopback address answers to.
 *
 * Spec      RFC 6761 §6.3 localhost; RFC 1122 §3.2.1.3 127/8; RFC 4291 §2.5.3 ::1
 * Next      handshake.ts - refuses the others with 403
 * Left out  servers on other addresses: they cannot know all the names they are reached by
 *
 * DNS rebinding: a page of evil.example is loaded, then the name evil.example is made to point to
 * 127.0.0.1. For the browser the page and a server on this machine are now of one origin, so the
 * Origin says nothing. The Host header still does: it is evil.example.
 *
 *   connection came to    Host                                           taken
 *   any other address     any                                            yes
 *   127.0.0.0/8, ::1      localhost, x.localhost, 127.x.x.x, [::1]       yes
 *   127.0.0.0/8, ::1      listed, with this port or without a port       yes
 *   127.0.0.0/8, ::1      anything else                                  no
 */
import { isIP } from 'node:net';
import { asciiLowerCase } from '../shared/index.ts';

/** Further names: `example.test` with any port, `example.test:8080` with this one; 'any': all. */
export type AllowedHosts = 'any' | readonly string[];

/**
 * Whether a request with this `Host` is taken on a connection that came to `localAddress`
 * (undefined where there is no such thing, as on a Unix socket).
 */
export function isAllowedHost(
  host: string | undefined,
  localAddress: string | undefined,
  allowed: AllowedHosts,
): boolean {
  if (allowed === 'any' || localAddress === undefined || !isLoopback(localAddress)) return true;
  const asked = parseHost(host ?? '');
  if (asked === undefined) return false;
  if (isLoopbackName(asked.name)) return true;
  return allowed.some((entry) => {
    const listed = parseHost(entry);
    return listed?.name === asked.name && (listed.port === '' || listed.port === asked.port);
  });
}

/** Throws a TypeError for what is no AllowedHosts. */
export function checkAllowedHosts(allowed: unknown): void {
  if (allowed === 'any') return;
  if (!Array.isArray(allowed)) {
    throw new TypeError(`allowedHosts must be 'any' or a list, got ${JSON.stringify(allowed)}`);
  }
  for (const entry of allowed as unknown[]) {
    if (typeof entry === 'string' && parseHost(entry) !== undefined) continue;
    throw new TypeError(
      `allowedHosts must list hosts such as app.test or app.test:80, got ${JSON.stringify(entry)}`,
    );
  }
}

/** Whether an address, as `socket.localAddress` tells it, is this machine's own. */
function isLoopback(address: string): boolean {
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

function isLoopbackName(name: string): boolean {
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  return name === '[::1]' || (isIP(name) === 4 && name.startsWith('127.'));
}

/** Reads `name[:port]`, in lower case and without the dot that may end a name. */
function parseHost(text: string): { name: string; port: string } | undefined {
  const lower = asciiLowerCase(text);
  const colon = lower.indexOf(':', lower.startsWith('[') ? lower.indexOf(']') : 0);
  const name = colon === -1 ? lower : lower.slice(0, colon);
  const port = colon === -1 ? '' : lower.slice(colon + 1);
  if (!/^\d*$/.test(port)) return undefined;
  if (name.startsWith('[')) {
    const isAddress = name.endsWith(']') && isIP(name.slice(1, -1)) === 6;
    return isAddress ? { name, port } : undefined;
  }
  if (!/^[a-z0-9._-]+$/.test(name)) return undefined;
  return { name: name.endsWith('.') ? name.slice(0, -1) : name, port };
}
